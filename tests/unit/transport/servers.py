"""Servers that answer with the very bytes they are given, as no framework would."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress


class ScriptedServer:
    """Answers the first request of each connection with `answer`, then closes it; keeps what it was sent.

    Requests wait for their answer while `answering` is not set.
    """

    def __init__(self) -> None:
        self.url = ""
        self.answer = answer()
        self.answering = asyncio.Event()
        self.answering.set()
        self.requests: list[bytes] = []
        self._arrived = asyncio.Event()

    async def asked(self, requests: int = 1) -> None:
        """Wait until so many requests have come."""
        async with asyncio.timeout(30):
            while len(self.requests) < requests:
                self._arrived.clear()
                await self._arrived.wait()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # A client that goes away in the middle has made its point.
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            head = await reader.readuntil(b"\r\n\r\n")
            body = await reader.readexactly(_content_length(head))
            self.requests.append(head + body)
            self._arrived.set()
            await self.answering.wait()
            writer.write(self.answer)
            await writer.drain()
        writer.close()


@asynccontextmanager
async def scripted_server() -> AsyncGenerator[ScriptedServer]:
    """Run a server on a free port of this machine while the block lasts."""
    scripted = ScriptedServer()
    server = await asyncio.start_server(scripted.serve, "127.0.0.1", 0)
    async with server:
        host, port = server.sockets[0].getsockname()
        scripted.url = f"http://{host}:{port}"
        try:
            yield scripted
        finally:
            scripted.answering.set()


def answer(status: int = 200, body: bytes = b"{}", **headers: str) -> bytes:
    """Write an answer; a header's name is given with underscores."""
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(body)}", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join((*lines, "", "")).encode() + body


def _content_length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0
