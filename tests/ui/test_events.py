"""The list of events: searched, filtered, linked to, and used without a mouse."""

import re
from pathlib import Path

import msgspec
from playwright.async_api import Page, expect

from tests.support.receipts import conversation_event
from tests.system.world import World
from tests.ui.accessibility import assert_accessible
from tests.ui.browser import Guard
from tests.ui.happening import have_happened, post
from tests.ui.house import house, sign_in
from tests.ui.pictures import screenshot
from tests.ui.shown import followed, numbers, open_events

EVIL = "\"><img src=x onerror=\"document.title='hacked'\"><script>document.title='hacked'</script>"


async def test_an_event_is_found_by_everything_that_names_it(shop_world: World, page: Page) -> None:
    gladly = shop_world.shop.gladly
    email, phone = "Zoe.Quirk@Shop.example", "+14155550123"
    customer = await gladly.play.create_customer(
        {
            "name": "Zoë Quirk",
            "emails": [{"original": email, "normalized": email.lower()}],
            "phones": [{"original": "(415) 555-0123", "normalized": phone}],
            "customAttributes": {"tier": "platinum-plus"},
        }
    )
    conversation = await gladly.play.open(customer)
    await gladly.conversation("Ann")
    (event,) = await shop_world.shop.segment.of(conversation, 1)
    await sign_in(page, shop_world)
    await open_events(page, shop_world.service.admin)
    created = page.get_by_role("row").filter(has_text="Gladly Conversation Created").filter(has_text="Zoë Quirk")
    await expect(created).to_contain_text("delivered")

    for text in (
        customer,
        conversation,
        event["messageId"],
        email,
        phone,
        "(415) 555-0123",
        "zoe quirk",
        "Quirk Zoë",
        "qui",
        "platinum-plus",
    ):
        await followed(page)
        await page.keyboard.press("/")
        await page.keyboard.type(text)
        async with page.expect_navigation():
            await page.keyboard.press("Enter")
        await expect(created, text).to_have_count(1)
        await expect(page.get_by_role("row").filter(has_text="Ann"), text).to_have_count(0)
        await page.get_by_label("Remove q").click()
        await expect(page.get_by_role("searchbox", name="Search")).to_have_value("")


async def test_filters_are_in_the_address_and_survive_a_reload(shop_world: World, page: Page) -> None:
    await shop_world.shop.gladly.conversation()
    await shop_world.audit()
    await sign_in(page, shop_world)
    await open_events(page, shop_world.service.admin)
    await page.get_by_text("Filters", exact=True).click()

    await page.get_by_role("checkbox", name="delivered").check()
    await page.get_by_label("Event type").fill("CONVERSATION/CLOSED")
    await page.get_by_label("Received since").fill("36h")
    await page.get_by_role("button", name="Search").click()
    await page.wait_for_url("**/events?**")

    rows = page.locator("#events tr")
    for _ in range(2):
        await expect(rows).to_have_count(1)
        await expect(rows).to_contain_text("CONVERSATION/CLOSED")
        await expect(page.locator("#total")).to_have_text("1 event")
        await expect(page.get_by_role("checkbox", name="delivered")).to_be_checked()
        await expect(page.get_by_label("Received since")).to_have_value("36h")
        await page.reload()
    await assert_accessible(page)
    await page.get_by_label("Remove type CONVERSATION/CLOSED").click()
    await expect(rows).to_have_count(2)
    await expect(page).to_have_url(
        re.compile(r"/events\?state=delivered&since=36h$|/events\?since=36h&state=delivered$")
    )


async def test_two_organizations_do_not_see_one_another(tmp_path: Path, guard: Guard, page: Page) -> None:
    async with house(tmp_path, guard, "shop", "other") as running:
        await running.shops["other"].gladly.conversation("Bob Other")
        await running.shops["shop"].gladly.conversation("Ann Ours")
        await running.audit("shop")
        await running.audit("other")
        await sign_in(page, running)
        await open_events(page, running.service.admin, "?organization=shop")
        list_, total = page.locator("#events"), page.locator("#total")
        await expect(list_).to_contain_text("Ann Ours")
        await expect(total).to_have_text("3 events")

        # A sign that their event went by: ours, which came later, is there.
        await running.shops["other"].gladly.conversation("Bob Again")
        await running.audit("other")
        await running.shops["shop"].gladly.conversation("Ann Again")
        await expect(list_).to_contain_text("Ann Again")
        await expect(total).to_have_text("6 events")
        await expect(list_).not_to_contain_text("Bob")

        await open_events(page, running.service.admin, "?organization=shop&q=bob")
        await expect(page.get_by_text("No event matches")).to_be_visible()
        await page.get_by_role("combobox", name="organization").select_option("other")
        await expect(list_.get_by_role("row")).to_have_count(4)
        await expect(page).to_have_url(re.compile("q=bob.*organization=other"))


async def test_the_list_is_used_without_a_mouse(shop_world: World, page: Page) -> None:
    await shop_world.shop.gladly.conversation()
    await shop_world.audit()
    await sign_in(page, shop_world)
    await open_events(page, shop_world.service.admin)
    await expect(page.locator("#events tr")).to_have_count(3)
    first, second, _ = await numbers(page)

    await page.keyboard.press("?")
    await expect(page.get_by_role("dialog")).to_contain_text("pause and resume")
    await page.keyboard.press("Escape")
    await page.keyboard.press("/")
    await expect(page.get_by_role("searchbox", name="Search")).to_be_focused()
    await page.keyboard.press("Escape")
    await page.keyboard.press("Space")
    await expect(page.get_by_text("paused")).to_be_visible()
    await page.keyboard.press("Space")
    await expect(page.get_by_text("live", exact=True)).to_be_visible()
    await page.keyboard.press("j")
    await page.keyboard.press("j")
    await expect(page.locator(f'[data-number="{second}"]')).to_have_attribute("aria-selected", "true")
    await page.keyboard.press("k")
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"**/events/{first}")


async def test_what_customers_control_is_shown_as_text(shop_world: World, page: Page) -> None:
    gladly = shop_world.shop.gladly
    await sign_in(page, shop_world)
    await open_events(page, shop_world.service.admin)

    await gladly.conversation(EVIL, emails=[{"original": EVIL}], customAttributes={EVIL: EVIL})
    content = {"conversationId": EVIL, "customerId": EVIL}
    await post(shop_world, msgspec.json.encode({"id": EVIL, "type": EVIL, "timestamp": EVIL, "content": content}))
    await post(shop_world, conversation_event("CREATED", EVIL, EVIL))

    list_ = page.locator("#events")
    for _ in range(2):
        await expect(list_.get_by_role("row").filter(has_text=EVIL)).to_have_count(4)
        await expect(list_.locator(".received, .ready")).to_have_count(0)
        assert await list_.locator("img, script").count() == 0
        assert await page.title() == "Events · gladly-segment"
        await page.reload()
    await page.goto(f"{shop_world.service.admin}/events")
    await page.get_by_role("searchbox", name="Search").fill(EVIL)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("list", name="Filters")).to_contain_text(EVIL)


async def test_without_filters_there_are_as_many_events_as_the_overview_says(shop_world: World, page: Page) -> None:
    await shop_world.shop.gladly.conversation("Ann")
    await shop_world.audit()
    await sign_in(page, shop_world)
    await open_events(page, shop_world.service.admin)
    await expect(page.locator("#total")).to_have_text("3 events")

    await page.goto(f"{shop_world.service.admin}/?range=all")
    await page.get_by_role("link", name="3", exact=True).first.click()

    await expect(page.locator("#total")).to_have_text("3 events")


async def test_older_events_are_on_the_pages_behind(shop_world: World, page: Page) -> None:
    await have_happened(shop_world, 1, 105)
    await sign_in(page, shop_world)
    await page.goto(f"{shop_world.service.admin}/events")
    await expect(page.locator("#total")).to_have_text("105 events")
    await expect(page.locator("#events tr")).to_have_count(100)

    await page.get_by_role("link", name="Older").click()

    await expect(page.locator("#events tr")).to_have_count(5)
    await expect(page.locator("#live")).to_be_hidden()
    await page.get_by_role("link", name="Newest").click()
    await expect(page.locator("#events tr")).to_have_count(100)


async def test_the_same_for_programs_is_copied(shop_world: World, page: Page) -> None:
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await shop_world.shop.gladly.conversation()
    await sign_in(page, shop_world)
    await open_events(page, shop_world.service.admin, "?state=parked")

    copied: list[str] = []
    await page.get_by_role("button", name="Copy link").click()
    copied.append(await page.evaluate("navigator.clipboard.readText()"))
    await page.get_by_text("The same for programs").click()
    for name in ("Copy the command for JSON", "Copy the command"):
        await page.get_by_role("button", name=name, exact=True).click()
        copied.append(await page.evaluate("navigator.clipboard.readText()"))

    address = f"{shop_world.service.admin}/events"
    assert copied == [
        f"{address}?state=parked",
        f"""curl -H "Authorization: Bearer $TOKEN" '{address}.json?state=parked'""",
        "gladly-segment events --state parked",
    ]


async def test_the_list_is_accessible_and_looks_like_this(shop_world: World, page: Page) -> None:
    for name in ("Ann Customer", "Zoë Ångström", "山田 太郎"):
        await shop_world.shop.gladly.conversation(name)
    await shop_world.audit()
    await sign_in(page, shop_world)
    await open_events(page, shop_world.service.admin)
    await expect(page.locator("#events tr")).to_have_count(9)

    await assert_accessible(page)
    await screenshot(page, "events")
    await page.set_viewport_size({"width": 360, "height": 800})
    await assert_accessible(page)
    assert await page.evaluate("document.documentElement.scrollWidth") <= 360
    await page.goto(f"{shop_world.service.admin}/events?q=nobody")
    await assert_accessible(page)
