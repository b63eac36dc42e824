"""The service with a clock that can be set: it is ahead of the machine's by the seconds in a file.

Its reconciler looks more often than in production: an hour passes at once.
"""

import os
import time
from datetime import datetime, timedelta
from pathlib import Path

from typing_extensions import override

from gladly_segment import cli
from gladly_segment.recover.reconcile import reconciler
from gladly_segment.service import run as service_run
from gladly_segment.service.clock import SystemClock

VARIABLE = "SHIFTED_CLOCK"


class Shift:
    """The file, shared by everybody who lives by this clock."""

    def __init__(self, file: Path) -> None:
        self._file = file

    @property
    def seconds(self) -> float:
        return float(self._file.read_text())

    def set(self, seconds: float) -> None:
        """Set everybody's clock."""
        new = self._file.with_suffix(".new")
        new.write_text(str(seconds))
        new.rename(self._file)

    def now_s(self) -> float:
        return time.time() + self.seconds

    def now_ns(self) -> int:
        return time.time_ns() + int(self.seconds * 1_000_000_000)


class ShiftedClock(SystemClock):
    """Only the time of day is shifted: waits last as long as ever."""

    @override
    def now(self) -> datetime:
        return super().now() + timedelta(seconds=Shift(Path(os.environ[VARIABLE])).seconds)


def main() -> None:
    """Run the command by this clock."""
    service_run.SystemClock = ShiftedClock
    for name, value in (("BEAT_S", 0.2), ("_WAITING_EVERY", timedelta(seconds=0.5))):
        setattr(reconciler, name, value)
    cli.main()


if __name__ == "__main__":
    main()
