"""What is done for the journal beside the stages: forgetting what is old, and one look at whether it is sound."""

from datetime import timedelta
from typing import Final

import msgspec

from gladly_segment.core.errors import JournalDamagedError, JournalUnavailableError
from gladly_segment.core.signals import JournalTrouble
from gladly_segment.ports.clock import Clock
from gladly_segment.ports.observer import Observer
from gladly_segment.ports.upkeep import Upkeep

_EVERY_S: Final = 60.0
_BETWEEN_PORTIONS_S: Final = 0.05


class Retention(msgspec.Struct, frozen=True):
    """How long settled receipts are kept."""

    ended: timedelta
    dead: timedelta


class Janitor:
    """Looks after a journal until cancelled. Raises JournalDamagedError when the journal is found damaged."""

    def __init__(self, upkeep: Upkeep, retention: Retention, clock: Clock, observer: Observer) -> None:
        self._upkeep = upkeep
        self._retention = retention
        self._clock = clock
        self._observer = observer

    async def run(self) -> None:
        """Verify once, then forget as time passes."""
        await self._tolerant_verify()
        while True:
            try:
                while await self._forget():
                    await self._clock.sleep(_BETWEEN_PORTIONS_S)
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

    async def _forget(self) -> int:
        now = self._clock.now()
        return await self._upkeep.forget(
            ended_before=now - self._retention.ended, dead_before=now - self._retention.dead
        )
