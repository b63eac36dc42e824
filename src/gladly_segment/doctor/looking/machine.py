"""The machine: files and disk."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, Protocol

from gladly_segment.doctor.observations import Disk, FileSeen, Seen, Unseen

_MOUNTS: Final = Path("/proc/self/mountinfo")
_MOUNT_POINT: Final = 4
_OPTIONAL_FIELDS_END: Final = "-"


class _Room(Protocol):
    @property
    def f_bavail(self) -> int:
        """Blocks that are free for everybody."""
        ...

    @property
    def f_frsize(self) -> int:
        """Bytes of a block."""
        ...


def look_at_files(paths: Sequence[Path]) -> Sequence[Seen[FileSeen]]:
    """Look at the permissions of files, in the order of their paths."""
    return [_file(path) for path in sorted(set(paths))]


def look_at_disk(
    data_dir: Path, *, measure: Callable[[Path], _Room] = os.statvfs, mounts: Path = _MOUNTS
) -> Seen[Disk]:
    """Look at the disk of a data directory, or of the nearest directory above one that is not there yet.

    `measure` gives the room, and `mounts` is the kernel's list of file systems where it has one.
    """
    directory = _existing(data_dir.absolute())
    try:
        room = measure(directory)
    except OSError as error:
        return Unseen(f"{directory} cannot be looked at: {error.strerror}")
    return Disk(
        directory=str(data_dir),
        writable=os.access(directory, os.W_OK | os.X_OK),
        free_bytes=room.f_bavail * room.f_frsize,
        file_system=_file_system(directory, mounts),
    )


def _file(path: Path) -> Seen[FileSeen]:
    try:
        return FileSeen(str(path), path.stat().st_mode)
    except OSError as error:
        return Unseen(f"{path} cannot be looked at: {error.strerror}")


def _existing(directory: Path) -> Path:
    return next((each for each in (directory, *directory.parents) if each.is_dir()), directory)


def _file_system(directory: Path, mounts: Path) -> str:
    try:
        lines = mounts.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    real, best, found = directory.resolve(), "", ""
    for line in lines:
        fields = line.split(" ")
        point = fields[_MOUNT_POINT].replace("\\040", " ")
        # The last of equals counts: it was mounted over the others.
        if real.is_relative_to(point) and len(point) >= len(best):
            best, found = point, fields[fields.index(_OPTIONAL_FIELDS_END) + 1]
    return found
