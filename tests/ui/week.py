"""The completeness of a week in two shops, without the rest of the service."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from playwright.async_api import Page

from gladly_segment.admin import AccessRules, Admin
from gladly_segment.debugger.completeness import CompletenessHandlers
from gladly_segment.debugger.frame import STATIC, Frames
from gladly_segment.service.clock import SystemClock
from tests.support.clock import START, ManualClock
from tests.support.completeness import WatchedCompleteness, fill_with_a_week
from tests.support.desk import LOOPBACK, WatchedService
from tests.support.observer import RecordingObserver


class Week:
    """It, at an address; `watched` can be changed meanwhile."""

    def __init__(self, url: str, watched: WatchedCompleteness) -> None:
        self.url = url
        self.watched = watched

    async def open(self, page: Page, query: str = "") -> None:
        """Look at it, when the week ends."""
        await page.clock.install(time=START)
        await page.goto(f"{self.url}/completeness{query}")


@asynccontextmanager
async def a_week() -> AsyncGenerator[Week]:
    """Serve it."""
    watched = WatchedCompleteness()
    fill_with_a_week(watched, START)
    routes = CompletenessHandlers(Frames(lambda: watched.served), watched, ManualClock(START)).routes()
    rules, observer = AccessRules(trusted_proxies=LOOPBACK), RecordingObserver()
    admin = Admin(WatchedService(), rules, clock=SystemClock(), observer=observer, routes=routes, static=STATIC)
    try:
        yield Week(await admin.start("127.0.0.1", 0), watched)
    finally:
        await admin.stop()
