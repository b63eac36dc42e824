"""The command line, killed by SIGKILL as soon as it has sealed so many records anew: `mortal.py COUNT ARGUMENT...`."""

import os
import signal
import sys

from gladly_segment.cli import main
from gladly_segment.core.ids import OrganizationId
from gladly_segment.journals.sqlite import SqliteRegistry

_reseal = SqliteRegistry.reseal
_left = int(sys.argv.pop(1))


async def _reseal_and_die(self: SqliteRegistry, name: OrganizationId, *, was: bytes, sealed: bytes) -> bool:
    global _left  # noqa: PLW0603 - one process, one count
    done = await _reseal(self, name, was=was, sealed=sealed)
    _left -= 1
    if _left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return done


if __name__ == "__main__":
    SqliteRegistry.reseal = _reseal_and_die
    main()
