"""The overview of a day in two shops, without the rest of the service."""

import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, urlsplit

from playwright.async_api import Locator, Page, expect

from gladly_segment.admin import AccessRules, Admin
from gladly_segment.debugger.frame import STATIC, Frames
from gladly_segment.debugger.overview import OverviewHandlers
from gladly_segment.service.clock import SystemClock
from tests.support.clock import START, ManualClock
from tests.support.desk import LOOPBACK, WatchedService
from tests.support.history import HistoryOnAList
from tests.support.observer import RecordingObserver
from tests.support.overview import WatchedOverview, fill_with_a_day


class Day:
    """The overview of a day in two shops, without the rest of the service."""

    def __init__(self, url: str, service: WatchedService, watched: WatchedOverview, history: HistoryOnAList) -> None:
        self.url = url
        self.service = service
        self.watched = watched
        self.history = history

    async def open(self, page: Page, query: str = "") -> None:
        """Look at it, when its day ends."""
        await page.clock.install(time=START)
        await page.goto(f"{self.url}/{query}")
        await expect(page.locator(".plot canvas")).to_have_count(3)


@asynccontextmanager
async def a_day() -> AsyncGenerator[Day]:
    """Serve it."""
    service, history = WatchedService(), HistoryOnAList()
    watched = WatchedOverview(service)
    fill_with_a_day(watched, history, START)
    frames = Frames(lambda: [each.name for each in service.shown])
    routes = OverviewHandlers(frames, watched, history, ManualClock(START)).routes()
    rules = AccessRules(trusted_proxies=LOOPBACK)
    admin = Admin(service, rules, clock=SystemClock(), observer=RecordingObserver(), routes=routes, static=STATIC)
    try:
        yield Day(await admin.start("127.0.0.1", 0), service, watched, history)
    finally:
        await admin.stop()


def given(page: Page) -> dict[str, str]:
    """What stands in the address behind the path."""
    return {name: values[-1] for name, values in parse_qs(urlsplit(page.url).query).items()}


async def numbers(found: Locator) -> list[int]:
    return [int(re.sub(r"\D", "", text)) for text in await found.all_inner_texts()]
