"""One event is shown with everything that befell it, in a form for people and in the very bytes that were sent."""

import re
import sqlite3
from typing import Any

import msgspec
from playwright.async_api import Page, expect

from gladly_segment.journals.sqlite.connect import FILE_NAME
from tests.system.vendors import Gladly
from tests.system.world import World
from tests.ui.accessibility import assert_accessible
from tests.ui.browser import Guard
from tests.ui.house import sign_in
from tests.ui.pictures import screenshot
from tests.ui.told import events_of

ATTRIBUTES: tuple[dict[str, Any], ...] = (
    {"tier": "gold", "nested": {"a": [1, {"b": None}]}, "big": 2**70 + 1, "é": "\u2028 \r\n \U0001f600"},
    {f"key {number}": number for number in range(2_000)},
    {"text": "x" * 29_000},
)
XSS = '<img src=x onerror="window.wasRun = 1"><script>window.wasRun = 1</script>\'"&amp;'


async def sent(running: World, name: str = "Zoë Quirk", **customer: Any) -> int:
    """Have a conversation opened and closed and both events sent; give the number of the closing."""
    conversation = await running.shop.gladly.conversation(name, **customer)
    return (await events_of(running, conversation, "delivered", "delivered"))["CONVERSATION/CLOSED"]


def payload_of(running: World, number: int) -> bytes:
    """Read a track event from the journal's file."""
    file = running.service.data_dir / FILE_NAME
    connection = sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)
    try:
        ((payload,),) = connection.execute("SELECT payload FROM receipts WHERE seq = ?", (number,)).fetchall()
        return payload
    finally:
        connection.close()


async def open_event(page: Page, running: World, number: int, tab: str = "") -> None:
    await sign_in(page, running)
    await page.goto(f"{running.service.admin}/events/{number}{tab}")


async def test_the_way_of_an_event_is_told_and_its_customer_leads_to_the_others(page: Page, shop_world: World) -> None:
    number = await sent(shop_world)

    await open_event(page, shop_world, number)

    await expect(page.get_by_role("heading", level=1)).to_contain_text("Gladly Conversation Closed")
    way = page.get_by_role("listitem")
    for step in ("occurred", "received", "fetched", "ready", "delivered"):
        await expect(way.filter(has_text=step).first).to_be_visible()
    await expect(page.get_by_text("200 in").first).to_be_visible()
    read = page.get_by_role("row").filter(has_text="a call to Gladly")
    await expect(read.filter(has_text="conversation")).to_be_visible()
    customer = page.get_by_role("row").filter(has_text="customer profile")
    await expect(customer).to_contain_text(re.compile("memory|a call to Gladly"))
    await assert_accessible(page)
    await screenshot(page, "event")

    await page.get_by_title("All events of this customer").click()
    await expect(page.locator("#events tr")).to_have_count(3)
    await expect(page.locator("#events tr").filter(has_text="CUSTOMER_PROFILE/CREATED")).to_be_visible()


async def test_pretty_raw_and_curl_are_tabs_for_the_keyboard_and_links(page: Page, shop_world: World) -> None:
    number = await sent(shop_world)
    await open_event(page, shop_world, number)
    pretty, raw, curl = (page.get_by_role("tab", name=name) for name in ("Pretty", "Raw", "curl"))

    await expect(page.get_by_role("tabpanel")).to_have_count(1)
    await expect(page.get_by_role("row").filter(has_text="customerName")).to_contain_text("Zoë Quirk")

    await pretty.focus()
    await page.keyboard.press("ArrowRight")
    await expect(raw).to_be_focused()
    await expect(page.get_by_role("tabpanel", name="Raw")).to_contain_text('"customerName":"Zoë Quirk"')
    await assert_accessible(page)

    await page.keyboard.press("End")
    await expect(page.get_by_role("tabpanel", name="curl")).to_contain_text('-u "$WRITE_KEY:"')
    await expect(page.get_by_role("tabpanel", name="curl")).not_to_contain_text(
        shop_world.shop.secrets.segment_write_key
    )
    await assert_accessible(page)

    await page.keyboard.press("ArrowRight")
    await expect(pretty).to_have_attribute("aria-selected", "true")
    await expect(curl).to_have_attribute("tabindex", "-1")

    await raw.click()
    await expect(page).to_have_url(f"{shop_world.service.admin}/events/{number}#raw")
    await page.reload()
    await expect(page.get_by_role("tabpanel", name="Raw")).to_be_visible()


async def test_raw_shows_and_copies_the_very_bytes_that_are_sent(page: Page, shop_world: World) -> None:
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await sign_in(page, shop_world)

    for attributes in ATTRIBUTES:
        number = await sent(shop_world, customAttributes=attributes)
        await page.goto(f"{shop_world.service.admin}/events/{number}#raw")
        shown = await page.locator("#raw-text").text_content()
        await page.get_by_role("button", name="Copy the track event").click()
        await expect(page.get_by_text("Copied")).to_be_visible()
        copied = await page.evaluate("navigator.clipboard.readText()")

        payload = payload_of(shop_world, number)
        assert (shown or "").encode() == payload
        assert copied.encode() == payload


async def test_what_customers_write_is_text(page: Page, shop_world: World) -> None:
    customer = {"emails": [{"original": f"{XSS}@example.com"}], "customAttributes": {XSS: XSS, "deep": [{XSS: XSS}]}}
    number = await sent(shop_world, XSS, **customer)
    await shop_world.shop.gladly.play.change_customer(await customer_of(page, shop_world, number), {"name": XSS * 2})

    for tab in ("pretty", "raw", "curl"):
        await page.goto(f"{shop_world.service.admin}/events/{number}#{tab}")
        await expect(page.locator(f"#{tab}")).to_contain_text("onerror")
        await expect(page.locator(f"#{tab}")).to_be_visible()
    await page.get_by_role("button", name="Compare").click()
    await expect(page.get_by_role("row").filter(has_text="changed")).to_contain_text("onerror")

    assert await page.evaluate("window.wasRun") is None
    assert await page.locator("main img").count() == 0


async def customer_of(page: Page, running: World, number: int) -> str:
    await open_event(page, running, number)
    return await page.get_by_title("All events of this customer").inner_text()


async def asked(gladly: Gladly) -> int:
    """Count the requests that Gladly's API ever had for what events are made of."""
    ledger = msgspec.json.decode(await gladly.ledger())
    return len([each for each in ledger["requests"] if "/webhooks" not in each["path"]])


async def test_an_event_is_compared_with_what_gladly_says_now(page: Page, shop_world: World) -> None:
    gladly, segment = shop_world.shop.gladly, shop_world.shop.segment
    number = await sent(shop_world, "Zoë Quirk", customAttributes={"tier": "gold", "old": 1})
    await gladly.play.hold_deliveries(held=True)  # it is not told that the customer changed
    customer = await customer_of(page, shop_world, number)
    await gladly.play.change_customer(
        customer, {"name": "Zoë Quirk-Jones", "customAttributes": {"tier": "gold", "new": 2}}
    )
    calls, events = await asked(gladly), await segment.stored(2)

    await page.get_by_role("button", name="Compare").click()

    await expect(page.get_by_role("status").filter(has_text="1 of its values would be changed")).to_be_visible()
    differing = page.locator("table.difference tbody tr")
    await expect(differing.filter(has_text="customerName")).to_contain_text("Zoë Quirk-Jones")
    await expect(differing.filter(has_text="customAttributes.new")).to_contain_text("added")
    await expect(differing.filter(has_text="customAttributes.old")).to_contain_text("gone")
    await expect(page.get_by_text("the same").first).to_be_visible()
    assert await asked(gladly) - calls <= 3
    assert await segment.stored(2) == events
    await events_of(shop_world, await page.locator(".facts a.id").first.inner_text(), "delivered", "delivered")
    await assert_accessible(page)
    await screenshot(page, "event-compared")


async def test_gladlys_silence_is_told_on_the_page(page: Page, guard: Guard, shop_world: World) -> None:
    number = await sent(shop_world)
    await open_event(page, shop_world, number)
    await shop_world.shop.gladly.misbehave({"kind": "status", "path_prefix": "/api/v1/conversations", "status": 503})
    guard.expect("502")

    await page.get_by_role("button", name="Compare").click()

    await expect(page.get_by_role("alert")).to_contain_text("503")
    await expect(page.get_by_role("heading", name="What happened")).to_be_visible()


async def test_the_page_reads_well_on_a_telephone(page: Page, shop_world: World) -> None:
    number = await sent(shop_world, customAttributes={"a long name without any blanks " * 5: "value" * 50})
    await page.set_viewport_size({"width": 360, "height": 740})

    await open_event(page, shop_world, number)

    assert await page.evaluate("document.documentElement.scrollWidth") <= 360
    await assert_accessible(page)
