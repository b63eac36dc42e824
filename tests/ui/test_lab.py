"""Other mapping options are tried on real events, without anything being sent, and count once somebody says so."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Page, expect

from tests.system.world import World
from tests.ui.accessibility import assert_accessible
from tests.ui.browser import Guard
from tests.ui.house import house, sign_in
from tests.ui.letters import LARGE, command, kept, outgrow, until_parked
from tests.ui.pictures import screenshot
from tests.ui.told import told, until

EVIL = "\"><img src=x onerror=\"document.title='hacked'\"><script>document.title='hacked'</script>"
ADDRESS = "ann@shop.example"
RESULT = "What they would change"


@asynccontextmanager
async def declared(directory: Path, guard: Guard) -> AsyncGenerator[World]:
    """A house whose shop is declared by command."""
    async with house(directory, guard, "shop") as running:
        settings = directory / "gladly-segment.toml"
        before, _, table = settings.read_text().partition("[organizations.shop]\n")
        (directory / "shop.toml").write_text(table)
        settings.write_text(before)
        await until(running, "/status.json", lambda status: not status["organizations"])
        await command(running, "organizations", "add", "shop", str(directory / "shop.toml"))
        await until(running, "/status.json", lambda status: bool(status["organizations"]))
        yield running


async def open_lab(page: Page, running: World, query: str = "?organization=shop") -> None:
    await sign_in(page, running)
    await page.goto(f"{running.service.admin}/lab{query}")


async def ann(running: World, name: str = "Ann Customer", **attributes: str) -> None:
    """Open and close a conversation of Ann, and wait until both are sent and can be found."""
    emails = [{"original": ADDRESS, "normalized": ADDRESS}]
    await running.shop.gladly.conversation(name, emails=emails, customAttributes={"tier": "gold", **attributes})
    await running.shop.segment.stored(2)
    await until(running, "/events.json", lambda found: found["total"] == 2, state="delivered")


async def test_what_would_change_is_seen_before_and_nothing_is_sent(page: Page, shop_world: World) -> None:
    await ann(shop_world, f"Ann {EVIL}", **{EVIL: EVIL})
    segment = shop_world.shop.segment
    requests, before = await segment.requests(), kept(shop_world)
    await open_lab(page, shop_world)
    await assert_accessible(page)

    await page.get_by_label("Leave email out").check()
    await page.get_by_label("Leave out", exact=True).fill(f"tier\n{EVIL}")
    await page.get_by_role("button", name="Try on the latest").click()

    await expect(page.get_by_role("heading", name=RESULT)).to_be_visible()
    await expect(page.get_by_text("would be sent with other properties")).to_be_visible()
    await expect(page.get_by_role("listitem").filter(has_text="email")).to_have_text("email in 2")
    row = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name="email", exact=True))
    await expect(row.locator("del")).to_have_text(f'"{ADDRESS}"')
    await expect(page.get_by_label("Leave email out")).to_be_checked()
    await expect(page).to_have_title("Mapping lab · gladly-segment")
    await assert_accessible(page)

    assert await segment.requests() == requests
    assert kept(shop_world) == before
    assert (await told(shop_world, "/actions.json"))["actions"] == []


async def test_a_kind_that_is_not_wanted_is_told_and_the_toml_to_paste_has_it(page: Page, shop_world: World) -> None:
    await ann(shop_world)
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await open_lab(page, shop_world)

    await page.get_by_label("Gladly Conversation Created").uncheck()
    await page.get_by_role("button", name="Try on the latest").click()

    await expect(page.get_by_text("would no longer be sent: event_not_wanted")).to_be_visible()
    await expect(page.get_by_text("shop is declared in your settings file")).to_be_visible()
    await expect(page.get_by_role("button", name="Switch shop")).to_have_count(0)
    await screenshot(page, "mapping-lab")
    await page.get_by_role("button", name="Copy", exact=True).click()
    await expect(page.get_by_text("Copied")).to_be_visible()
    copied = await page.evaluate("navigator.clipboard.readText()")
    assert copied == '[organizations.shop]\nevents = ["closed"]'


async def test_dead_letters_are_mended_by_other_options_and_retried(tmp_path: Path, guard: Guard) -> None:
    page = guard.page
    async with declared(tmp_path, guard) as running:
        await outgrow(running.shop, tier="gold")
        await until_parked(running, 2)
        await sign_in(page, running)
        await page.goto(f"{running.service.admin}/dead?organization=shop&cause={LARGE}")
        await page.get_by_label("Check all on this page").check()
        await page.get_by_role("link", name="Edit mapping and retry the checked").click()

        await expect(page.get_by_text("costs shop at most 5 requests")).to_be_visible()
        await page.get_by_label("Leave out", exact=True).fill("story")
        await page.get_by_role("button", name="Try on 2 checked dead letters").click()
        await expect(page.get_by_text("would be sent, and are not now")).to_be_visible()
        await assert_accessible(page)
        await page.get_by_role("button", name="Switch shop to these options").click()
        await expect(page.get_by_text("These options count from now on")).to_be_visible()
        await expect(page.get_by_label("Leave out", exact=True)).to_have_value("story")
        await assert_accessible(page)
        await page.get_by_role("button", name="Retry 2 checked dead letters").click()

        await expect(page.get_by_text("2 on their way again.")).to_be_visible()
        stored = await running.shop.segment.stored(2)
        assert [each["properties"]["customAttributes"] for each in stored] == [{"tier": "gold"}, {"tier": "gold"}]
        actions = (await told(running, "/actions.json", organization="shop"))["actions"]
        assert [(each["what"], each["by"]) for each in actions[:2]] == [
            ("retried", "admin"),
            ("mapping_switched", "admin"),
        ]
        shown = await command(running, "organizations", "show", "shop", "--json")
        assert '"deny_attributes":["story"]' in shown
        assert running.shop.secrets.gladly_token not in shown


async def test_what_somebody_changed_meanwhile_is_not_overwritten(tmp_path: Path, guard: Guard) -> None:
    page = guard.page
    async with declared(tmp_path, guard) as running:
        await ann(running)
        await open_lab(page, running)
        await page.get_by_label("Leave email out").check()
        await page.get_by_role("button", name="Try on the latest").click()
        await expect(page.get_by_role("button", name="Switch shop")).to_be_visible()

        file = tmp_path / "shop.toml"
        file.write_text(file.read_text() + "retention_days = 3\n")
        await command(running, "organizations", "add", "shop", str(file), "--replace")
        guard.expect("409")
        await page.get_by_role("button", name="Switch shop").click()

        await expect(page.get_by_role("alert")).to_contain_text("Somebody changed the organization meanwhile.")
        await expect(page.get_by_label("Leave email out")).to_be_checked()
        assert "deny" not in await command(running, "organizations", "show", "shop", "--json")


async def test_what_cannot_be_used_is_told_with_the_setting(page: Page, guard: Guard, shop_world: World) -> None:
    await open_lab(page, shop_world)
    await page.get_by_label("Leave email out").check()

    await page.get_by_label("Send only a hash of email").check()
    await expect(page.get_by_label("Leave email out")).not_to_be_checked()
    guard.expect("422")
    await page.get_by_role("button", name="Try on the latest").click()

    await expect(page.get_by_role("alert")).to_contain_text(
        "organizations.shop.privacy: what is hashed needs a hash_key"
    )
    await expect(page.get_by_role("alert")).to_be_focused()
    await expect(page.get_by_label("Send only a hash of email")).to_be_checked()
    await assert_accessible(page)


async def test_a_long_trial_says_how_far_it_is_and_what_it_costs(page: Page, shop_world: World) -> None:
    await ann(shop_world)
    await open_lab(page, shop_world)
    await page.get_by_label("How many events").fill("3")
    await expect(page.get_by_text("at most 7 requests")).to_be_visible()
    await shop_world.shop.gladly.misbehave({"kind": "hang", "method": "GET", "path_prefix": "/api", "times": 1})

    await page.get_by_role("button", name="Try on the latest").click()

    await expect(page.get_by_text("Looking at the events: 0 of 2.")).to_be_visible()
    await assert_accessible(page)
    await page.get_by_role("button", name="Try on the latest").click()
    await expect(page.get_by_role("heading", name=RESULT)).to_be_visible()


async def test_with_nothing_to_try_it_on_the_page_says_so(page: Page, shop_world: World) -> None:
    await open_lab(page, shop_world, "")
    await expect(page.get_by_text("Choose an organization")).to_be_visible()
    await assert_accessible(page)
    await page.get_by_label("organization").select_option("shop")

    await page.get_by_role("button", name="Try on the latest").click()

    await expect(page.get_by_text("There is nothing to try it on yet")).to_be_visible()
    await assert_accessible(page)
