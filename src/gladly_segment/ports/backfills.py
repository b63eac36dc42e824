"""Backfills: orders of people, and what the service has done of them. Kept beside the journal, and droppable."""

from collections.abc import Sequence
from typing import Protocol

from gladly_segment.core.backfill import (
    Backfill,
    BackfillNumber,
    Found,
    Needs,
    Order,
    Phase,
    Plan,
    Progress,
    Reading,
)
from gladly_segment.core.ids import ConversationId, OrganizationId
from gladly_segment.core.past import PastOccurrence


class Backfills(Protocol):
    """Called by commands and pages, beside a running service or without one; the service takes notice in a second.

    Every method raises BackfillsUnavailableError.
    """

    async def order(self, order: Order) -> Backfill:
        """Order a backfill, or start the one that was planned or stopped.

        The organization's latest goes on, unless it is done, when the span is the same, or reaches further and it is
        not under way: what was read is not read again. Otherwise a new one takes its place. One that is under way is
        not turned back into a plan. Raises InputError while another span of the organization is under way.
        """
        ...

    async def stop(self, organization: OrganizationId) -> Backfill | None:
        """Stop the one that is under way; None where there is none. What is in the journal goes on."""
        ...

    async def latest(self) -> Sequence[Backfill]:
        """Give the latest of each organization, by organization."""
        ...


class Spool(Protocol):
    """A service's side of the backfills: what was gathered, and how far it is. Survives kill -9 at any point.

    What an operation changes, it changes as a whole. A backfill that is no longer under way is not changed by notes.
    Every method raises BackfillsUnavailableError.
    """

    async def under_way(self, organization: OrganizationId) -> Backfill | None:
        """Give the one to work on. Makes no file where there is none."""
        ...

    async def phase(self, number: BackfillNumber) -> Phase | None:
        """Tell how far one is, whether it is under way or not; None where it is not known any more."""
        ...

    async def read(self, number: BackfillNumber) -> Sequence[Reading]:
        """Give what has been read, by time."""
        ...

    async def expect(self, number: BackfillNumber, readings: Sequence[Reading]) -> None:
        """Note what is still to be read."""
        ...

    async def gather(self, number: BackfillNumber, told: Sequence[PastOccurrence]) -> None:
        """Keep occurrences. Each is kept once: by conversation, kind and time; a creation by conversation.

        Of a creation the certain one is kept.
        """
        ...

    async def note_read(self, number: BackfillNumber, reading: Reading, unreadable: int) -> None:
        """Note that everything of a reading is gathered, and how many of its lines could not be read."""
        ...

    async def arrange(self, number: BackfillNumber) -> Found:
        """Put in order what was gathered: by customer, those first who have a conversation that was not closed."""
        ...

    async def page(self, number: BackfillNumber, after: ConversationId | None, limit: int) -> Sequence[PastOccurrence]:
        """Give what is to be handed over of the next conversations, up to a number of those, by conversation."""
        ...

    async def mark_known(self, number: BackfillNumber, known: Sequence[PastOccurrence]) -> None:
        """Mark what the journal has, for `needs`; it stays to be handed over, until the journal is asked again."""
        ...

    async def needs(self, number: BackfillNumber) -> Needs:
        """Count what is to be handed over."""
        ...

    async def next(self, number: BackfillNumber, limit: int) -> Sequence[PastOccurrence]:
        """Give about `limit` occurrences to be handed over next, all of a conversation together, in its order."""
        ...

    async def hand_over(
        self,
        number: BackfillNumber,
        *,
        taken: Sequence[PastOccurrence] = (),
        struck: Sequence[PastOccurrence] = (),
        progress: Progress,
    ) -> None:
        """Take occurrences in hand, as they are given now, and strike others out, together with the progress."""
        ...

    async def in_hand(self, number: BackfillNumber) -> Sequence[PastOccurrence]:
        """Give what was taken in hand and not struck out since."""
        ...

    async def note(self, number: BackfillNumber, *, progress: Progress, trouble: str) -> None:
        """Note how far it is, and what it waits for."""
        ...

    async def planned(self, number: BackfillNumber, plan: Plan) -> Phase:
        """Note the plan, and go on to the next phase: PLANNED if no more was ordered, else SENDING. Give it."""
        ...

    async def done(self, number: BackfillNumber) -> None:
        """Note that everything has ended; what is left of its occurrences goes."""
        ...
