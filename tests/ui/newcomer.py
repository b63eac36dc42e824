"""A service that knows nobody yet, between both vendors, and somebody who connects a shop in a browser."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Page

from tests.system.connecting import NAME, TOKEN, USER, WRITE_KEY, Bench, bench
from tests.system.forked import fork
from tests.system.programs import FORKED, Program, start
from tests.ui.browser import Guard


class Place:
    """The service and its vendors; it can be killed and started again."""

    def __init__(self, shop: Bench) -> None:
        self.shop = shop
        self.admin = ""
        self._service: Program | None = None

    async def start(self) -> None:
        variables = {name: value for name, value in self.shop.variables.items() if name.startswith("GLADLY_SEGMENT_")}
        variables["GLADLY_SEGMENT_LOG_LEVEL"] = "debug"
        # After the first time at the same address.
        variables["GLADLY_SEGMENT_ADMIN__PORT"] = self.admin.rpartition(":")[2] or "0"
        self._service = await start("serve", log=self.log, program=FORKED, variables=variables)
        self.admin = self._service.admin

    async def connect(self) -> None:
        """Have the shop connected by the command."""
        arguments, log = ("connect", NAME, "--json", *self.shop.flags()), self.shop.directory / "command.log"
        process = await fork(arguments, log=log, variables=self.shop.variables)
        said = await process.stdout.read()
        assert await process.wait() == 0, said

    async def kill(self) -> None:
        assert self._service is not None
        await self._service.kill()

    @property
    def log(self) -> Path:
        return self.shop.directory / "service.log"


@asynccontextmanager
async def newcomers_place(directory: Path, guard: Guard) -> AsyncGenerator[Place]:
    """Run it all. When the block has ended the pages are closed first: what is live would miss the service."""
    async with bench(directory) as shop:
        place = Place(shop)
        await place.start()
        try:
            yield place
        finally:
            await guard.leave()
            await place.kill()


async def give_gladly(page: Page, place: Place, token: str = TOKEN) -> None:
    await page.get_by_label("Organization").fill(NAME)
    await page.get_by_label("Gladly user").fill(USER)
    await page.get_by_label("Gladly API token").fill(token)
    await page.get_by_text("Another address").click()
    await page.get_by_label("Gladly address").fill(place.shop.gladly.url)
    await page.get_by_role("button", name="Check").click()


async def give_source(page: Page, place: Place, key: str = WRITE_KEY) -> None:
    await page.get_by_label("Write key").fill(key)
    await page.get_by_label("Region of the workspace").select_option("us")
    await page.get_by_text("Another host").click()
    await page.get_by_label("Segment host").fill(place.shop.segment.url)
    await page.get_by_role("button", name="Send a test event").click()


async def give_address(page: Page, address: str) -> None:
    await page.get_by_label("Public url").fill(address)
    await page.get_by_role("button", name="Show the plan").click()


async def come_to_the_plan(page: Page, place: Place, address: str = "") -> None:
    """Give all that is needed, and leave the proof out."""
    await page.goto(f"{place.admin}/connect")
    await give_gladly(page, place)
    await give_source(page, place)
    await page.get_by_role("button", name="Leave the proof out").click()
    await give_address(page, address or f"http://127.0.0.1:{place.shop.port}")
