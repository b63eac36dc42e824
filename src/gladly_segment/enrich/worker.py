"""The enrich stage's worker: for each organization one that takes what is present, and one for the past."""

from collections.abc import Sequence, Set
from typing import Final

from gladly_segment.core.errors import CallFailedError
from gladly_segment.core.failures import Failure, FailureKind
from gladly_segment.core.occurrence import ALL_KINDS, EventKind
from gladly_segment.core.privacy import PrivacyPolicy
from gladly_segment.core.records import Entry, Settlement
from gladly_segment.enrich.outcome import enrich, without_a_call
from gladly_segment.ports.entities import Entities
from gladly_segment.workers import Desk, Hands

_SIDE_BY_SIDE: Final = 16
_DRAIN_BATCH: Final = 64


class EnrichWorker:
    """Takes received events, enriches them side by side within Gladly's rate, and settles each on its own."""

    def __init__(
        self,
        desk: Desk,
        entities: Entities,
        privacy: PrivacyPolicy,
        *,
        wanted: Set[EventKind] = ALL_KINDS,
        side_by_side: int = _SIDE_BY_SIDE,
    ) -> None:
        """`wanted` are the kinds of events that become track events; so many are enriched `side_by_side`."""
        self._desk = desk
        self._wanted = wanted
        self._entities = entities
        self._privacy = privacy
        self._hands = Hands(side_by_side)

    async def run(self) -> None:
        """Work until cancelled; what is in hand then is finished first."""
        try:
            while True:
                self._take_on(await self._desk.next(await self._hands.free()))
        finally:
            await self._hands.finish()

    async def drain(self) -> None:
        """Work off what is due now, and end."""
        while entries := await self._desk.due(_DRAIN_BATCH):
            self._take_on(entries)
            await self._hands.finish()

    def _take_on(self, entries: Sequence[Entry]) -> None:
        # All at once and before any call: a later event must not meet a profile that an earlier one outdated.
        noted = [(entry, without_a_call(entry, self._entities, self._wanted)) for entry in entries]
        for entry, settlement in noted:
            job = self._work(entry) if settlement is None else self._desk.settle([entry], [settlement])
            self._hands.take_on(job)

    async def _work(self, entry: Entry) -> None:
        settlement = await self._outcome(entry)
        if settlement is not None:
            await self._desk.settle([entry], [settlement])

    async def _outcome(self, entry: Entry) -> Settlement | None:
        try:
            with self._desk.at_work([entry]):
                settlement = await enrich(entry, self._entities, self._privacy)
        except CallFailedError as error:
            await self._desk.fail([entry], error.failure)
            return None
        except Exception as error:  # noqa: BLE001 - an event that trips us up must not hold up the others
            await self._desk.fail([entry], Failure(FailureKind.UNEXPECTED, type(error).__name__))
            return None
        self._desk.worked()
        return settlement
