"""What is done for the journal beside the stages: forgetting what is old, and one look at whether it is sound."""

from collections.abc import Callable, Mapping
from typing import Final

from gladly_segment.core.errors import JournalDamagedError, JournalUnavailableError
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.organization import Retention
from gladly_segment.core.signals import JournalTrouble
from gladly_segment.ports.clock import Clock
from gladly_segment.ports.observer import Observer
from gladly_segment.ports.upkeep import Upkeep

_EVERY_S: Final = 60.0
_BETWEEN_PORTIONS_S: Final = 0.05


class Janitor:
    """Looks after a journal until cancelled. Raises JournalDamagedError when the journal is found damaged."""

    def __init__(
        self,
        upkeep: Upkeep,
        retentions: Callable[[], Mapping[OrganizationId, Retention]],
        default: Retention,
        clock: Clock,
        observer: Observer,
    ) -> None:
        """`retentions` gives those of the organizations of just now; `default` is for receipts of all others."""
        self._upkeep = upkeep
        self._retentions = retentions
        self._default = default
        self._clock = clock
        self._observer = observer

    async def run(self) -> None:
        """Verify once, then forget as time passes."""
        await self._tolerant_verify()
        while True:
            try:
                await self._forget()
            except JournalDamagedError:
                raise
            except JournalUnavailableError as error:
                self._observer.emit(JournalTrouble(error.message))
            await self._clock.sleep(_EVERY_S)

    async def _tolerant_verify(self) -> None:
        try:
            await self._upkeep.verify()
        except JournalDamagedError:
            raise
        except JournalUnavailableError as error:
            self._observer.emit(JournalTrouble(error.message))

    async def _forget(self) -> None:
        for organization in await self._upkeep.organizations():
            retention = self._retentions().get(organization, self._default)
            while await self._upkeep.forget(organization, retention, self._clock.now()):
                await self._clock.sleep(_BETWEEN_PORTIONS_S)
