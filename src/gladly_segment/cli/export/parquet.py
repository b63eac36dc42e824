"""Events as Parquet: typed columns, in groups of rows so that memory stays flat."""

import importlib
from collections.abc import Sequence
from typing import IO, Any, Final

import msgspec

from gladly_segment.cli.export.forms import COLUMNS
from gladly_segment.core.errors import InputError
from gladly_segment.debugger.events.page import ShownEvent

_NUMBERS: Final = frozenset({"number", "attempts", "latencyMs"})
_TIMES: Final = frozenset({"receivedAt", "occurredAt", "endedAt"})
_ROWS_OF_A_GROUP: Final = 50_000


class Parquet:
    """Times are UTC timestamps in milliseconds, numbers have 64 bits, everything else is text."""

    def __init__(self, file: IO[bytes]) -> None:
        """Raises InputError when the extra `parquet` is not installed."""
        self._arrow = _arrow("pyarrow")
        self._schema = self._arrow.schema([(name, self._type(name)) for name in COLUMNS])
        self._sink = _Sink(file)
        self._writer = _arrow("pyarrow.parquet").ParquetWriter(
            self._arrow.PythonFile(self._sink, mode="w"), self._schema, compression="zstd"
        )
        self._rows: list[Sequence[object]] = []

    def write(self, events: Sequence[ShownEvent]) -> None:
        """See `Writing`."""
        self._rows += (msgspec.structs.astuple(event) for event in events)
        if len(self._rows) >= _ROWS_OF_A_GROUP:
            self._write_group()

    def close(self) -> None:
        """See `Writing`."""
        if self._rows:
            self._write_group()
        self._writer.close()

    def abandon(self) -> None:
        """See `Writing`."""
        # The writer cannot go without its end, which would make whole what is not.
        self._sink.is_open = False
        self._writer.close()

    def _write_group(self) -> None:
        columns = zip(*self._rows, strict=True)
        arrays = [
            self._arrow.array([_plain(value) for value in column], type=field.type)
            for column, field in zip(columns, self._schema, strict=True)
        ]
        self._rows.clear()
        self._writer.write_table(self._arrow.Table.from_arrays(arrays, schema=self._schema))

    def _type(self, name: str) -> Any:
        if name in _TIMES:
            return self._arrow.timestamp("ms", tz="UTC")
        return self._arrow.int64() if name in _NUMBERS else self._arrow.string()


class _Sink:
    """What the writer takes for a file: it may close this one, but not the file behind it."""

    closed = False

    def __init__(self, file: IO[bytes]) -> None:
        self.is_open = True
        self._file = file

    def write(self, content: Any) -> None:
        if self.is_open:
            self._file.write(content)

    def flush(self) -> None:
        if self.is_open:
            self._file.flush()

    def close(self) -> None:
        self.closed = True


def _plain(value: object) -> object:
    # Half a letter, which some sender left in an id, is no UTF-8.
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


def _arrow(name: str) -> Any:
    # It has no types, and need not be there.
    try:
        return importlib.import_module(name)
    except ImportError:
        raise InputError(
            "Parquet is written by pyarrow, which is not installed",
            hint="pip install 'gladly-segment[parquet]', or give --format jsonl or csv",
        ) from None
