"""Which occurrences the journal has already, or had: none of them is ever sent again."""

from collections.abc import Mapping, Sequence

from gladly_segment.core.ids import ConversationId, OrganizationId, ReceiptKey
from gladly_segment.core.matching import match
from gladly_segment.core.past import PastOccurrence, key_of
from gladly_segment.ports.outcomes import Forgotten, Outcome, Outcomes
from gladly_segment.recover.lookup import Lookup


class Recognition:
    """Compares an organization's occurrences with its journal. Every method raises JournalUnavailableError."""

    def __init__(self, organization: OrganizationId, outcomes: Outcomes) -> None:
        self._organization = organization
        self._lookup = Lookup(organization, outcomes)

    def key(self, occurrence: PastOccurrence) -> ReceiptKey:
        """Name the receipt that an occurrence has, or would have."""
        return key_of(self._organization, occurrence)

    async def known(self, occurrences: Sequence[PastOccurrence]) -> Sequence[PastOccurrence]:
        """Give those that the journal has, under whatever name, or had before retention deleted them."""
        receipts = [each for of_one in (await self.receipts(occurrences)).values() for each in of_one]
        matched = match(occurrences, receipts)
        gone = await self.forgotten(matched.told_only)
        return [
            *(occurrence for occurrence, _ in matched.pairs),
            *(each for each in matched.told_only if self.key(each) in gone),
        ]

    async def receipts(self, occurrences: Sequence[PastOccurrence]) -> Mapping[ConversationId, Sequence[Outcome]]:
        """Give all receipts of the conversations of occurrences."""
        return await self._lookup.of(list(dict.fromkeys(each.conversation for each in occurrences)))

    async def forgotten(self, occurrences: Sequence[PastOccurrence]) -> Mapping[ReceiptKey, Forgotten]:
        """Give how those ended that retention deleted."""
        return await self._lookup.forgotten([self.key(each) for each in occurrences])
