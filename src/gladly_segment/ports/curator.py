"""Looking into a journal and moving what is settled, as a person asks for it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Protocol

import msgspec

from gladly_segment.core.ids import Lane, OrganizationId, Seq
from gladly_segment.core.lifecycle import ParkCause
from gladly_segment.core.records import History, Selection

START: Final = Seq(0)
"""The place in the log before its first receipt."""

DETAILS: Final = 3
"""So many different details of a group of dead letters are given."""


class DeadGroup(msgspec.Struct, frozen=True, kw_only=True):
    """The dead letters of an organization that have the same cause.

    `oldest` and `newest` are times of receiving, `details` what was met in the latest ones, each only once.
    """

    organization: OrganizationId
    cause: ParkCause
    letters: int
    oldest: datetime
    newest: datetime
    details: tuple[str, ...]


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

    async def dead(self, organization: OrganizationId | None) -> Sequence[DeadGroup]:
        """Group dead letters, of one organization or of all, by organization and cause, the largest group first."""
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
