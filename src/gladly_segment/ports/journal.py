"""The journal: an ordered, durable log of receipts with individual settlement."""

from collections.abc import Sequence
from typing import Protocol

from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.lifecycle import Stage, Traffic
from gladly_segment.core.records import Appended, Entry, Receipt, Settlement, Tally


class Journal(Protocol):
    """What the stages meet in.

    Log order is the order of `append`. Receipts are enriched side by side, but within a lane (one conversation)
    only the earliest unsettled receipt is ever handed out for delivery; lanes do not wait for one another. A claim
    lives in the process that made it: after a crash every receipt is back in its last durable state and can be
    claimed again. Keys, lanes and claims are an organization's own. An operation whose caller was cancelled takes
    effect as a whole or not at all, but a cancelled `claim` claims nothing.
    """

    async def append(self, receipt: Receipt) -> Appended:
        """Make a receipt durable; return only once it would survive a power cut.

        Called by receive and recover. A receipt whose key is already in the journal, or was before its receipt was
        forgotten, is DUPLICATE and changes nothing, whatever became of the first. The unsettled ones of its lane have
        at least its `Priority` from then on: it need not wait for what waits longer. One that names an erased customer
        is NEW and has ended as suppressed, without its content. Raises JournalUnavailableError when it could not be
        made durable.
        """
        ...

    async def ready(self, stage: Stage, organization: OrganizationId, traffic: Traffic | None = None) -> None:
        """Wait until `claim` would give the stage at least one entry of a traffic; may return early, never late.

        Called by the one worker of the stage, organization and traffic.
        """
        ...

    async def claim(
        self, stage: Stage, organization: OrganizationId, limit: int, traffic: Traffic | None = None
    ) -> Sequence[Entry]:
        """Hand out up to `limit` entries that are due, earliest first, and hand out none of them again until settled.

        With a `traffic`, only those of its priorities are handed out; what one worker holds no other gets, though its
        priority may change meanwhile. Those of a smaller `Priority` come before all others. Does not wait: none due is
        an empty answer. Raises JournalUnavailableError.
        """
        ...

    async def settle(self, settlements: Sequence[Settlement]) -> None:
        """Make the outcome of claimed entries durable, all or none, and free the next entries of their lanes.

        Called by the stage that claimed them. An entry that was erased meanwhile stays so, whatever is to become of it.
        A track event of an erased customer is suppressed. Raises JournalUnavailableError (nothing changed, the claims
        still hold: try again) or StaleClaimError (an entry is not claimed, or its state does not allow the settlement).
        """
        ...

    async def probe(self) -> None:
        """Make a trifle durable, to show that a receipt could be. Raises JournalUnavailableError when not."""
        ...

    async def tally(self) -> Sequence[Tally]:
        """Count receipts by organization, state and reason, from the journal's whole life; cheap at any size."""
        ...
