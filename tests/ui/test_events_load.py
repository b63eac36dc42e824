"""The list of events under load: two hundred a second for a minute, every one of them shown once."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests.system.vendors import Gladly
from tests.system.world import World, world
from tests.ui.browser import Guard
from tests.ui.happening import happen
from tests.ui.house import ADMIN_TOKEN, sign_in
from tests.ui.shown import all_numbers, ever_shown, faults, numbers, open_events, watch
from tests.unit.transport.bounds import within

PER_S = 200
SECONDS = 60
PEOPLE = 40
IN_A_ROUND = 5
EVENTS = PEOPLE + PER_S * SECONDS
"""Gladly tells of each customer that is new as well."""

KEPT_ROWS = 500

LOSE_ONE = """
const listen = EventSource.prototype.addEventListener;
EventSource.prototype.addEventListener = function (name, heard) {
  listen.call(this, name, (event) => {
    const data = (event.data ?? "").replace(/<tr data-row data-number=.?"3.?">[^]*?<.tr>/, "");
    heard(new MessageEvent(name, { data, lastEventId: event.lastEventId }));
  });
};
"""


@pytest.fixture(autouse=True)
def bounded() -> Iterator[None]:
    with within(4 * SECONDS):
        yield


@pytest_asyncio.fixture(loop_scope="session")
async def busy_world(tmp_path: Path, guard: Guard) -> AsyncIterator[World]:
    variables = {"GLADLY_SEGMENT_ADMIN__TOKEN": ADMIN_TOKEN}
    async with world(tmp_path, "shop", rate_limit_per_s=2_000, variables=variables) as running:
        yield running
        await guard.leave()


async def live(gladly: Gladly, topic: str, began: float) -> None:
    """Be a customer to whom something happens every so often: each time Gladly tells of one event."""
    customer = await gladly.play.create_customer({"name": "Ann"})
    conversation = ""
    now = asyncio.get_running_loop().time
    for step in range(SECONDS * PER_S // PEOPLE):
        await asyncio.sleep(began + step * PEOPLE / PER_S - now())
        match step % IN_A_ROUND:
            case 0:
                conversation = await gladly.play.open(customer)
            case 1:
                await gladly.play.change_topics(conversation, [topic], [])
            case 3:
                await gladly.play.set_status(conversation, "OPEN")
            case _:
                await gladly.play.set_status(conversation, "CLOSED")


async def test_live_under_200_events_per_second_for_60_s_with_every_event_shown_once(
    busy_world: World, page: Page
) -> None:
    gladly = busy_world.shop.gladly
    topic = await gladly.play.add_topic("Returns")
    await sign_in(page, busy_world)
    await open_events(page, busy_world.service.admin)
    await watch(page)

    began = asyncio.get_running_loop().time()
    await asyncio.gather(*(live(gladly, topic, began + each / PER_S) for each in range(PEOPLE)))
    await gladly.all_delivered()
    await busy_world.service.settled("shop")
    await page.wait_for_function("(count) => window.shown.length >= count", arg=EVENTS)

    await expect(page.locator("#events .received, #events .ready")).to_have_count(0)
    expected = await all_numbers(busy_world, ADMIN_TOKEN)
    assert len(expected) == EVENTS
    assert faults(await ever_shown(page), expected) == []
    assert await numbers(page) == sorted(expected, reverse=True)[:KEPT_ROWS]


async def test_a_row_that_was_lost_is_missed(shop_world: World, page: Page) -> None:
    await page.add_init_script(LOSE_ONE)
    await sign_in(page, shop_world)
    await open_events(page, shop_world.service.admin)
    await watch(page)

    await happen(shop_world, 1, 5)
    await expect(page.locator("#events tr")).to_have_count(4)

    assert faults(await ever_shown(page), await all_numbers(shop_world, ADMIN_TOKEN)) == ["lost: 3"]


async def test_a_row_that_came_twice_is_seen(shop_world: World, page: Page) -> None:
    await sign_in(page, shop_world)
    await open_events(page, shop_world.service.admin)
    await watch(page)
    await happen(shop_world, 1, 5)
    await expect(page.locator("#events tr")).to_have_count(5)

    await page.evaluate("document.querySelector('#events').append(document.querySelector('#events tr').cloneNode())")

    assert faults(await ever_shown(page), await all_numbers(shop_world, ADMIN_TOKEN)) == ["2 times: 5"]
