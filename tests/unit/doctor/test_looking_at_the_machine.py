"""Looking at the machine: files and disk."""

import os
import stat
from pathlib import Path

import msgspec
import pytest

from gladly_segment.doctor.looking import (
    look_at_disk,
    look_at_files,
)
from gladly_segment.doctor.observations import (
    Disk,
    FileSeen,
    Unseen,
)
from tests.unit.doctor.builders import codes, observed


class Room(msgspec.Struct, frozen=True):
    """What `statvfs` tells."""

    f_bavail: int
    f_frsize: int


def test_a_disk_that_is_nearly_full_is_found(tmp_path: Path) -> None:
    def nearly_full(_: Path) -> Room:
        return Room(f_bavail=20_000, f_frsize=4_096)

    seen = look_at_disk(tmp_path, measure=nearly_full)

    assert isinstance(seen, Disk)
    assert seen.free_bytes == 81_920_000
    assert codes(observed(disk=seen)) == ["disk_full"]


def test_the_disk_of_a_directory_that_is_not_there_yet_is_that_of_the_one_above(tmp_path: Path) -> None:
    measured: list[Path] = []

    def measure(path: Path) -> Room:
        measured.append(path)
        return Room(1, 1)

    seen = look_at_disk(tmp_path / "not" / "there", measure=measure)

    assert measured == [tmp_path]
    assert isinstance(seen, Disk)
    assert seen.writable


def test_a_disk_that_cannot_be_measured_is_told_of(tmp_path: Path) -> None:
    def broken(_: Path) -> Room:
        raise OSError(5, "Input/output error")

    assert look_at_disk(tmp_path, measure=broken) == Unseen(f"{tmp_path} cannot be looked at: Input/output error")


MOUNTS = """\
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
40 22 0:35 / {data} rw,relatime - nfs4 server:/data rw
41 22 0:36 / {data}-other rw shared:2 master:3 - tmpfs tmpfs rw
"""


@pytest.mark.parametrize(
    ("place", "expected"), [("data", "nfs4"), ("data/deep", "nfs4"), ("data-other", "tmpfs"), ("elsewhere", "ext4")]
)
def test_the_file_system_is_that_of_the_nearest_mount(tmp_path: Path, place: str, expected: str) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(MOUNTS.format(data=(tmp_path / "data").resolve()))
    (tmp_path / place).mkdir(parents=True)

    seen = look_at_disk(tmp_path / place, mounts=mounts)

    assert isinstance(seen, Disk)
    assert seen.file_system == expected


def test_where_the_kernel_has_no_list_of_mounts_the_file_system_is_unknown(tmp_path: Path) -> None:
    seen = look_at_disk(tmp_path, mounts=tmp_path / "none")

    assert isinstance(seen, Disk)
    assert seen.file_system == ""


def test_files_are_looked_at_once_each_and_missing_ones_are_told_of(tmp_path: Path) -> None:
    closed = tmp_path / "b"
    closed.write_text("")
    closed.chmod(0o600)

    seen = look_at_files([closed, tmp_path / "a", closed])

    assert seen == [
        Unseen(f"{tmp_path / 'a'} cannot be looked at: No such file or directory"),
        FileSeen(str(closed), stat.S_IFREG | 0o600),
    ]


def test_a_directory_that_this_user_may_not_write_to_is_seen(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        # Root may write everywhere; /proc is closed even to it.
        tmp_path = Path("/proc/self")
    else:
        tmp_path.chmod(0o500)

    seen = look_at_disk(tmp_path)

    assert isinstance(seen, Disk)
    assert not seen.writable
