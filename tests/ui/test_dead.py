"""Dead letters are seen by cause, retried and dropped, with a mouse, with keys, and twice by mistake."""

import json
from pathlib import Path

from playwright.async_api import Page, expect

from tests.system.world import World
from tests.ui.accessibility import assert_accessible
from tests.ui.browser import Guard
from tests.ui.house import house, sign_in
from tests.ui.letters import LARGE, REFUSED, command, dead_by_metric, outgrow, parked, refuse, until_parked
from tests.ui.pictures import screenshot
from tests.ui.told import told

DROP = "Drop for good"
KEEP = "Keep them"


async def open_dead(page: Page, running: World, query: str = "") -> None:
    await sign_in(page, running)
    await page.goto(f"{running.service.admin}/dead{query}")


async def test_each_cause_is_a_group_whose_number_is_that_of_the_overview_and_the_metric(
    tmp_path: Path, guard: Guard
) -> None:
    page = guard.page
    async with house(tmp_path, guard, "shop", "other") as running:
        await refuse(running.shops["shop"], "Ann", "Bo")
        await outgrow(running.shops["other"])
        await until_parked(running, 6)
        await open_dead(page, running)

        group = page.get_by_role("region", name=REFUSED)
        await expect(group).to_contain_text("Read the answer, mend it, retry it.")
        await expect(group).to_contain_text("answered 400")
        await expect(group.get_by_role("button", name="Retry all 4")).to_be_visible()
        await expect(page.get_by_role("region", name=LARGE)).to_contain_text(
            "Make the customer's custom attributes smaller"
        )
        await assert_accessible(page)
        await screenshot(page, "dead-letters")

        assert await parked(running) == {"shop": 4, "other": 2}
        assert await dead_by_metric(running, organization="shop", cause=REFUSED) == 4
        assert await dead_by_metric(running, organization="other", cause=LARGE) == 2

        await page.get_by_label("organization").select_option("other")
        await expect(page.get_by_role("region", name=REFUSED)).to_have_count(0)
        await expect(page.get_by_role("region", name=LARGE)).to_be_visible()


async def test_a_whole_group_goes_on_its_way(page: Page, shop_world: World) -> None:
    await refuse(shop_world.shop, "Ann", "Bo")
    await until_parked(shop_world, 4)
    await shop_world.shop.segment.behave()
    await open_dead(page, shop_world)

    await page.get_by_role("button", name="Retry all 4").click()

    await expect(page.get_by_role("status").filter(has_text="on their way")).to_have_text("4 on their way again.")
    await expect(page.get_by_role("row", name="retried")).to_contain_text("4 dead letters, request_refused")
    assert len(await shop_world.shop.segment.stored(4)) == 4
    await assert_accessible(page)


async def test_only_what_is_checked_is_dropped_and_only_after_yes(page: Page, shop_world: World) -> None:
    await refuse(shop_world.shop, "Ann", "Bo")
    await until_parked(shop_world, 4)
    await open_dead(page, shop_world)
    await page.get_by_role("link", name=REFUSED).click()
    drop = page.get_by_role("button", name="Drop the checked")
    await expect(drop).to_be_disabled()
    boxes = page.get_by_role("checkbox", name="Check number")
    await boxes.nth(0).check()
    await boxes.nth(2).check()
    await expect(page.get_by_text("2 checked")).to_be_visible()
    await assert_accessible(page)

    await drop.click()
    dialog = page.get_by_role("dialog", name="Drop 2 dead letters?")
    await expect(dialog).to_contain_text("What is dropped never reaches Segment.")
    await assert_accessible(page)
    await dialog.get_by_role("button", name=KEEP).click()
    await expect(dialog).to_be_hidden()
    assert (await told(shop_world, "/dead.json"))["total"] == 4

    await drop.click()
    await page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()
    assert (await told(shop_world, "/dead.json"))["total"] == 4

    await drop.click()
    await dialog.get_by_role("button", name=DROP).click()
    await expect(page.get_by_text("2 dropped for good.")).to_be_visible()
    assert (await told(shop_world, "/dead.json"))["total"] == 2
    [action] = (await told(shop_world, "/actions.json"))["actions"]
    assert (action["what"], action["by"], action["detail"]) == ("dropped", "admin", "2 dead letters, request_refused")


async def test_two_clicks_act_once(page: Page, shop_world: World) -> None:
    await refuse(shop_world.shop, "Ann")
    await until_parked(shop_world, 2)
    await open_dead(page, shop_world)

    # The letters die again at once: a second click that counted would move them once more.
    await page.get_by_role("button", name="Retry all 2").dblclick()
    await expect(page.get_by_text("2 on their way again.")).to_be_visible()
    await until_parked(shop_world, 2)
    await page.go_back()
    await page.go_forward()

    assert [each["what"] for each in (await told(shop_world, "/actions.json"))["actions"]] == ["retried"]


async def test_everything_is_done_with_keys(page: Page, shop_world: World) -> None:
    await refuse(shop_world.shop, "Ann")
    await until_parked(shop_world, 2)
    await sign_in(page, shop_world)

    await page.keyboard.press("g")
    await page.keyboard.press("d")
    await expect(page.get_by_role("heading", name="Dead letters")).to_be_visible()
    await page.keyboard.press("j")
    await page.keyboard.press("Enter")
    await page.get_by_label("Check all on this page").focus()
    await page.keyboard.press("Space")
    await expect(page.get_by_text("2 checked")).to_be_visible()
    await page.get_by_role("button", name="Drop the checked").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name=KEEP)).to_be_focused()
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")

    await expect(page.get_by_text("2 dropped for good.")).to_be_visible()
    await expect(page.get_by_text("they were retried or dropped")).to_be_visible()
    await assert_accessible(page)


async def test_what_the_command_does_is_in_the_same_trail(page: Page, shop_world: World) -> None:
    await refuse(shop_world.shop, "Ann")
    await until_parked(shop_world, 2)

    assert await command(shop_world, "dead", "drop", "--all", "--yes") == "2 dropped\n"
    await open_dead(page, shop_world)

    await expect(page.get_by_role("row", name="command line")).to_contain_text("dropped")
    await expect(page.get_by_text("There are no dead letters: nothing waits for you here.")).to_be_visible()
    await assert_accessible(page)
    [line] = (await command(shop_world, "actions", "--json")).splitlines()
    assert json.loads(line) == (await told(shop_world, "/actions.json"))["actions"][0]


async def test_without_scripts_dropping_is_asked_back_too(guard: Guard, shop_world: World) -> None:
    await refuse(shop_world.shop, "Ann")
    await until_parked(shop_world, 2)
    browser = guard.page.context.browser
    assert browser is not None
    async with await browser.new_context(java_script_enabled=False) as context:
        page = await context.new_page()
        await open_dead(page, shop_world)

        await page.get_by_role("button", name="Drop all 2").click()
        await expect(page.get_by_role("heading", name="Drop 2 dead letters?")).to_be_visible()
        assert (await told(shop_world, "/dead.json"))["total"] == 2
        await page.get_by_role("button", name=DROP).click()

        await expect(page.get_by_text("2 dropped for good.")).to_be_visible()
