"""What the list of events shows, and ever showed."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from playwright.async_api import Page

from tests.system.world import World

_NUMBERS: Final = "[...document.getElementById('events').rows].map((row) => Number(row.dataset.number))"
_WATCH: Final = """
window.shown = [...document.getElementById('events').rows].map((row) => Number(row.dataset.number));
new MutationObserver((changes) => {
  for (const change of changes) {
    for (const row of change.addedNodes) {
      if (row.nodeName === 'TR') window.shown.push(Number(row.dataset.number));
    }
  }
}).observe(document.getElementById('events'), { childList: true });
"""


async def open_events(page: Page, url: str, query: str = "") -> None:
    """Open the list and wait until it is followed."""
    await page.goto(f"{url}/events{query}")
    await followed(page)


async def followed(page: Page) -> None:
    """Wait until the list is followed."""
    await page.locator('#live[data-is="live"]').wait_for()


async def numbers(page: Page) -> list[int]:
    """Give the numbers of the events in the list, from its top."""
    return await page.evaluate(_NUMBERS)


async def watch(page: Page) -> None:
    """Take note of every row from now on, those that are there included."""
    await page.evaluate(_WATCH)


async def ever_shown(page: Page) -> list[int]:
    """Give the number of every row that entered the list since it is watched."""
    return await page.evaluate("window.shown")


def faults(shown: Sequence[int], expected: Sequence[int]) -> list[str]:
    """Judge what was shown: each event once, and nothing else."""
    times = Counter(shown)
    lost = [f"lost: {number}" for number in expected if not times[number]]
    doubled = [f"{count} times: {number}" for number, count in times.items() if count > 1]
    strange = [f"strange: {number}" for number in times.keys() - set(expected)]
    return [*lost, *doubled, *strange]


async def all_numbers(running: World, token: str) -> list[int]:
    """Read the numbers of all events that there are from the JSON twin."""
    found: list[int] = []
    query: dict[str, str] = {}
    while True:
        url = f"{running.service.admin}/events.json"
        async with running.http.get(url, params=query, headers={"Authorization": f"Bearer {token}"}) as answer:
            page = await answer.json()
        found += [each["number"] for each in page["events"]]
        if page["nextBefore"] is None:
            return found
        query = {"before": str(page["nextBefore"])}
