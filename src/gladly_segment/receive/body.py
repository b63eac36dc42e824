"""Reading a webhook's body: in time, within bounds, and as what its sender says it is."""

import asyncio
import zlib
from typing import Final

from aiohttp import web

from gladly_segment.receive import answers

MAX_BODY_BYTES: Final = 256 * 1024

_WITHIN_S: Final = 10.0
_CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
_GZIP_OR_ZLIB: Final = zlib.MAX_WBITS | 32


async def read_body(request: web.BaseRequest) -> bytes | web.Response:
    """Give the body; or, where there is none that can be taken, the answer to that."""
    try:
        async with asyncio.timeout(_WITHIN_S):
            if request.headers.get("Expect", "").lower() == "100-continue":
                # Only now, so that a body that is not taken is not sent.
                await request.writer.write(_CONTINUE)
                request.writer.output_size = 0
            body = await request.read()
    except TimeoutError:
        return answers.refuse(answers.TOO_SLOW, 408)
    except web.HTTPRequestEntityTooLarge:
        return answers.refuse(answers.TOO_LARGE, 413)
    except (web.RequestPayloadError, ConnectionError):
        return answers.refuse(answers.BAD_REQUEST, 400)
    return _decoded(body, request.headers.get("Content-Encoding", "identity").lower())


def _decoded(body: bytes, coding: str) -> bytes | web.Response:
    """Undo the coding; never more than a body may have is made of it."""
    if coding == "identity":
        return body
    if coding not in ("gzip", "deflate"):
        return answers.refuse(answers.UNKNOWN_CODING, 415)
    inflating = zlib.decompressobj(_GZIP_OR_ZLIB)
    try:
        inflated = inflating.decompress(body, MAX_BODY_BYTES + 1)
    except zlib.error:
        return answers.refuse(answers.BAD_REQUEST, 400)
    if len(inflated) > MAX_BODY_BYTES:
        return answers.refuse(answers.TOO_LARGE, 413)
    if not inflating.eof or inflating.unused_data:
        return answers.refuse(answers.BAD_REQUEST, 400)
    return inflated
