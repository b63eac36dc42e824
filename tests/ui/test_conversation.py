"""Why is this conversation not in Segment? Answered from the overview by three clicks at most, in every case."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest_asyncio
from playwright.async_api import Locator, Page, expect

from tests.support.receipts import conversation_event
from tests.system.programs import FORKED
from tests.system.world import WEBHOOK_HEADER, WEBHOOK_USERNAME, World, world
from tests.ui.accessibility import assert_accessible
from tests.ui.browser import Guard
from tests.ui.house import ADMIN_TOKEN, sign_in
from tests.ui.pictures import screenshot
from tests.ui.told import events_of

ORGANIZATION = "GLADLY_SEGMENT_ORGANIZATIONS__SHOP"
XSS = "<img src=x onerror=alert(1)>"


class Asker:
    """Somebody with a mouse, who counts."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.clicks = 0

    async def click(self, what: Locator) -> None:
        self.clicks += 1
        await what.click()

    async def ask_why(self, running: World, anything: str) -> Locator:
        """Begin at the overview, and give the answer."""
        self.clicks = 0
        await self.page.goto(f"{running.service.admin}/")
        await self.click(self.page.get_by_label("Why is this conversation not in Segment?"))
        await self.page.keyboard.type(anything)
        await self.click(self.page.get_by_role("button", name="Why?"))
        answer = self.page.locator("section.answer")
        await expect(answer).to_be_visible()
        return answer


@pytest_asyncio.fixture(loop_scope="session")
async def slow_world(tmp_path: Path, guard: Guard) -> AsyncIterator[World]:
    """A shop that wants closings only, with little quota left at Gladly."""
    variables = {"GLADLY_SEGMENT_ADMIN__TOKEN": ADMIN_TOKEN, f"{ORGANIZATION}__EVENTS": '["closed"]'}
    async with world(tmp_path, "shop", rate_limit_per_s=1, program=FORKED, variables=variables) as running:
        try:
            yield running
        finally:
            await guard.leave()


async def receive(running: World, body: bytes) -> None:
    """Have the service receive a webhook that Gladly did not send."""
    secrets = running.shop.secrets
    login = aiohttp.encode_basic_auth(WEBHOOK_USERNAME, secrets.webhook_password)
    headers = {"Authorization": login, WEBHOOK_HEADER: secrets.webhook_header}
    status, _ = await running.service.post("/webhooks/shop", body, **headers)
    assert status == 200


async def too_large(running: World) -> str:
    """Have a conversation opened that cannot be sent."""
    return await running.shop.gladly.conversation(closed=False, customAttributes={"text": "x" * 40_000})


async def test_it_was_sent(page: Page, shop_world: World) -> None:
    conversation = await shop_world.shop.gladly.conversation()
    await events_of(shop_world, conversation, "delivered", "delivered")
    await sign_in(page, shop_world)
    asker = Asker(page)

    answer = await asker.ask_why(shop_world, conversation)

    await expect(answer).to_contain_text("All 2 events were sent")
    await expect(answer).to_contain_text("Segment answered 200")
    await expect(answer.locator("time")).to_have_attribute("title", re.compile("UTC"))  # the script is there
    await page.keyboard.press("j")
    await expect(page.locator(".told a").first).to_be_focused()
    await assert_accessible(page)
    await screenshot(page, "conversation")
    await asker.click(page.get_by_role("link", name="Gladly Conversation Created"))
    await expect(page.get_by_role("listitem").filter(has_text="200 in").first).to_be_visible()
    assert asker.clicks == 3


async def test_it_was_never_received(page: Page, shop_world: World) -> None:
    gladly = shop_world.shop.gladly
    await gladly.play.hold_deliveries(held=True)
    conversation = await gladly.conversation(closed=False)
    await sign_in(page, shop_world)
    asker = Asker(page)

    answer = await asker.ask_why(shop_world, conversation)
    await expect(answer).to_contain_text("Nothing was ever received")
    await assert_accessible(page)
    await screenshot(page, "conversation-never-received")

    await asker.click(page.get_by_role("button", name="Ask Gladly"))
    await expect(answer).to_contain_text("Gladly knows the conversation now")
    assert asker.clicks == 3
    await assert_accessible(page)

    answer = await asker.ask_why(shop_world, "never-heard-of")
    await asker.click(page.get_by_role("button", name="Ask Gladly"))
    await expect(answer).to_contain_text("Gladly does not know the conversation now")


async def test_its_events_are_of_a_type_that_is_ignored(page: Page, shop_world: World) -> None:
    await receive(shop_world, conversation_event("NOTE_ADDED", "c-noted"))
    await sign_in(page, shop_world)
    asker = Asker(page)

    answer = await asker.ask_why(shop_world, "c-noted")

    await expect(answer).to_contain_text("CONVERSATION/NOTE_ADDED")
    assert asker.clicks <= 3
    await page.get_by_text("1 event of types that lead to no track event").click()
    await assert_accessible(page)


async def test_its_customer_was_deleted(page: Page, shop_world: World) -> None:
    gladly = shop_world.shop.gladly
    await gladly.play.hold_deliveries(held=True)
    customer = await gladly.play.create_customer({"name": "Ann"})
    conversation = await gladly.play.open(customer)
    await gladly.play.set_status(conversation, "CLOSED")
    await gladly.play.delete_customer(customer)
    await gladly.play.hold_deliveries(held=False)
    await events_of(shop_world, conversation, "suppressed", "suppressed")
    await sign_in(page, shop_world)
    asker = Asker(page)

    answer = await asker.ask_why(shop_world, conversation)

    await expect(answer).to_contain_text("its customer was deleted in Gladly")
    await asker.click(page.get_by_role("link", name="Gladly Conversation Created"))
    await expect(page.get_by_role("row").filter(has_text="not found (404)").first).to_be_visible()
    assert asker.clicks <= 3
    await assert_accessible(page)


async def test_it_is_parked(page: Page, shop_world: World) -> None:
    conversation = await too_large(shop_world)
    await events_of(shop_world, conversation, "parked")
    await sign_in(page, shop_world)
    asker = Asker(page)

    answer = await asker.ask_why(shop_world, conversation)

    await expect(answer).to_contain_text("event_too_large")
    await expect(answer).to_contain_text("Make the customer's custom attributes smaller")
    await asker.click(answer.get_by_role("link", name="Go to the dead letters"))
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Dead letters")
    assert asker.clicks <= 3


async def test_it_waits_for_quota_or_is_not_wanted(page: Page, slow_world: World) -> None:
    gladly = slow_world.shop.gladly
    unwanted = await gladly.conversation(closed=False)
    await events_of(slow_world, unwanted, "suppressed")
    *_, last = [await gladly.conversation(f"Ann {number}") for number in range(30)]
    await events_of(slow_world, last, "received", "received")
    await sign_in(page, slow_world)
    asker = Asker(page)

    answer = await asker.ask_why(slow_world, unwanted)
    await expect(answer).to_contain_text("`events`")
    assert asker.clicks <= 3

    answer = await asker.ask_why(slow_world, last)
    await expect(answer).to_contain_text("waits for its turn to be looked up at Gladly")
    await expect(answer).to_contain_text("events are before it")
    assert asker.clicks <= 3


async def test_it_was_dropped_by_hand(page: Page, shop_world: World) -> None:
    conversation = await too_large(shop_world)
    (number,) = (await events_of(shop_world, conversation, "parked")).values()
    headers = {"Authorization": f"Bearer {ADMIN_TOKEN}"}
    dropping = shop_world.http.post(
        f"{shop_world.service.admin}/dead/drop", json={"letters": [number]}, headers=headers
    )
    async with dropping as answered:
        assert answered.status == 200, await answered.text()
    await sign_in(page, shop_world)
    asker = Asker(page)

    answer = await asker.ask_why(shop_world, conversation)

    await expect(answer).to_contain_text("somebody dropped it by hand")
    assert asker.clicks <= 3


async def test_anything_that_is_known_of_it_leads_there(page: Page, shop_world: World) -> None:
    emails = [{"original": "zoe@example.com", "normalized": "zoe@example.com"}]
    conversation = await shop_world.shop.gladly.conversation("Zoë Quirk", emails=emails)
    await events_of(shop_world, conversation, "delivered", "delivered")
    await sign_in(page, shop_world)
    heading = page.get_by_role("heading", level=1)
    await page.goto(f"{shop_world.service.admin}/conversations/shop/{conversation}")
    await page.get_by_role("link", name="Gladly Conversation Closed").click()
    facts = await page.locator(".facts .id").all_inner_texts()

    for anything in (*facts, "zoe@example.com", "Zoë Quirk"):
        await Asker(page).ask_why(shop_world, anything)
        await expect(heading).to_contain_text(conversation)


async def test_the_search_has_a_page_of_its_own_and_a_key(page: Page, shop_world: World) -> None:
    await sign_in(page, shop_world)
    await page.keyboard.press("w")
    await expect(page.get_by_label("Why is this conversation not in Segment?")).to_be_focused()

    await page.goto(f"{shop_world.service.admin}/why")
    await expect(page.get_by_text("Any id will do")).to_be_visible()
    await assert_accessible(page)
    await page.goto(f"{shop_world.service.admin}/why?id={XSS} nobody")
    await expect(page.get_by_text("Nothing was received that has that")).to_be_visible()
    await assert_accessible(page)
