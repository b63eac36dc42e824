"""Lists that are too large to be held, line by line as they come."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Final

import aiohttp
import msgspec

from gladly_segment.gladly.wire import malformed

_AT_ONCE: Final = 64 * 1024


async def read_lines(content: aiohttp.StreamReader, *, longest: int) -> AsyncGenerator[Sequence[bytes]]:
    """Give lines with their ends, as many at once as have come; only the very last may lack its end.

    Raises CallFailedError for a line of more than `longest` bytes.
    """
    rest = bytearray()
    async for chunk in content.iter_chunked(_AT_ONCE):
        rest += chunk
        if (ends := chunk.rfind(b"\n")) >= 0:
            ends += len(rest) - len(chunk) + 1
            yield [line + b"\n" for line in bytes(rest[: ends - 1]).split(b"\n")]
            del rest[:ends]
        if len(rest) > longest:
            raise malformed("a line of it does not end")
        # What has come already is read without waiting: everybody else would wait for it.
        await asyncio.sleep(0)
    if rest:
        yield [bytes(rest)]


async def read_json_lines(content: aiohttp.StreamReader, *, longest: int) -> AsyncGenerator[tuple[int, bytes]]:
    """Give each line with its number, from 1, without empty ones. Raises CallFailedError when the last one was cut."""
    number = 0
    async with aclosing(read_lines(content, longest=longest)) as come:
        async for lines in come:
            for line in lines:
                number += 1
                if not line.strip():
                    continue
                if not line.endswith(b"\n") and not _is_json(line):
                    raise malformed("it was cut")
                yield number, line.removesuffix(b"\n")


def _is_json(text: bytes) -> bool:
    try:
        msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return True
