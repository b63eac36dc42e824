"""Where an export goes: standard output, or a file that is there whole or not at all."""

import os
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from gladly_segment.core.errors import InputError


@contextmanager
def opened(file: Path | None) -> Generator[IO[bytes]]:
    """Open a place to write to; None is standard output. A file has its name once the block has ended well.

    A file of that name is replaced; it is readable by its owner only, as it holds personal data. Raises InputError
    when it cannot be written, BrokenPipeError when nobody reads standard output any more.
    """
    try:
        if file is None:
            yield sys.stdout.buffer
            sys.stdout.flush()
        else:
            with _made_beside(file) as made:
                yield made
    except BrokenPipeError:
        raise
    except OSError as error:
        raise InputError(f"{file or 'standard output'} cannot be written: {error.strerror}") from None


@contextmanager
def _made_beside(file: Path) -> Generator[IO[bytes]]:
    number, name = tempfile.mkstemp(prefix=f".{file.name}.", suffix=".part", dir=file.parent)
    part = Path(name)
    try:
        with os.fdopen(number, "wb") as made:
            yield made
            made.flush()
            os.fsync(made.fileno())
        part.replace(file)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise
    _sync(file.parent)


def _sync(directory: Path) -> None:
    number = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
