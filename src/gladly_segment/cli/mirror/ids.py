"""Reading messageIds that somebody brings: one a line, as CSV, or as JSON, one document a line."""

import csv
import sys
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import IO, Final

import msgspec

from gladly_segment.core.errors import InputError

_NAMES: Final = ("messageid", "id")
"""How the column is called, without capitals and underscores: `message_id`, `messageId`, Segment's own `id`."""

_HINT: Final = "give one messageId a line, CSV with a column message_id, messageId or id, or JSON with such a field"
_STDIN: Final = Path("-")


@contextmanager
def opened(file: Path) -> Generator[Iterator[str]]:
    """Open a file of ids, `-` is standard input, and give them one by one. Raises InputError, also while reading."""
    try:
        if file == _STDIN:
            yield _ids(sys.stdin.buffer, "standard input")
            return
        with file.open("rb") as there:
            yield _ids(there, str(file))
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror}") from None


def _ids(file: IO[bytes], name: str) -> Iterator[str]:
    lines = _lines(file, name)
    first = next(lines, "")
    lines = chain([first], lines)
    return _of_json(lines, name) if first.startswith("{") else _of_csv(lines, name)


def _lines(file: IO[bytes], name: str) -> Iterator[str]:
    number = 0
    try:
        for number, line in enumerate(file, start=1):
            text = line.decode("utf-8-sig" if number == 1 else "utf-8").strip()
            if text:
                yield text
    except UnicodeDecodeError:
        raise InputError(f"{name} is no UTF-8 text, as line {number} shows", hint=_HINT) from None


def _of_json(lines: Iterator[str], name: str) -> Iterator[str]:
    decoder = msgspec.json.Decoder(dict[str, msgspec.Raw])
    for number, line in enumerate(lines, start=1):
        try:
            document = decoder.decode(line)
            column = _column(list(document))
            yield msgspec.json.decode(document[list(document)[column]], type=str)
        except (msgspec.DecodeError, LookupError):
            raise InputError(f"document {number} of {name} has no messageId", hint=_HINT) from None


def _of_csv(lines: Iterator[str], name: str) -> Iterator[str]:
    rows = csv.reader(lines)
    first = next(rows, list[str]())
    try:
        column = _column(first)
    except LookupError:
        if len(first) > 1:
            raise InputError(f"{name} has several columns, and none of them is one of ids", hint=_HINT) from None
        column, rows = 0, chain([first] if first else [], rows)
    for row in rows:
        if len(row) > column:
            yield row[column].strip()


def _column(names: Sequence[str]) -> int:
    """Tell which of the columns has the ids. Raises LookupError."""
    plain = [name.strip().lower().replace("_", "") for name in names]
    for name in _NAMES:
        if name in plain:
            return plain.index(name)
    raise LookupError
