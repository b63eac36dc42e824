"""One process at a time works on a data directory."""

import fcntl
import os
from pathlib import Path

from gladly_segment.core.errors import JournalInUseError


class DirectoryLock:
    """Holds a data directory for this process; the kernel frees it when the process ends, however it ends."""

    def __init__(self, data_dir: Path) -> None:
        """Make the directory where there is none and take its lock, or raise JournalInUseError or OSError."""
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._fd = os.open(data_dir / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._fd)
            raise JournalInUseError(
                f"another gladly-segment works on {data_dir}",
                hint="stop it first, or give this one a data_dir of its own",
            ) from None

    def release(self) -> None:
        """Give the directory free; does nothing the second time."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)
