"""The overview of a running service: numbers that add up, pause and resume, and what to do in the beginning."""

import asyncio
import re
from pathlib import Path
from typing import Final

from playwright.async_api import Page, expect

from gladly_segment.debugger.overview.figures import FIGURES
from tests.system.world import World
from tests.ui.accessibility import assert_accessible
from tests.ui.browser import Guard
from tests.ui.day import given, numbers
from tests.ui.house import house, sign_in

NAMES: Final = [figure.name for figure in FIGURES]


async def test_every_number_leads_to_just_as_many_events(page: Page, shop_world: World) -> None:
    await shop_world.shop.gladly.conversation()
    await shop_world.shop.gladly.all_delivered()
    await sign_in(page, shop_world)
    await _until_in_history(page, shop_world)
    await page.reload()

    cards = dict(zip(NAMES, await numbers(page.locator("[data-figure]")), strict=True))
    assert cards["received"] == sum(cards.values()) - cards["received"] > 0
    assert await numbers(page.locator("#row-shop td a")) == list(cards.values())
    await expect(page.locator("#row-shop")).to_contain_text("of 200")
    await expect(page.locator("#now")).to_contain_text("last heard")
    for name in ("received", "delivered", "ignored", "parked"):
        await page.locator(f'[data-figure="{name}"]').click()
        await expect(page.locator("#total")).to_have_text(re.compile(rf"^{cards[name]} events?$"))
        await page.go_back()


async def test_a_pause_is_shown_where_one_is_and_ends_with_resume(page: Page, shop_world: World) -> None:
    await sign_in(page, shop_world)
    await page.goto(f"{shop_world.service.admin}/?range=1h")
    row = page.locator("#row-shop")

    await row.get_by_role("button", name="Pause shop").click()

    await expect(row).to_contain_text("paused")
    await row.get_by_role("button", name="Resume shop").click()
    await expect(row).to_contain_text("active")
    assert given(page) == {"range": "1h"}


async def test_without_organizations_it_leads_to_connect(page: Page, guard: Guard, tmp_path: Path) -> None:
    async with house(tmp_path, guard) as running:
        await sign_in(page, running)

        await expect(page.get_by_text("There are no organizations yet.")).to_be_visible()
        await assert_accessible(page)
        await page.get_by_role("link", name="Connect one").click()

        await expect(page).to_have_url(re.compile("/connect"))


async def test_before_the_first_event_it_says_what_to_do(page: Page, shop_world: World) -> None:
    await sign_in(page, shop_world)

    await expect(page.get_by_text("No event has come in yet.")).to_be_visible()
    await expect(page.locator(".chart")).to_have_count(0)
    await assert_accessible(page)


async def _until_in_history(page: Page, running: World) -> None:
    """Wait until the history has all that the journal has."""
    async with asyncio.timeout(20):
        while True:
            status = await (await page.request.get(f"{running.service.admin}/status.json")).json()
            flow = await (await page.request.get(f"{running.service.admin}/flow.json")).json()
            there = sum(each["received"] for each in status["organizations"])
            if flow["whole"]["received"] == there and not flow["whole"]["waiting"]:
                return
            await asyncio.sleep(0.05)
