"""The wizard, between both vendors: from nothing to the first event, what stands in the way, and back."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.system.connecting import NAME, OTHER_KEY, TOKEN, USER, WRITE_KEY, listening_stranger, texts_in
from tests.ui.accessibility import assert_accessible
from tests.ui.browser import Guard
from tests.ui.newcomer import Place, come_to_the_plan, give_address, give_gladly, give_source, newcomers_place
from tests.ui.pictures import screenshot


@pytest_asyncio.fixture(loop_scope="session")
async def place(tmp_path: Path, guard: Guard) -> AsyncIterator[Place]:
    async with newcomers_place(tmp_path, guard) as ready:
        yield ready


async def test_a_newcomer_gets_from_nothing_to_the_first_event(page: Page, place: Place) -> None:
    await page.goto(f"{place.admin}/connect")
    await assert_accessible(page)
    await give_gladly(page, place)
    await expect(page.get_by_text("the token opens what is needed")).to_be_visible()
    await give_source(page, place)

    (test,) = await place.shop.segment.stored(1)
    await page.get_by_label("Code").fill("NOTTHE")
    await page.get_by_role("button", name="That is the code").click()
    await expect(page.get_by_role("alert")).to_contain_text("That is another code")
    await assert_accessible(page)
    await page.get_by_label("Code").fill(test["properties"]["code"].lower())
    await page.get_by_role("button", name="That is the code").click()

    await give_address(page, f"http://127.0.0.1:{place.shop.port}")
    await expect(page.get_by_text("Register the webhook")).to_be_visible()
    assert not await place.shop.webhooks(), "nothing is changed before the yes"
    await assert_accessible(page)
    await screenshot(page, "connect")
    await page.get_by_role("button", name=f"Connect {NAME}").click()
    await expect(page.get_by_text(f"{NAME} is connected.")).to_be_visible()
    await assert_accessible(page)

    await place.shop.gladly.conversation("Ann", closed=False)
    assert (await place.shop.segment.stored(2))[1]["event"] == "Gladly Conversation Created"
    await page.get_by_role("link", name=f"the events of {NAME}").click()
    await expect(page.locator("[data-row]").first).to_contain_text("delivered")


async def test_a_wrong_token_is_told_at_its_field_and_given_again(page: Page, place: Place) -> None:
    await page.goto(f"{place.admin}/connect")
    await give_gladly(page, place, "canary-mistyped-token")

    token = page.get_by_label("Gladly API token")
    await expect(page.get_by_role("alert")).to_contain_text("Gladly does not take this user and token (401)")
    await expect(token).to_have_attribute("aria-invalid", "true")
    await expect(token).to_be_focused()
    await expect(token).to_have_value("")
    await expect(page.get_by_label("Gladly user")).to_have_value(USER)
    await assert_accessible(page)

    await token.fill(TOKEN)
    await token.press("Enter")
    await expect(page.get_by_label("Write key")).to_be_visible()


async def test_a_wrong_key_or_region_shows_when_the_event_does_not_come(page: Page, place: Place) -> None:
    await page.goto(f"{place.admin}/connect")
    await give_gladly(page, place)
    await give_source(page, place, "canary-wrong-key")
    await page.get_by_role("button", name="It does not come").click()

    await expect(page.get_by_role("alert")).to_contain_text("the region with the workspace's")
    await expect(page.get_by_label("Write key")).to_have_attribute("aria-invalid", "true")
    assert "canary-wrong-key" not in await page.content()


async def test_cancel_forgets_what_was_given_and_nothing_is_changed(page: Page, place: Place) -> None:
    await come_to_the_plan(page, place)
    there = page.url
    await page.get_by_role("button", name="Cancel, and forget").click()
    await expect(page.get_by_label("Organization")).to_have_value("")

    await page.goto(there)

    await expect(page.get_by_role("status").first).to_contain_text("is forgotten")
    assert await place.shop.nothing_is_left()


async def test_cancelled_in_the_middle_everything_is_taken_back(page: Page, place: Place) -> None:
    async with listening_stranger() as stranger:
        stranger.status, stranger.answers = 200, 1
        await come_to_the_plan(page, place, stranger.url)
        await page.get_by_role("button", name=f"Connect {NAME}").click()
        await expect(page.get_by_text("registered at Gladly")).to_be_visible()
        await assert_accessible(page)
        await stranger.silent.wait()
        await page.get_by_role("button", name="Cancel, and take everything back").click()

        await expect(page.get_by_text("what had been changed was taken back")).to_be_visible()
        assert await place.shop.nothing_is_left()
        await page.get_by_role("link", name="Change something and try again").click()
        await expect(page.get_by_role("button", name=f"Connect {NAME}")).to_be_visible()


async def test_of_two_at_once_the_second_is_refused(page: Page, place: Place) -> None:
    async with listening_stranger() as stranger:
        stranger.status, stranger.answers = 200, 0
        other = await page.context.new_page()
        await come_to_the_plan(other, place)
        await come_to_the_plan(page, place, stranger.url)
        await page.get_by_role("button", name=f"Connect {NAME}").click()
        await stranger.silent.wait()
        await other.get_by_role("button", name=f"Connect {NAME}").click()

        await expect(other.get_by_role("alert")).to_contain_text(f"connecting, changing or disconnecting {NAME}")


async def test_killed_in_the_middle_it_is_finished_by_the_next_time(page: Page, place: Place) -> None:
    async with listening_stranger() as stranger:
        stranger.status, stranger.answers = 200, 1
        await come_to_the_plan(page, place, stranger.url)
        await page.get_by_role("button", name=f"Connect {NAME}").click()
        await expect(page.get_by_text("registered at Gladly")).to_be_visible()
        await page.goto("about:blank")
        await stranger.silent.wait()
        await place.kill()
        (left,) = await place.shop.webhooks()
        assert not left["enabled"]

    await place.start()
    await page.goto(f"{place.admin}/connect?organization={NAME}")
    await page.get_by_role("button", name="Check").click()
    await page.get_by_role("button", name="Send a test event").click()
    await give_address(page, f"http://127.0.0.1:{place.shop.port}")
    await page.get_by_role("button", name=f"Connect {NAME}").click()

    await expect(page.get_by_text(f"{NAME} is connected.")).to_be_visible()
    assert [(each["id"], each["enabled"]) for each in await place.shop.webhooks()] == [(left["id"], True)]


async def test_without_scripts_it_is_the_same_way(browser: Browser, place: Place) -> None:
    context = await browser.new_context(java_script_enabled=False)
    page = await context.new_page()
    await come_to_the_plan(page, place)
    await page.get_by_role("button", name=f"Connect {NAME}").click()

    await expect(page.get_by_text(f"{NAME} is connected.")).to_be_visible()
    await context.close()


async def test_an_organization_is_paused_and_disconnected_by_typing_its_name(
    page: Page, guard: Guard, place: Place
) -> None:
    guard.expect("422")
    await place.connect()
    await page.goto(f"{place.admin}/connect")
    row = page.get_by_role("row", name=NAME)
    await row.get_by_role("button", name="Pause").click()
    await expect(row).to_contain_text("paused")
    await row.get_by_role("button", name="Resume").click()
    await expect(row).to_contain_text("active")

    await row.get_by_role("link", name="Disconnect").click()
    await page.get_by_label("Type shop").fill("shoppe")
    await page.get_by_role("button", name="Disconnect").click()
    await expect(page.get_by_role("alert")).to_contain_text("is not that of the organization")
    await assert_accessible(page)
    await page.get_by_label("Type shop").fill(NAME)
    await page.get_by_role("button", name="Disconnect").click()

    await expect(page.get_by_text(f"{NAME} is disconnected.")).to_be_visible()
    assert await place.shop.nothing_is_left()


async def test_no_secret_is_in_a_page_a_document_a_log_or_on_disk(page: Page, place: Place) -> None:
    bodies: list[bytes] = []
    await page.goto(f"{place.admin}/connect")
    await give_gladly(page, place)
    await give_source(page, place)
    await page.get_by_role("button", name="Leave the proof out").click()
    bodies.append((await page.content()).encode())
    twin = await page.request.get(page.url.replace("/connect?", "/connect.json?"))
    bodies.append(await twin.body())
    await give_address(page, f"http://127.0.0.1:{place.shop.port}")
    await page.get_by_role("button", name=f"Connect {NAME}").click()
    await expect(page.get_by_text(f"{NAME} is connected.")).to_be_visible()
    bodies += [(await page.content()).encode(), texts_in(place.shop.data_dir), place.log.read_bytes()]

    everything = b"\n".join(bodies)
    assert not any(secret.encode() in everything for secret in (TOKEN, WRITE_KEY, OTHER_KEY))
    assert TOKEN.encode() in texts_in(place.shop.directory), "it would be found: it is in the file of the token"


async def test_the_keyboard_alone_leads_through_it(page: Page, place: Place) -> None:
    await page.goto(place.admin)
    await page.keyboard.press("g")
    await page.keyboard.press("c")
    await page.get_by_label("Organization").focus()
    for text in (NAME, USER, TOKEN):
        await page.keyboard.type(text)
        await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    await page.keyboard.type(place.shop.gladly.url)
    await page.keyboard.press("Enter")

    await expect(page.get_by_label("Write key")).to_be_visible()
