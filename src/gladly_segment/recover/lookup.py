"""Looking up what the journal has of any number of occurrences, a portion at a time."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, TypeVar

from gladly_segment.core.ids import ConversationId, OrganizationId, ReceiptKey
from gladly_segment.ports.outcomes import Forgotten, Outcome, Outcomes

T = TypeVar("T")

AT_ONCE: Final = 500
"""So many the port takes."""


class Lookup:
    """One organization's outcomes. Every method raises JournalUnavailableError."""

    def __init__(self, organization: OrganizationId, outcomes: Outcomes) -> None:
        self._organization = organization
        self._outcomes = outcomes

    async def of(self, conversations: Sequence[ConversationId]) -> Mapping[ConversationId, Sequence[Outcome]]:
        """Give all receipts of conversations; those that have none are left out."""
        found: dict[ConversationId, Sequence[Outcome]] = {}
        for some in portions(conversations, AT_ONCE):
            found.update(await self._outcomes.of(self._organization, some))
        return found

    async def forgotten(self, keys: Sequence[ReceiptKey]) -> Mapping[ReceiptKey, Forgotten]:
        """Give how those ended that retention deleted."""
        found: dict[ReceiptKey, Forgotten] = {}
        for some in portions(keys, AT_ONCE):
            found.update(await self._outcomes.forgotten(self._organization, some))
        return found


def portions(everything: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Cut a sequence, the last portion being what is left."""
    return (everything[start : start + size] for start in range(0, len(everything), size))
