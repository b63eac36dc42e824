"""The forms that events are exported in. All have the same columns: those of `gladly-segment events --json`."""

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import IO, Final, Protocol

import msgspec

from gladly_segment.core.moments import format_moment
from gladly_segment.debugger.events.page import ShownEvent

COLUMNS: Final = tuple(field.encode_name for field in msgspec.structs.fields(ShownEvent))

_FORMULAS: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What spreadsheets take for the beginning of a formula (OWASP, CSV injection)."""


class Form(StrEnum):
    """How events are written."""

    JSONL = "jsonl"
    CSV = "csv"
    PARQUET = "parquet"


class Writing(Protocol):
    """Events on their way into a file."""

    def write(self, events: Sequence[ShownEvent]) -> None:
        """Write the next ones. Raises OSError."""
        ...

    def close(self) -> None:
        """Write what is still in hand, and what stands at the end. The file itself stays open. Raises OSError."""
        ...

    def abandon(self) -> None:
        """Write nothing more: what was written must not look complete."""
        ...


class JsonLines:
    """One JSON document a line."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._encoder = msgspec.json.Encoder()

    def write(self, events: Sequence[ShownEvent]) -> None:
        """See `Writing`."""
        self._file.write(self._encoder.encode_lines(events))

    def close(self) -> None:
        """See `Writing`."""

    def abandon(self) -> None:
        """See `Writing`."""


class CommaSeparated:
    """RFC 4180, in UTF-8, the names of the columns first. A text that a spreadsheet would compute gets a `'` before."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._write([COLUMNS])

    def write(self, events: Sequence[ShownEvent]) -> None:
        """See `Writing`."""
        self._write([[_cell(value) for value in msgspec.structs.astuple(event)] for event in events])

    def close(self) -> None:
        """See `Writing`."""

    def abandon(self) -> None:
        """See `Writing`."""

    def _write(self, rows: Sequence[Sequence[str]]) -> None:
        text = io.StringIO()
        csv.writer(text, lineterminator="\r\n").writerows(rows)
        # Half a letter, which some sender left in an id, is no UTF-8.
        self._file.write(text.getvalue().encode("utf-8", "replace"))


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case datetime():
            return format_moment(value)
        case str():
            return f"'{value}" if value.startswith(_FORMULAS) else str(value)
        case _:
            return str(value)
