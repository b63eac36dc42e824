"""Moving dead letters as a person asks for it, so that the audit trail tells of it."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from gladly_segment.core.records import Selection
from gladly_segment.ports.clock import Clock
from gladly_segment.ports.curator import Curator
from gladly_segment.ports.registry import Action, AuditTrail
from gladly_segment.service.beside import curating, registering
from gladly_segment.service.clock import SystemClock


class DeadLetterOffice:
    """Retries and drops dead letters, and notes who did it. Both methods raise JournalUnavailableError."""

    def __init__(self, curator: Curator, trail: AuditTrail, clock: Clock) -> None:
        self._curator = curator
        self._trail = trail
        self._clock = clock

    async def retry(self, selection: Selection, by: str) -> int:
        """Send those on their way again that are dead letters; tell how many."""
        moved = await self._curator.retry(selection)
        await self._note(selection, by, "retried", moved)
        return moved

    async def drop(self, selection: Selection, by: str) -> int:
        """Give those up for good that are dead letters; tell how many."""
        moved = await self._curator.drop(selection)
        await self._note(selection, by, "dropped", moved)
        return moved

    async def _note(self, selection: Selection, by: str, what: str, moved: int) -> None:
        if moved:
            action = Action(
                at=self._clock.now(),
                organization=selection.organization,
                by=by,
                what=what,
                detail=f"{dead_letters(moved)}, {selection.cause or 'of any cause'}",
            )
            await self._trail.note_action(action)


@asynccontextmanager
async def opened_office(data_dir: Path) -> AsyncGenerator[DeadLetterOffice]:
    """Open one beside a service, or without one. Raises InputError where there is no journal."""
    async with curating(data_dir) as curator, registering(data_dir) as registry:
        yield DeadLetterOffice(curator, registry, SystemClock())


def dead_letters(number: int) -> str:
    """Count them in words."""
    return "1 dead letter" if number == 1 else f"{number} dead letters"
