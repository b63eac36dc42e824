"""Whether somebody on its way could read a request."""

from collections.abc import Mapping

import aiohttp
import pytest
from aiohttp import web

from gladly_segment.admin import Admin
from gladly_segment.admin.origin import is_confidential
from gladly_segment.admin.publishing import page
from gladly_segment.admin.routes import Asked, Route
from tests.support.clock import ManualClock
from tests.support.desk import BEARER, OF_TOKEN, WatchedService
from tests.support.observer import RecordingObserver


async def answered(headers: Mapping[str, str]) -> str:
    async def tell(asked: Asked) -> web.Response:
        return web.Response(text=str(is_confidential(asked.request)))

    route = Route(page("/told", "Tell."), tell)
    admin = Admin(WatchedService(), OF_TOKEN, clock=ManualClock(), observer=RecordingObserver(), routes=[route])
    url = await admin.start("127.0.0.1", 0)
    async with (
        aiohttp.ClientSession() as http,
        http.get(f"{url}/told", headers={**BEARER, **headers}) as answer,
    ):
        told = await answer.text()
    await admin.stop()
    return told


@pytest.mark.parametrize(
    "headers", [{}, {"Host": "localhost:8081"}, {"Host": "[::1]:8081"}, {"X-Forwarded-Proto": "https"}], ids=str
)
async def test_on_the_machine_itself_and_over_https_nobody_could(headers: dict[str, str]) -> None:
    assert await answered(headers) == "True"


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "debugger.example.com"},
        {"X-Forwarded-For": "192.0.2.1"},
        {"X-Forwarded-Proto": "http"},
        {"Forwarded": "for=192.0.2.1"},
    ],
    ids=str,
)
async def test_over_http_from_elsewhere_somebody_could(headers: dict[str, str]) -> None:
    assert await answered(headers) == "False"
