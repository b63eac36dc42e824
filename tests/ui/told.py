"""What the service tells as JSON, for tests that begin once something has happened."""

import asyncio
from collections.abc import Callable
from typing import Any, Final

from tests.system.world import World
from tests.ui.house import ADMIN_TOKEN

_LOOKS: Final = 800
_LOOK_EVERY_S: Final = 0.05
"""It can only be asked for."""


async def told(running: World, path: str, **query: str) -> Any:
    """Read a JSON twin as a program does."""
    headers = {"Authorization": f"Bearer {ADMIN_TOKEN}"}
    async with running.http.get(f"{running.service.admin}{path}", params=query, headers=headers) as answer:
        assert answer.status == 200, await answer.text()
        return await answer.json()


async def until(running: World, path: str, reached: Callable[[Any], bool], **query: str) -> None:
    """Wait until what a JSON twin tells is as it should be."""
    for _ in range(_LOOKS):
        if reached(await told(running, path, **query)):
            return
        await asyncio.sleep(_LOOK_EVERY_S)
    raise AssertionError(f"{path} did not come to that")


async def events_of(running: World, conversation: str, *states: str) -> dict[str, int]:
    """Wait until a conversation's events are in these states, in the order they came; give their numbers by type."""
    found: list[Any] = []
    for _ in range(_LOOKS):
        found = (await told(running, f"/conversations/shop/{conversation}.json"))["events"]
        if [each["state"] for each in found] == list(states):
            return {each["eventType"]: each["number"] for each in found}
        await asyncio.sleep(_LOOK_EVERY_S)
    raise AssertionError(f"they did not become {states}, but {found}")
