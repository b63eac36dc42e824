import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web


class Vendor:
    """A server that answers as it is told, and hangs at `/hang`."""

    def __init__(self) -> None:
        self.url = ""
        self.status = 200
        self.body = b"[]"
        self.headers: dict[str, str] = {}
        self.asked: list[str] = []

    async def handle(self, request: web.Request) -> web.Response:
        self.asked.append(request.path)
        if request.path.startswith("/hang"):
            await asyncio.Event().wait()
        return web.Response(status=self.status, body=self.body, headers=self.headers)


@pytest.fixture
async def vendor() -> AsyncIterator[Vendor]:
    server, application = Vendor(), web.Application()
    application.router.add_route("*", "/{path:.*}", server.handle)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield server
    await runner.cleanup()


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as session:
        yield session
