"""The service as a process that kills itself at a stage boundary, or breaks a promise: the checkers' prey.

Nothing in the product knows of this: the drivers are replaced from outside before the service is built.
SIGUSR1 sets its clock an hour forward, SIGUSR2 an hour back.
"""

import os
import signal
import sqlite3
import sys
import threading
import time
from pathlib import Path
from types import FrameType

from gladly_segment.cli.loop import run
from gladly_segment.cli.ready import announce
from gladly_segment.config import load_settings
from gladly_segment.journals.sqlite import journal
from gladly_segment.journals.sqlite.connect import FILE_NAME
from gladly_segment.observe import configure_logs
from gladly_segment.service import organization, serve
from gladly_segment.service import run as service_run
from tests.system.chaos.breakable import (
    DoomedDestination,
    DoomedJournal,
    HastyDeliverWorker,
    ImpatientPolicy,
    JumpingClock,
    open_impatient_session,
)
from tests.system.chaos.dooms import Doom, Fuse

_LOOK_EVERY_S = 0.001
_MOMENT_S = 0.0005
"""A checkpoint of some pages takes a few milliseconds."""


def main(config: str, doom: Doom, steps: int) -> None:
    """Run the service with its fuse, or its broken promise."""
    settings = load_settings(Path(config))
    configure_logs(settings.log_format, settings.log_level)
    DoomedJournal.fuse = DoomedDestination.fuse = Fuse(doom, steps)
    journal.SqliteJournal = DoomedJournal
    organization.SegmentClient = DoomedDestination
    organization.RetryPolicy = ImpatientPolicy
    service_run.open_session = open_impatient_session
    service_run.SystemClock = JumpingClock
    signal.signal(signal.SIGUSR1, _jump)
    signal.signal(signal.SIGUSR2, _jump)
    if doom is Doom.SETTLE_BEFORE_SEND:
        organization.DeliverWorker = HastyDeliverWorker

    def ready(url: str, admin: str) -> None:
        announce(url, admin)
        if doom is Doom.MID_CHECKPOINT:
            threading.Thread(target=_checkpoint_until_dead, args=(settings.data_dir, steps), daemon=True).start()

    run(serve(settings, ready))


def _jump(number: int, _: FrameType | None) -> None:
    JumpingClock.jump(1 if number == signal.SIGUSR1 else -1)


def _checkpoint_until_dead(data_dir: Path, steps: int) -> None:
    """Write the log back after each commit, on a second connection, and die in the middle of the last time."""
    connection = sqlite3.connect(data_dir / FILE_NAME, timeout=5)
    seen = 0
    for left in reversed(range(steps)):
        while seen == (seen := connection.execute("PRAGMA data_version").fetchone()[0]):
            time.sleep(_LOOK_EVERY_S)
        if left == 0:
            threading.Timer(_MOMENT_S * (steps % 7), os.kill, (os.getpid(), signal.SIGKILL)).start()
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main(sys.argv[1], Doom(sys.argv[2]), int(sys.argv[3]))
