"""Completeness: up to when, which hour is not and why, and the past that is brought in."""

import re
from collections.abc import AsyncIterator
from datetime import datetime

import msgspec
import pytest_asyncio
from playwright.async_api import Page, expect

from gladly_segment.core.backfill import Phase
from gladly_segment.core.certificate import DifferenceKind
from gladly_segment.core.ids import Seq
from tests.support.clock import START
from tests.support.completeness import HOUR, backfill, certificate, difference
from tests.support.desk import SHOP
from tests.system.world import World
from tests.ui.accessibility import assert_accessible
from tests.ui.browser import Guard
from tests.ui.day import numbers
from tests.ui.house import sign_in
from tests.ui.pictures import screenshot
from tests.ui.told import events_of, told, until
from tests.ui.week import Week, a_week

EVIL = "\"><img src=x onerror=\"document.title='hacked'\"><script>document.title='hacked'</script>"


@pytest_asyncio.fixture(loop_scope="session")
async def week(guard: Guard) -> AsyncIterator[Week]:
    async with a_week() as running:
        yield running
        # What keeps itself up to date would miss the service.
        await guard.leave()


async def test_up_to_when_is_told_and_an_hour_opens_to_what_is_lacking(page: Page, week: Week) -> None:
    week.watched.latest[SHOP] = backfill()
    await week.open(page)

    shop = page.get_by_role("region", name="shop", exact=True)
    await expect(shop.locator(".until time")).to_have_text(re.compile("Mar 1, 2026, 01:00"))
    await assert_accessible(page)
    await page.get_by_role("combobox", name="organization").select_option("shop")
    await page.wait_for_url(re.compile("organization=shop"))
    await screenshot(page, "completeness")
    await shop.get_by_role("link", name="Mar 1, 06:00–07:00 UTC: incomplete").click()
    opened = page.locator("#hour")
    await expect(opened).to_contain_text("It is a dead letter: retry it, or drop it.")
    await expect(opened.get_by_role("link", name="c-large")).to_have_attribute("href", "/conversations/shop/c-large")
    await expect(opened.get_by_role("link", name="640")).to_have_attribute("href", "/events/640")
    await assert_accessible(page)
    await screenshot(page, "completeness-hour")


async def test_the_counts_of_hours_add_up_to_the_whole(page: Page, week: Week) -> None:
    await week.open(page, "?organization=shop&range=24h")
    [at_gladly] = await numbers(page.locator('[data-sum="at_gladly"]'))
    [in_journal] = await numbers(page.locator('[data-sum="in_journal"]'))
    sides = await numbers(page.locator('[data-sum="accepted"], [data-sum="suppressed"]'))
    hours = page.get_by_role("link", name=re.compile("UTC: (complete|incomplete|waiting)"))

    labels = [await each.get_attribute("aria-label") or "" for each in await hours.all()]

    assert len(labels) == 24
    assert sum(int(re.findall(r"(\d+) at Gladly", each)[0]) for each in labels) == at_gladly == in_journal
    assert at_gladly - sum(sides) == 2, "one waits and one is a dead letter"


async def test_a_longer_time_is_shown_by_the_day_and_each_leads_to_its_hours(page: Page, week: Week) -> None:
    await week.open(page, "?organization=shop")
    await page.get_by_role("link", name="30 d").click()
    await assert_accessible(page)

    await page.get_by_role("link", name=re.compile("^Feb 26 UTC: complete")).click()

    await expect(page.get_by_role("link", name=re.compile("^Feb 26, 23:00–00:00 UTC: complete"))).to_be_visible()
    await expect(page.get_by_role("link", name=re.compile("UTC: "))).to_have_count(24)
    await page.get_by_role("link", name="Later").click()
    await expect(page.get_by_role("link", name=re.compile("^Feb 27, 00:00–01:00 UTC"))).to_be_visible()


async def test_a_backfill_is_planned_started_followed_and_stopped(page: Page, week: Week) -> None:
    await week.open(page, "?organization=shop")
    await page.get_by_text("Make a plan", exact=True).first.click()
    await page.get_by_label("From").fill("2025-12-01")
    await assert_accessible(page)
    await page.get_by_role("button", name="Make a plan").click()

    past = page.get_by_role("region", name="Backfill of shop")
    await expect(page.get_by_text("Nothing is sent before you start it.").first).to_be_visible()
    await expect(past).to_contain_text("121\u202f001")
    await expect(past).to_contain_text("4.4 h, 7.6 a second")
    await past.get_by_role("button", name="Start").click()

    await expect(past).to_contain_text("97 %")
    await expect(past).to_contain_text("3.0 h left")
    await assert_accessible(page)
    there = week.watched.latest[SHOP]
    more = msgspec.structs.replace(there.progress, ended=150_000)
    week.watched.latest[SHOP] = msgspec.structs.replace(there, progress=more)
    await page.clock.run_for(10_000)
    await expect(past).to_contain_text("151\u202f200 of 198\u202f200")

    await past.get_by_role("button", name="Stop").click()
    await expect(past.get_by_role("button", name="Go on")).to_be_visible()
    await expect(page.get_by_role("row", name="backfill_stopped")).to_contain_text("admin")
    assert week.watched.latest[SHOP].phase is Phase.STOPPED


async def test_what_cannot_be_ordered_is_told_at_its_field(page: Page, week: Week, guard: Guard) -> None:
    guard.expect("422")
    await week.open(page, "?organization=shop")
    await page.get_by_text("Make a plan", exact=True).first.click()
    await page.get_by_label("From").fill("last summer")
    await page.get_by_role("button", name="Plan and start").click()

    await expect(page.get_by_role("alert")).to_contain_text("That is no time.")
    await expect(page.get_by_label("From")).to_have_value("last summer")
    await expect(page.get_by_label("From")).to_have_attribute("aria-invalid", "true")
    await assert_accessible(page)
    await page.clock.run_for(10_000)
    await expect(page.locator("#fresh")).to_be_empty()
    await expect(page.get_by_label("From")).to_have_value("last summer")
    assert not week.watched.latest


async def test_what_gladly_and_people_say_is_text(page: Page, week: Week) -> None:
    told = difference(DifferenceKind.MISSING, START, EVIL, event_id=EVIL, reason=EVIL, seqs=(Seq(1),))
    week.watched.kept = [certificate(START - HOUR, differences=(told,), trouble=EVIL)]
    week.watched.latest[SHOP] = backfill(
        trouble=EVIL, progress=msgspec.structs.replace(backfill().progress, outcomes=((EVIL, EVIL, 1),))
    )
    await week.open(page, "?organization=shop&hour=2026-03-01T11:00:00Z")

    await expect(page.locator("#hour .id").first).to_have_text(EVIL)
    await expect(page.get_by_role("region", name="Backfill of shop")).to_contain_text(EVIL)
    assert await page.locator("main img, main script").count() == 0
    assert await page.title() == "Completeness · gladly-segment"


async def test_two_organizations_do_not_see_one_another(page: Page, week: Week) -> None:
    week.watched.latest[SHOP] = backfill()
    await week.open(page, "?organization=other-shop")

    await expect(page.get_by_role("region", name="other-shop", exact=True)).to_be_visible()
    await expect(page.get_by_role("region", name="shop", exact=True)).to_have_count(0)
    await expect(page.get_by_role("region", name="Backfill of shop")).to_have_count(0)
    await page.get_by_role("combobox", name="organization").select_option("shop")
    await expect(page.get_by_role("region", name="Backfill of shop")).to_be_visible()
    await expect(page.get_by_role("region", name="other-shop", exact=True)).to_have_count(0)


async def test_before_the_first_certificate_it_says_what_to_do(page: Page, week: Week) -> None:
    week.watched.kept = []
    await week.open(page)

    await expect(page.get_by_text("not certified yet").first).to_be_visible()
    await expect(page.get_by_text("ten minutes after it has ended").first).to_be_visible()
    await expect(page.get_by_text("Nothing was brought in yet.")).to_be_visible()
    await assert_accessible(page)


async def test_it_is_used_without_a_mouse(page: Page, week: Week) -> None:
    await week.open(page, "?range=30d")

    await page.keyboard.press("j")
    await page.keyboard.press("j")
    async with page.expect_navigation(url=re.compile("organization=")):
        await page.keyboard.press("Enter")
    await page.keyboard.press("g")
    async with page.expect_navigation():
        await page.keyboard.press("p")
    await expect(page.get_by_role("link", name="Completeness")).to_have_attribute("aria-current", "page")


async def test_it_fits_a_narrow_screen(page: Page, week: Week) -> None:
    week.watched.latest[SHOP] = backfill()
    await page.set_viewport_size({"width": 360, "height": 740})
    await week.open(page, "?organization=shop&hour=2026-03-01T06:00:00Z")

    assert await page.evaluate("document.documentElement.scrollWidth") <= 360
    await assert_accessible(page)


async def test_when_the_service_is_away_the_page_says_so(page: Page, week: Week, guard: Guard) -> None:
    guard.expect("ERR_")
    await week.open(page)
    await page.route("**/*", lambda route: route.abort("connectionrefused"))

    await page.clock.run_for(5_000)

    await expect(page.locator("#fresh")).to_contain_text("does not answer")


async def test_on_a_running_service_the_past_is_brought_in_and_an_hour_is_certified(
    page: Page, shop_world: World
) -> None:
    conversation = await shop_world.shop.gladly.conversation("Zoë Quirk")
    await events_of(shop_world, conversation, "delivered", "delivered")
    await sign_in(page, shop_world)
    await page.goto(f"{shop_world.service.admin}/completeness?organization=shop")
    await page.get_by_text("Make a plan", exact=True).first.click()
    await page.get_by_label("From").fill("20h")
    await page.get_by_label("Up to, not included").fill("2m")
    await page.get_by_role("button", name="Make a plan").click()
    past = page.get_by_role("region", name="Backfill of shop")
    await expect(past).to_contain_text("planned")
    await past.get_by_role("button", name="Start").click()
    await expect(past).to_contain_text("Every occurrence has ended.")

    report = await told(shop_world, "/completeness.json")
    hour = (datetime.fromisoformat(report["until"]) - 2 * HOUR).strftime("%Y-%m-%dT%H:%M:%SZ")
    await page.goto(f"{shop_world.service.admin}/completeness?organization=shop&hour={hour}")
    await page.get_by_role("button", name="Ask Gladly again").click()
    await until(
        shop_world,
        "/completeness.json",
        lambda found: [each["standing"] for each in found["organizations"][0]["hours"]] == ["complete"],
    )

    await page.goto(f"{shop_world.service.admin}/completeness?organization=shop&hour={hour}")
    await expect(page.locator("#hour")).to_contain_text("complete. Gladly was asked")
    await assert_accessible(page)
    actions = (await told(shop_world, "/actions.json"))["actions"]
    assert [each["what"] for each in actions] == ["certification_ordered", "backfill_started", "backfill_planned"]
    assert len(await shop_world.shop.segment.stored(2)) == 2, "what was delivered is not sent again"
