"""The list of events as it comes: nothing lost, nothing twice, and nothing moves under the reader's eyes."""

from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Page, expect
from yarl import URL

from tests.system.world import World
from tests.ui.accessibility import assert_accessible
from tests.ui.browser import Guard
from tests.ui.cable import Cable, cable
from tests.ui.happening import flood, happen, have_happened
from tests.ui.house import ADMIN_TOKEN, sign_in
from tests.ui.shown import all_numbers, ever_shown, faults, numbers, open_events, watch
from tests.ui.told import until

HIDE = """(hidden) => {
  Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
  document.dispatchEvent(new Event("visibilitychange"));
}"""
CUT = r"/events/stream.*net::ERR|net::ERR.*/events/stream"


@pytest_asyncio.fixture(loop_scope="session")
async def wire(shop_world: World) -> AsyncIterator[Cable]:
    """What the browser reaches the service by."""
    async with cable(shop_world.service.admin) as laid:
        shop_world.service.admin = laid.url
        yield laid


async def test_events_show_by_themselves(shop_world: World, page: Page) -> None:
    await sign_in(page, shop_world)
    await open_events(page, shop_world.service.admin)
    await expect(page.get_by_text("No event has come in yet")).to_be_visible()
    await assert_accessible(page)

    conversation = await shop_world.shop.gladly.conversation("Zoë Quirk")

    closed = page.get_by_role("row").filter(has_text="Gladly Conversation Closed").filter(has_text=conversation)
    await expect(closed).to_contain_text("Zoë Quirk")
    await expect(closed).to_contain_text("delivered")
    await expect(page.get_by_text("No event has come in yet")).to_be_hidden()
    await expect(page.locator("#total")).to_have_text("3 events")


async def test_an_event_changes_where_it_stands(shop_world: World, page: Page) -> None:
    await shop_world.shop.segment.misbehave({"kind": "status", "status": 503})
    await sign_in(page, shop_world)
    await open_events(page, shop_world.service.admin)
    await watch(page)
    await shop_world.shop.gladly.conversation(closed=False)
    created = page.get_by_role("row").filter(has_text="Gladly Conversation Created")
    await expect(created).to_contain_text("ready")
    await happen(shop_world, 1, 2)
    await expect(page.locator("#events tr")).to_have_count(4)
    for _ in range(3):
        await page.keyboard.press("j")
    await expect(created.get_by_role("link").first).to_be_focused()

    await shop_world.shop.segment.behave()

    await expect(created).to_contain_text("delivered")
    await expect(created.get_by_role("link").first).to_be_focused()
    shown = await numbers(page)
    assert shown == sorted(shown, reverse=True)
    assert faults(await ever_shown(page), await all_numbers(shop_world, ADMIN_TOKEN)) == []


async def test_what_matches_no_more_leaves_the_list(shop_world: World, page: Page) -> None:
    await shop_world.shop.segment.misbehave({"kind": "status", "status": 503})
    await sign_in(page, shop_world)
    await open_events(page, shop_world.service.admin, "?state=ready&state=received")
    await shop_world.shop.gladly.conversation(closed=False)
    await expect(page.locator("#events tr")).to_have_count(1)
    await expect(page.get_by_text("What matches no more leaves the list.")).to_be_visible()

    await shop_world.shop.segment.behave()

    await expect(page.locator("#events tr")).to_have_count(0)
    await expect(page.get_by_text("No event matches")).to_be_visible()
    await expect(page.locator("#total")).to_have_text("0 events")


async def test_what_matches_only_later_enters_where_it_belongs(shop_world: World, page: Page) -> None:
    await shop_world.shop.segment.misbehave({"kind": "status", "status": 503})
    await sign_in(page, shop_world)
    await open_events(page, shop_world.service.admin, "?state=delivered&state=ignored")
    await shop_world.shop.gladly.conversation(closed=False)
    await shop_world.shop.gladly.all_delivered()
    await happen(shop_world, 1, 2)
    await expect(page.locator("#events tr")).to_have_count(3)

    await shop_world.shop.segment.behave()

    await expect(page.locator("#events tr")).to_have_count(4)
    assert await numbers(page) == [4, 3, 2, 1]


async def test_what_changes_on_a_page_behind_does_not_enter_this_one(shop_world: World, page: Page) -> None:
    await shop_world.shop.segment.misbehave({"kind": "status", "status": 503})
    await shop_world.shop.gladly.conversation(closed=False)
    await have_happened(shop_world, 1, 105)
    await sign_in(page, shop_world)
    await open_events(page, shop_world.service.admin)
    await watch(page)

    await shop_world.shop.segment.behave()
    await shop_world.audit()
    await happen(shop_world, 106, 106)

    await expect(page.locator("#events tr")).to_have_count(101)
    expected = await all_numbers(shop_world, ADMIN_TOKEN)
    assert faults(await ever_shown(page), expected[:101]) == []


async def test_a_paused_list_stands_still_and_counts_what_is_new(shop_world: World, page: Page) -> None:
    await shop_world.shop.segment.misbehave({"kind": "status", "status": 503})
    await shop_world.shop.gladly.conversation(closed=False)
    await sign_in(page, shop_world)
    await open_events(page, shop_world.service.admin)
    created = page.get_by_role("row").filter(has_text="Gladly Conversation Created")
    await expect(created).to_contain_text("ready")
    await page.keyboard.press("Space")
    await expect(page.get_by_text("paused")).to_be_visible()

    await shop_world.shop.segment.behave()
    await shop_world.audit()
    await happen(shop_world, 3, 5)

    await expect(page.get_by_role("button", name="3 new")).to_be_visible()
    await assert_accessible(page)
    assert await numbers(page) == [2, 1]
    await expect(created).to_contain_text("ready")
    await page.get_by_role("button", name="Resume").click()
    await expect(created).to_contain_text("delivered")
    await expect(page.locator("#events tr")).to_have_count(5)
    await expect(page.get_by_role("button", name="new")).to_be_hidden()
    assert await numbers(page) == [5, 4, 3, 2, 1]


async def test_the_list_keeps_the_newest_events(shop_world: World, page: Page) -> None:
    await sign_in(page, shop_world)
    await page.goto(f"{shop_world.service.admin}/events?live=false")
    await flood(shop_world, 620)
    await expect(page.get_by_role("button", name="620 new")).to_be_visible()

    await page.keyboard.press("Space")

    await expect(page.locator("#events tr")).to_have_count(500)
    assert await numbers(page) == list(range(620, 120, -1))


async def test_a_paused_list_is_paused_after_a_reload(shop_world: World, page: Page) -> None:
    await have_happened(shop_world, 1, 1)
    await sign_in(page, shop_world)
    await open_events(page, shop_world.service.admin)
    await page.get_by_role("button", name="Pause").click()
    await page.reload()
    await expect(page.get_by_text("paused")).to_be_visible()

    await happen(shop_world, 2, 2)
    await page.get_by_role("button", name="1 new").click()

    await expect(page.locator("#events tr")).to_have_count(2)
    await expect(page.get_by_text("live", exact=True)).to_be_visible()
    await expect(page).to_have_url(f"{shop_world.service.admin}/events")


async def test_nothing_moves_under_the_eyes_of_who_looks_further_down(shop_world: World, page: Page) -> None:
    await have_happened(shop_world, 1, 40)
    await sign_in(page, shop_world)
    await open_events(page, shop_world.service.admin)
    looked_at = page.locator('[data-number="5"]')
    await looked_at.scroll_into_view_if_needed()
    before = await looked_at.bounding_box()

    await happen(shop_world, 41, 45)

    await expect(page.get_by_role("button", name="5 new")).to_be_in_viewport()
    assert await looked_at.bounding_box() == before
    await page.get_by_role("button", name="5 new").click()
    await expect(page.locator("#events tr")).to_have_count(45)
    assert await page.evaluate("scrollY") == 0


async def test_nothing_moves_while_a_row_is_chosen(shop_world: World, page: Page) -> None:
    await have_happened(shop_world, 1, 3)
    await sign_in(page, shop_world)
    await open_events(page, shop_world.service.admin)
    await page.keyboard.press("j")

    await happen(shop_world, 4, 4)

    await expect(page.get_by_role("button", name="1 new")).to_be_visible()
    assert await numbers(page) == [3, 2, 1]
    await page.keyboard.press("n")
    await expect(page.locator("#events tr")).to_have_count(4)


async def test_a_cut_connection_loses_nothing_and_doubles_nothing(
    shop_world: World, wire: Cable, guard: Guard, page: Page
) -> None:
    guard.expect(CUT)
    await sign_in(page, shop_world)
    await open_events(page, shop_world.service.admin)
    await watch(page)
    for portion in range(3):
        await happen(shop_world, portion * 10 + 1, portion * 10 + 5)
        wire.cut()
        await expect(page.get_by_text("connecting")).to_be_visible()
        await happen(shop_world, portion * 10 + 6, portion * 10 + 10)
        wire.mend()
        await expect(page.locator("#events tr")).to_have_count(portion * 10 + 10)

    await expect(page.get_by_text("live", exact=True)).to_be_visible()
    assert faults(await ever_shown(page), await all_numbers(shop_world, ADMIN_TOKEN)) == []
    assert await numbers(page) == list(range(30, 0, -1))


async def test_a_page_in_the_background_rests_and_catches_up(shop_world: World, page: Page) -> None:
    await sign_in(page, shop_world)
    await open_events(page, shop_world.service.admin)
    await watch(page)
    began = int(await page.locator("#live").get_attribute("data-revision") or "")
    await happen(shop_world, 1, 2)
    await expect(page.locator("#events tr")).to_have_count(2)
    await page.evaluate(HIDE, True)
    await expect(page.get_by_text("connecting")).to_be_visible()
    await happen(shop_world, 3, 5)

    async with page.expect_request("**/events/stream?**") as asked:
        await page.evaluate(HIDE, False)

    assert int(URL((await asked.value).url).query["after"]) > began
    await expect(page.locator("#events tr")).to_have_count(5)
    assert faults(await ever_shown(page), await all_numbers(shop_world, ADMIN_TOKEN)) == []


async def test_who_was_signed_out_by_a_restart_is_led_to_the_door_and_loses_nothing(
    shop_world: World, wire: Cable, guard: Guard, page: Page
) -> None:
    guard.expect(CUT)
    guard.expect("401")
    await have_happened(shop_world, 1, 2)
    await sign_in(page, shop_world)
    await open_events(page, shop_world.service.admin)

    await shop_world.service.kill()
    await shop_world.service.start()
    wire.to, shop_world.service.admin = shop_world.service.admin, wire.url
    await happen(shop_world, 3, 4)

    await expect(page.get_by_text("signed out")).to_be_visible()
    await sign_in(page, shop_world)
    await open_events(page, shop_world.service.admin)
    await expect(page.locator("#events tr")).to_have_count(4)
    await happen(shop_world, 5, 5)
    await expect(page.locator("#events tr")).to_have_count(5)


async def test_who_is_too_far_behind_reads_the_list_anew(
    shop_world: World, wire: Cable, guard: Guard, page: Page
) -> None:
    guard.expect(CUT)
    await sign_in(page, shop_world)
    await open_events(page, shop_world.service.admin)
    wire.cut()
    await flood(shop_world, 5_010)
    # Otherwise it would come again before there is too much. The cable is cut, so that it is asked for past it.
    shop_world.service.admin = wire.to
    await until(shop_world, "/events.json", lambda events: events["total"] == 5_010)
    wire.mend()

    await expect(page.locator("#events tr")).to_have_count(100)
    await expect(page.locator("#total")).to_have_text("5\u202f010 events")
    await happen(shop_world, 1, 1)
    await expect(page.locator("#events tr")).to_have_count(101)
