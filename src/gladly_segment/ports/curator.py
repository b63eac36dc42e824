"""Looking into a journal and moving what is settled, as a person asks for it."""

from collections.abc import Sequence
from typing import Final, Protocol

import msgspec

from gladly_segment.core.ids import Lane, OrganizationId, Seq
from gladly_segment.core.records import History, Selection

START: Final = Seq(0)
"""The place in the log before its first receipt."""


class Replayed(msgspec.Struct, frozen=True):
    """How many receipts are on their way again, and how many cannot be: their content is no longer kept."""

    on_their_way: int
    without_content: int = 0


class Curator(Protocol):
    """Works beside a running service, which takes notice of changes within a second.

    Every method raises JournalUnavailableError. A change is made in portions, each durable by itself: when it is cut
    short, making it again does the rest.
    """

    async def explain(self, organization: OrganizationId | None, lane: Lane) -> Sequence[History]:
        """Give all receipts of a conversation's lane with their histories, in log order."""
        ...

    async def find(self, selection: Selection, limit: int, *, after: Seq = START) -> Sequence[History]:
        """Give the receipts that a selection means, in log order, without their histories.

        The first ones behind a place in the log, up to a limit: with the last one's place, the next are found.
        """
        ...

    async def retry(self, selection: Selection) -> int:
        """Send dead letters on their way again; tell how many. They keep their place in their conversation."""
        ...

    async def drop(self, selection: Selection) -> int:
        """Give up dead letters for good; tell how many."""
        ...

    async def replay(self, selection: Selection, *, remap: bool) -> Replayed:
        """Deliver again what was delivered, under the same messageId; with `remap`, enrich and map it anew first.

        With `remap`, what was suppressed is looked at again too. Tells how many receipts are on their way. A receipt
        whose content is no longer kept stays as it is, and is counted.
        """
        ...
