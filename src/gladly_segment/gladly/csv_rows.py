"""CSV that is too large to be held, row by row as it comes; a quoted field may have line breaks."""

import csv
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing
from typing import Final

import aiohttp
import msgspec

from gladly_segment.gladly.lines import read_lines
from gladly_segment.gladly.wire import malformed

_LONGEST: Final = 1024 * 1024
_BYTE_ORDER_MARK: Final = "\ufeff"


class Row(msgspec.Struct, frozen=True):
    """A row that begins in line `line`, from 1. `fields` is None where they cannot be told apart.

    Only the very last row may lack its line end: it is whole only if it has all of its fields.
    """

    line: int
    fields: Sequence[str] | None
    ended: bool = True


async def read_rows(content: aiohttp.StreamReader) -> AsyncGenerator[Row]:
    """Give the rows that have any text. Raises CallFailedError for one that does not end, or was cut within quotes."""
    held: list[str] = []
    before = 0
    async with aclosing(read_lines(content, longest=_LONGEST)) as come:
        async for lines in come:
            held += [line.decode(errors="replace") for line in lines]
            ready = _in_whole_rows(held)
            for row in _rows(held[:ready], before):
                yield row
            before += ready
            del held[:ready]
            if sum(map(len, held)) > _LONGEST:
                raise malformed("a row of it does not end")
    if held:
        raise malformed("it was cut")


def _in_whole_rows(texts: Sequence[str]) -> int:
    """Count the lines up to the last one at whose end no quotes are open."""
    ready, quoted = 0, False
    for number, text in enumerate(texts, start=1):
        quoted ^= text.count('"') % 2 == 1
        if not quoted:
            ready = number
    return ready


def _rows(texts: Sequence[str], before: int) -> Iterator[Row]:
    reader = csv.reader(texts)
    while True:
        line = before + reader.line_num + 1
        try:
            fields = next(reader, None)
        except csv.Error:
            yield Row(line, None)
            continue
        if fields is None:
            return
        if line == 1 and fields:
            fields[0] = fields[0].removeprefix(_BYTE_ORDER_MARK)
        if any(field.strip() for field in fields):
            yield Row(line, fields, ended=texts[reader.line_num - 1].endswith("\n"))
