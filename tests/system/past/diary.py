"""When what went on in a run; times are the machine's."""

import asyncio
from datetime import datetime

from tests.system.past.traffic import Stretch
from tests.system.past.world import now


class Diary:
    """`beside`: the backfill could work; `alone`: there was live traffic only; `kills`: until the service was back."""

    def __init__(self) -> None:
        self.beside: list[Stretch] = []
        self.alone: list[Stretch] = []
        self.kills: list[Stretch] = []
        self._since: datetime | None = None

    def goes_on(self) -> None:
        """Note that the backfill works from now on."""
        self._since = now()

    def is_interrupted(self) -> datetime:
        """Note that it does not from now on."""
        ended = now()
        if self._since is not None:
            self.beside.append(Stretch(self._since, ended))
        self._since = None
        return ended

    def killed(self, at: datetime) -> None:
        """Note that the service, killed at a time, is there again."""
        self.kills.append(Stretch(at, now()))

    async def alone_for(self, seconds: float) -> None:
        """Let live traffic be alone for so long from now on."""
        began = now()
        await asyncio.sleep(seconds)
        self.alone.append(Stretch(began, now()))
