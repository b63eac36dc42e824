"""A vendor's session on a real socket: bounded waits, bounded connections, and nothing brought along."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from gladly_segment import __version__
from gladly_segment.transport.session import open_session


class Vendor:
    """Sets a cookie with each answer; answers wait while `answering` is not set."""

    def __init__(self) -> None:
        self.url = ""
        self.headers: list[dict[str, str]] = []
        self.in_flight = 0
        self.most_in_flight = 0
        self.answering = asyncio.Event()
        self._arrived = asyncio.Event()

    async def handle(self, request: web.Request) -> web.Response:
        self.headers.append(dict(request.headers))
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        self._arrived.set()
        await self.answering.wait()
        self.in_flight -= 1
        return web.Response(headers={"Set-Cookie": "session=1"})

    async def asked(self, requests: int) -> None:
        async with asyncio.timeout(30):
            while self.in_flight < requests:
                self._arrived.clear()
                await self._arrived.wait()


@pytest.fixture
async def vendor() -> AsyncIterator[Vendor]:
    vendor = Vendor()
    application = web.Application()
    application.router.add_get("/", vendor.handle)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    vendor.url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    yield vendor
    await runner.cleanup()


async def fetch(session: aiohttp.ClientSession, vendor: Vendor, **headers: str) -> None:
    async with session.get(vendor.url, headers=headers) as answer:
        await answer.read()


async def test_a_request_that_takes_too_long_is_given_up(vendor: Vendor) -> None:
    async with open_session(total_s=0.05, connections=1) as session:
        with pytest.raises(TimeoutError):
            await fetch(session, vendor)


async def test_no_more_connections_to_a_host_than_asked_for(vendor: Vendor) -> None:
    async with open_session(total_s=30, connections=2) as session, asyncio.TaskGroup() as tasks:
        for _ in range(5):
            tasks.create_task(fetch(session, vendor))
        await vendor.asked(2)
        vendor.answering.set()

    assert len(vendor.headers) == 5
    assert vendor.most_in_flight == 2


async def test_requests_say_who_asks_and_bring_no_cookies_back(vendor: Vendor) -> None:
    vendor.answering.set()

    async with open_session(total_s=30, connections=1) as session:
        await fetch(session, vendor)
        await fetch(session, vendor)

    assert [each["User-Agent"] for each in vendor.headers] == [f"gladly-segment/{__version__}"] * 2
    assert not any("Cookie" in each for each in vendor.headers)


async def test_logins_of_the_user_who_runs_the_service_are_not_used(
    vendor: Vendor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login somebody password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    vendor.answering.set()

    async with open_session(total_s=30, connections=1) as session:
        await fetch(session, vendor, Authorization="Basic b3Vycw==")

    assert vendor.headers[0]["Authorization"] == "Basic b3Vycw=="
