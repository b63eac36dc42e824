"""How a test of a page is written.

    async def test_a_conversation_that_was_opened_is_counted(page: Page, shop_world: World) -> None:
        conversation = await shop_world.shop.gladly.conversation()
        await shop_world.audit()
        await sign_in(page, shop_world)

        await page.goto(f"{shop_world.service.admin}/")

        await expect(page.get_by_role("row", name="shop")).to_contain_text("active")

`page` is a tab of a fresh Chromium context, 1280 by 800, in New York; `expect` of Playwright waits by itself, so there
are no sleeps. The fixture `guard` stands behind it: a console error, an uncaught error, a violation of the content
security policy, a request that fails or that goes to another origin fails the test, unless the test says beforehand
that it must be seen: `guard.expect("401")`. More tabs: `await page.context.new_page()`.

`shop_world` is the service between both vendors, each a process (tests/system/world.py): `.shop.gladly` opens and
closes conversations and misbehaves, `.shop.segment` stores, `.service.admin` is the url of the pages,
`.service.data_dir` holds the journal. For several shops: `async with house(tmp_path, guard, "shop", "other") as world`.
A page alone, under our headers: `serving` in tests/ui/served.py.

Each screen calls `assert_accessible(page)` in each of its states, and `screenshot(page, name)` where a picture belongs
into the docs. All tests here run in one event loop, that of the session: an asynchronous fixture begins with
`@pytest_asyncio.fixture(loop_scope="session")`.
"""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from tests.system.world import World
from tests.ui.browser import Guard, NoBrowserError, chromium, find_browser, guarded
from tests.ui.house import house
from tests.unit.transport.bounds import bounded

__all__ = ["bounded"]

_HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run them in the loop that the browser is in."""
    for item in items:
        if item.path.is_relative_to(_HERE) and pytest_asyncio.is_async_test(item):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Chromium, one for each process of the test run."""
    try:
        path = find_browser()
    except NoBrowserError as error:
        if os.environ.get("CI"):
            pytest.fail(str(error))
        pytest.skip(str(error))
    async with chromium(path) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def guard(browser: Browser) -> AsyncIterator[Guard]:
    async with guarded(browser) as watching:
        yield watching


@pytest.fixture
def page(guard: Guard) -> Page:
    return guard.page


@pytest_asyncio.fixture(loop_scope="session")
async def shop_world(tmp_path: Path, guard: Guard) -> AsyncIterator[World]:
    """One shop, its vendors and the service."""
    async with house(tmp_path, guard, "shop") as running:
        yield running
