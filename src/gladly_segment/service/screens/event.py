"""What the screen of one event shows of the running service."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

from gladly_segment.core.errors import CallFailedError
from gladly_segment.core.failures import Failure, FailureKind
from gladly_segment.core.ids import OrganizationId, Seq
from gladly_segment.core.records import History, Settlement
from gladly_segment.core.why import Answer, why
from gladly_segment.ports.receipts import Receipts
from gladly_segment.service.fleet import Fleet
from gladly_segment.service.screens.situations import Situations

T = TypeVar("T")

_WITHIN_S: Final = 15.0


class EventRoom:
    """The event screen's port on the journal and the fleet."""

    def __init__(self, receipts: Receipts, fleet: Fleet, situations: Situations) -> None:
        self._receipts = receipts
        self._fleet = fleet
        self._situations = situations

    async def receipt(self, seq: Seq) -> History | None:
        """See the port."""
        return await self._receipts.receipt(seq)

    async def answer(self, receipt: History) -> Answer:
        """See the port."""
        lane = await self._receipts.lane(receipt.organization, receipt.lane)
        return why(receipt, lane, await self._situations.of(receipt.organization, [receipt]))

    def segment_host(self, organization: OrganizationId) -> str | None:
        """See the port."""
        found = self._situations.organization(organization)
        return None if found is None else found.segment.host.rstrip("/")

    async def as_of_now(self, receipt: History) -> Settlement:
        """See the port."""
        organization = self._situations.organization(receipt.organization)
        preview = self._fleet.preview(receipt.organization)
        if organization is None or preview is None:
            raise unserved()
        (settlement,) = await patiently(preview.of(receipt, [organization]))
        return settlement


async def patiently(reading: Coroutine[Any, Any, T]) -> T:
    """Wait for what reads Gladly behind everything else, though not for ever. Raises CallFailedError."""
    try:
        async with asyncio.timeout(_WITHIN_S):
            return await reading
    except TimeoutError:
        detail = f"no turn came within {_WITHIN_S:.0f} s: what waits for being sent goes first"
        raise CallFailedError(Failure(FailureKind.THROTTLED, detail)) from None


def unserved() -> CallFailedError:
    """Tell that the organization went while somebody looked at it."""
    return CallFailedError(Failure(FailureKind.UNREACHABLE, "the organization is not served any more"))
