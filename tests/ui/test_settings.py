"""Settings: a limit that is in force at once, a token that is replaced, and nothing that shows a secret."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from playwright.async_api import Page, expect

from tests.system.connecting import NAME, OTHER_KEY, TOKEN, WRITE_KEY, texts_in, told
from tests.system.world import World
from tests.ui.accessibility import assert_accessible
from tests.ui.browser import Guard
from tests.ui.house import sign_in
from tests.ui.newcomer import Place, newcomers_place
from tests.ui.pictures import screenshot

PATH = f"/settings?organization={NAME}"

_MORE_THAN_A_BURST = 12


@pytest_asyncio.fixture(loop_scope="session")
async def place(tmp_path: Path, guard: Guard) -> AsyncIterator[Place]:
    """A shop that is connected."""
    async with newcomers_place(tmp_path, guard) as ready:
        await ready.connect()
        yield ready


async def test_a_limit_is_in_force_as_soon_as_it_is_saved(page: Page, place: Place) -> None:
    await page.goto(f"{place.admin}{PATH}")
    await assert_accessible(page)
    await screenshot(page, "settings")
    await page.get_by_label("max_webhooks_per_s").fill("0.001")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("status").first).to_contain_text("Changed: max_webhooks_per_s.")
    await assert_accessible(page)
    await expect(page.get_by_role("row", name="settings changed")).to_contain_text("max_webhooks_per_s")

    for number in range(_MORE_THAN_A_BURST):
        await place.shop.gladly.conversation(f"Ann {number}", closed=False)
    await told(place.shop, "status=429")


async def test_what_cannot_be_is_told_at_its_field_and_nothing_is_changed(
    page: Page, guard: Guard, place: Place
) -> None:
    guard.expect("422")
    await page.goto(f"{place.admin}{PATH}")
    await page.get_by_label("max_backlog").fill("-1")
    await page.get_by_label("gladly_share").fill("2")
    await page.get_by_label("privacy.deny", exact=True).fill("emial")
    await page.get_by_role("button", name="Save").click()

    await expect(page.get_by_label("max_backlog")).to_have_attribute("aria-invalid", "true")
    await expect(page.get_by_label("max_backlog")).to_have_value("-1")
    await expect(page.locator("#gladly_share-wrong")).to_contain_text("less than or equal to 1")
    await expect(page.get_by_text("did you mean email?").first).to_be_visible()
    await assert_accessible(page)
    await page.goto(f"{place.admin}{PATH}")
    await expect(page.get_by_label("max_backlog")).to_have_value("")


async def test_what_somebody_changed_meanwhile_is_not_overwritten(page: Page, guard: Guard, place: Place) -> None:
    guard.expect("409")
    await page.goto(f"{place.admin}{PATH}")
    other = await page.context.new_page()
    await other.goto(f"{place.admin}{PATH}")
    await other.get_by_label("max_backlog").fill("5000")
    await other.get_by_role("button", name="Save").click()
    await expect(other.get_by_role("status").first).to_contain_text("max_backlog")

    await page.get_by_label("max_backlog").fill("7000")
    await page.get_by_role("button", name="Save").click()

    await expect(page.get_by_role("heading", level=1)).to_contain_text("changed the organization meanwhile")


async def test_a_token_is_tried_at_gladly_before_it_takes_the_formers_place(
    page: Page, guard: Guard, place: Place
) -> None:
    guard.expect("422")
    await page.goto(f"{place.admin}{PATH}")
    await page.get_by_label("gladly_token").fill("canary-mistyped-token")
    await page.get_by_role("button", name="Replace gladly_token").click()
    await expect(page.locator("#gladly_token-wrong")).to_contain_text("Gladly does not take this user and token (401)")
    assert "canary-mistyped-token" not in await page.content()
    await assert_accessible(page)

    await page.get_by_label("gladly_token").fill("canary-later-token")
    await page.get_by_label("Store it without asking Gladly").check()
    await page.get_by_role("button", name="Replace gladly_token").click()
    await expect(page.get_by_role("status").first).to_contain_text("Changed: gladly_token.")
    assert "canary-later-token" not in await page.content()


async def test_another_write_key_needs_a_yes_and_is_marked_by_an_event(page: Page, guard: Guard, place: Place) -> None:
    guard.expect("422")
    await page.goto(f"{place.admin}{PATH}")
    await page.get_by_label("segment_write_key").fill(OTHER_KEY)
    await page.get_by_role("button", name="Replace segment_write_key").click()
    await expect(page.locator("#segment_write_key-wrong")).to_contain_text("is bound to another write key")

    await page.get_by_label("segment_write_key").fill(OTHER_KEY)
    await page.locator("form", has_text="Replace segment_write_key").get_by_label("from now on").check()
    await page.get_by_role("button", name="Replace segment_write_key").click()

    await expect(page.get_by_role("status").first).to_contain_text("look for the code")
    test = (await place.shop.segment.stored(2))[1]
    await expect(page.get_by_role("status").first).to_contain_text(test["properties"]["code"])


async def test_the_webhook_gets_new_credentials_here_and_at_gladly(page: Page, place: Place) -> None:
    await page.goto(f"{place.admin}{PATH}")
    await page.get_by_role("button", name="Give it new credentials").click()
    await expect(page.get_by_text("has new credentials.")).to_be_visible()
    await assert_accessible(page)

    await place.shop.gladly.conversation("Ann", closed=False)
    assert (await place.shop.segment.stored(2))[1]["event"] == "Gladly Conversation Created"


async def test_no_secret_is_in_a_page_a_document_a_log_or_on_disk(page: Page, place: Place) -> None:
    await page.goto(f"{place.admin}{PATH}")
    await page.get_by_label("privacy.hash_key").fill("canary-hash-key-of-the-test")
    await page.get_by_role("button", name="Replace privacy.hash_key").click()
    await expect(page.get_by_role("status").first).to_contain_text("Changed: privacy.hash_key.")

    paths = (f"/settings.json?organization={NAME}", "/settings.json", "/openapi.json")
    twins = [await (await page.request.get(f"{place.admin}{path}")).body() for path in paths]
    shown = (await page.content()).encode()
    everything = b"\n".join([shown, *twins, texts_in(place.shop.data_dir), place.log.read_bytes()])

    assert b"gladly_token" in everything
    secrets = (TOKEN, WRITE_KEY, "canary-hash-key-of-the-test")
    assert not any(secret.encode() in everything for secret in secrets)


async def test_what_the_file_declares_is_shown_with_its_line_and_read_only(page: Page, shop_world: World) -> None:
    await sign_in(page, shop_world)
    await page.goto(f"{shop_world.service.admin}/settings?organization=shop")

    row = page.get_by_role("row", name="gladly_token")
    await expect(row).to_contain_text("set")
    await expect(row).to_contain_text("gladly-segment.toml:")
    await expect(page.get_by_role("button", name="Save")).to_have_count(0)
    await page.get_by_text("The lines to change").click()
    await expect(page.locator("#lines")).to_contain_text("[organizations.shop]")
    await expect(page.locator("#lines")).to_contain_text("max_backlog = 1000000")
    await assert_accessible(page)
    assert "canary" not in (await page.content()).replace(str(shop_world.service.directory), "")
