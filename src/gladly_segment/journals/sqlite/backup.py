"""Copies of the journal that fit together in themselves, and the way back from one."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

from gladly_segment.core.errors import InputError
from gladly_segment.journals.sqlite.connect import FILE_NAME, IntegrityCheck, trouble
from gladly_segment.journals.sqlite.lock import DirectoryLock
from gladly_segment.journals.sqlite.schema import version_of

_FILES: Final = (FILE_NAME, f"{FILE_NAME}-wal", f"{FILE_NAME}-shm")


def back_up(data_dir: Path, file: Path) -> None:
    """Copy the journal, beside a running service or without one, and check the copy.

    Raises InputError where there is nothing to copy or something in the way, JournalVersionError,
    JournalUnavailableError or JournalDamagedError.
    """
    source = data_dir / FILE_NAME
    if not source.exists():
        raise InputError(f"there is no journal in {data_dir}", hint="name the service's data directory")
    if file.exists():
        raise InputError(f"{file} is there already", hint="name a new file")
    part = file.with_name(f"{file.name}.part")
    try:
        _copy(source, part)
        IntegrityCheck(part).check()
        part.rename(file)
    except (sqlite3.Error, OSError) as error:
        raise trouble(error, f"the journal could not be copied to {file}") from error
    finally:
        _clear(part)


def restore(file: Path, data_dir: Path, *, force: bool, made_of_it: Sequence[Path] = ()) -> Path | None:
    """Put a backup in the place of the journal; give the directory where the former one is kept, if there was one.

    Files that were made of the former journal are removed.

    Raises InputError, JournalInUseError while a service runs, JournalVersionError or JournalDamagedError about the
    backup, or JournalUnavailableError.
    """
    if not file.exists():
        raise InputError(f"there is no backup {file}")
    IntegrityCheck(file).check()
    part = data_dir / f"{FILE_NAME}.part"
    try:
        lock = DirectoryLock(data_dir)
        try:
            former = [name for name in _FILES if (data_dir / name).exists()]
            if former and not force:
                raise InputError(
                    f"there is a journal in {data_dir}", hint="give --force to replace it; it is kept beside"
                )
            # First the copy, for which there may be no room; the former journal goes only then.
            _copy(file, part)
            kept = _set_aside(data_dir, former) if former else None
            for each in made_of_it:
                each.unlink(missing_ok=True)
            part.rename(data_dir / FILE_NAME)
            return kept
        finally:
            _clear(part)
            lock.release()
    except (sqlite3.Error, OSError) as error:
        raise trouble(error, f"{file} could not be restored to {data_dir}") from error


def _copy(source: Path, part: Path) -> None:
    """Copy a journal with what its log holds, all at one moment: in steps, every write in between would begin anew."""
    part.unlink(missing_ok=True)
    with (
        closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True)) as original,
        closing(sqlite3.connect(part)) as copy,
    ):
        if version_of(original) == 0:
            raise InputError(f"{source} is no journal")
        part.chmod(0o600)
        original.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")


def _clear(part: Path) -> None:
    with suppress(OSError):
        part.unlink(missing_ok=True)


def _set_aside(data_dir: Path, former: Sequence[str]) -> Path:
    number = 1
    while (kept := data_dir / f"replaced-{number}").exists():
        number += 1
    kept.mkdir(mode=0o700)
    for name in former:
        (data_dir / name).rename(kept / name)
    return kept
