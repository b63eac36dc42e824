"""The cable between a browser and the service, which can be cut and mended."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

_CHUNK = 65_536


class Cable:
    """Listens at `url` and hands everything on to a service's address, which may change."""

    def __init__(self, to: str) -> None:
        self.to = to
        self.url = ""
        self._is_cut = False
        self._under_way: set[asyncio.Task[None]] = set()

    def cut(self) -> None:
        """End all connections, and let none come through."""
        self._is_cut = True
        for task in self._under_way:
            task.cancel()

    def mend(self) -> None:
        """Let connections through again."""
        self._is_cut = False

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        try:
            if not self._is_cut:
                await self._carry(reader, writer)
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            writer.transport.abort()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        parts = urlsplit(self.to)
        from_service, to_service = await asyncio.open_connection(parts.hostname, parts.port)
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(_pump(reader, to_service))
                both.create_task(_pump(from_service, writer))
        finally:
            to_service.transport.abort()


@asynccontextmanager
async def cable(to: str) -> AsyncGenerator[Cable]:
    """Lay one while the block lasts."""
    laid = Cable(to)
    server = await asyncio.start_server(laid.carry, "127.0.0.1", 0)
    laid.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield laid
    finally:
        server.close()
        laid.cut()
        with suppress(TimeoutError):
            await asyncio.wait_for(server.wait_closed(), 5)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while chunk := await reader.read(_CHUNK):
        writer.write(chunk)
        await writer.drain()
    writer.write_eof()
