"""The overview's charts: they move together, follow theme and time, and stay up to date."""

import re
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import parse_qs, urlsplit

import pytest_asyncio
from playwright.async_api import Page, expect

from gladly_segment.core.feed_signals import DisabledBy
from gladly_segment.core.lifecycle import Stage
from gladly_segment.core.noticed import Noticed
from gladly_segment.core.situation import FeedSeen, FeedState, Held
from tests.support.clock import START
from tests.support.desk import SHOP
from tests.support.history import event
from tests.ui.accessibility import assert_accessible
from tests.ui.browser import Guard
from tests.ui.day import Day, a_day, given, numbers
from tests.ui.pictures import screenshot

BY_SINCE: Final = re.compile("since=")


@pytest_asyncio.fixture(loop_scope="session")
async def day(guard: Guard) -> AsyncIterator[Day]:
    async with a_day() as running:
        yield running
        # What keeps itself up to date would miss the service.
        await guard.leave()


async def drag(page: Page, chart: str, start: float, end: float) -> None:
    """Drag across a part of a chart; `start` and `end` are shares of its width."""
    plot = page.locator(f'[data-chart="{chart}"] .u-over')
    await plot.scroll_into_view_if_needed()
    box = await plot.bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] / 2
    await page.mouse.move(box["x"] + box["width"] * start, middle)
    await page.mouse.down()
    await page.mouse.move(box["x"] + box["width"] * end, middle, steps=5)
    await page.mouse.up()


async def test_the_numbers_of_organizations_add_up_to_the_cards(page: Page, day: Day) -> None:
    await day.open(page)

    cards = await numbers(page.locator("[data-figure]"))
    rows = [await numbers(row.locator("td a")) for row in await page.locator("#rows tr").all()]
    assert cards[0] == sum(cards[1:]) > 0
    assert [sum(column) for column in zip(*rows, strict=True)] == cards
    assert await numbers(page.locator("#together td a")) == cards


async def test_a_drag_across_one_chart_zooms_all_of_them(page: Page, day: Day) -> None:
    await day.open(page, "?organization=shop")

    await drag(page, "latency", 0.25, 0.5)

    await page.wait_for_url(BY_SINCE)
    address = given(page)
    assert address["organization"] == "shop"
    since, until = datetime.fromisoformat(address["since"]), datetime.fromisoformat(address["until"])
    assert timedelta(hours=5) < until - since < timedelta(hours=7)
    assert (since.minute % 15, until.minute % 15) == (0, 0)
    starts = await page.locator("#spans tr").evaluate_all("rows => rows.map((row) => Number(row.dataset.start))")
    assert starts[0] == since.timestamp()
    assert starts[-1] < until.timestamp()
    await page.locator('[data-chart="events"] .u-over').dblclick()
    await page.wait_for_url(lambda url: parse_qs(urlsplit(url).query)["since"] != [address["since"]])
    await page.go_back()
    await page.go_back()
    assert given(page) == {"organization": "shop"}


async def test_the_cursor_of_one_chart_tells_of_the_same_time_in_all(page: Page, day: Day) -> None:
    await day.open(page)
    last = page.locator("#spans tr").nth(-2)
    values = (await last.get_attribute("data-values") or "").strip().split(",")

    box = await page.locator('[data-chart="events"] .u-over').bounding_box()
    assert box is not None
    await page.mouse.move(box["x"] + box["width"] * 95.5 / 97, box["y"] + 50)

    await expect(page.locator('[data-chart="events"] [data-of="delivered"]')).to_have_text(values[0])
    await expect(page.locator('[data-chart="trouble"] [data-of="waiting"]')).to_have_text(values[5])
    await expect(page.locator('[data-chart="latency"] [data-of="p50"]')).to_have_text(re.compile(r"^[\d.]+ m?s$"))


async def test_without_a_mouse_one_zooms_and_moves_by_links(page: Page, day: Day) -> None:
    await day.open(page, "?range=6h")

    await page.get_by_role("link", name="Zoom in").focus()
    await page.keyboard.press("Enter")

    await page.wait_for_url(BY_SINCE)
    closer = given(page)
    await page.get_by_role("link", name="Later").press("Enter")
    await page.wait_for_url(lambda url: parse_qs(urlsplit(url).query)["since"] != [closer["since"]])
    await page.get_by_text("The charts' numbers as a table").press("Enter")
    await expect(page.get_by_role("row").filter(has=page.locator("time[data-minute]")).first).to_be_visible()


async def test_the_time_is_in_the_address_and_outlives_a_reload(page: Page, day: Day) -> None:
    await day.open(page)

    await page.get_by_role("link", name="7 d", exact=True).click()
    await page.reload()

    assert given(page) == {"range": "7d"}
    await expect(page.locator('.way[aria-current="true"]')).to_have_text("7 d")
    await page.get_by_role("combobox", name="organization").select_option("shop")
    await page.wait_for_url(re.compile("organization=shop"))
    assert given(page) == {"organization": "shop", "range": "7d"}


async def test_an_own_time_is_given_in_the_zone_of_the_reader(page: Page, day: Day) -> None:
    await day.open(page)

    await page.get_by_role("textbox", name="from").fill("2026-03-01T01:30")
    await page.get_by_role("textbox", name="to", exact=True).fill("2026-03-01T05:00")
    await page.get_by_role("button", name="Show", exact=True).click()

    await page.wait_for_url(BY_SINCE)
    assert given(page) == {"since": "2026-03-01T06:30:00Z", "until": "2026-03-01T10:00:00Z"}
    await expect(page.get_by_role("textbox", name="from")).to_have_value("2026-03-01T01:30")


async def test_it_stays_up_to_date_while_it_is_seen(page: Page, day: Day) -> None:
    await day.open(page)
    received = page.locator('[data-figure="received"]')
    before = (await numbers(received))[0]
    day.history.put(event(9_000, received_at=START))

    await page.get_by_role("button", name="Pause shop").focus()
    await page.clock.run_for(5_000)

    await expect(received).to_have_text(re.compile(rf"^1?\D?{str(before + 1)[-3:]}$"))
    assert (await numbers(received))[0] == before + 1
    await expect(page.get_by_role("button", name="Pause shop")).to_be_focused()


async def test_it_asks_for_nothing_while_it_is_not_seen(page: Page, day: Day) -> None:
    await day.open(page)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    seen = "() => { delete document.hidden; document.dispatchEvent(new Event('visibilitychange')); }"

    await page.evaluate("() => Object.defineProperty(document, 'hidden', { configurable: true, get: () => true })")
    await page.clock.run_for(60_000)
    unseen = list(asked)
    async with page.expect_request(page.url):
        await page.evaluate(seen)

    assert unseen == []


async def test_when_the_service_is_away_the_page_says_so(page: Page, day: Day, guard: Guard) -> None:
    guard.expect("ERR_")
    await day.open(page)
    await page.route("**/*", lambda route: route.abort("connectionrefused"))

    await page.clock.run_for(5_000)

    await expect(page.locator("#fresh")).to_contain_text("does not answer")


async def test_charts_follow_the_theme(page: Page, day: Day) -> None:
    await day.open(page)
    picture = "() => document.querySelector('[data-chart=\"events\"] canvas').toDataURL()"
    light = await page.evaluate(picture)

    await page.get_by_role("button", name="Switch between light and dark").click()

    await page.wait_for_function(f"light => ({picture})() !== light", arg=light)
    await page.get_by_role("button", name="Switch between light and dark").click()
    await page.wait_for_function(f"light => ({picture})() === light", arg=light)


async def test_it_fits_a_narrow_screen_and_is_for_everybody(page: Page, day: Day) -> None:
    await page.set_viewport_size({"width": 360, "height": 740})
    await day.open(page)

    assert await page.evaluate("() => document.documentElement.scrollWidth") <= 360
    assert await page.locator(".plot").evaluate_all("plots => plots.every((plot) => plot.clientWidth <= 360)")
    await assert_accessible(page)


async def test_what_needs_somebody_is_told_with_the_reason(page: Page, day: Day) -> None:
    day.watched.noticed[SHOP] = Noticed(
        feed=FeedSeen(FeedState.DISABLED, START - timedelta(hours=2)),
        disabled_by=DisabledBy.HAND,
        held=(Held(Stage.DELIVER, "Segment does not know the write key"),),
    )
    await day.open(page)

    needs = page.get_by_role("list", name="What needs somebody")
    await expect(needs).to_contain_text("shop: nothing passes deliver: Segment does not know the write key.")
    await expect(needs).to_contain_text("shop: the webhook is disabled by hand, since Mar 1, 2026, 05:00.")
    await expect(page.locator("#row-shop")).to_contain_text("deliver held")
    await assert_accessible(page)
    day.watched.noticed[SHOP] = Noticed(feed=FeedSeen(FeedState.ENABLED))
    await page.evaluate("() => document.dispatchEvent(new Event('visibilitychange'))")
    await expect(needs).to_have_count(0)


async def test_a_day_in_two_shops(page: Page, day: Day) -> None:
    await day.open(page)

    await assert_accessible(page)
    await screenshot(page, "overview")
