"""Plays a day in real time: conversations open at a steady pace and live beside one another."""

import asyncio
from collections.abc import Callable

import aiohttp

from gladly_segment.sandbox.shop.arrivals import Arrivals
from gladly_segment.sandbox.shop.customers import customer
from gladly_segment.sandbox.shop.day import AGENT_WHO_LEFT, AGENTS, TOPICS, Closing, Day, Script, plan_day
from gladly_segment.sandbox.shop.gladly_control import GladlyControl
from gladly_segment.sandbox.shop.scenes import Scene, Scenes

OPENED_PER_S = 10
"""About 25 occurrences a second: Gladly's request limit must leave room for that many conversations to be read."""


async def play_day(
    gladly_url: str,
    segment_url: str,
    *,
    conversations: int,
    seed: int,
    on_progress: Callable[[int, int], None],
) -> None:
    """Play so many conversations at the Gladly simulator, watching the Segment one for what has arrived.

    `on_progress` gets how many conversations and scenes have been played, and how many there are. Raises an
    ExceptionGroup with a ControlError or aiohttp.ClientError when a simulator refuses or is gone.
    """
    day = plan_day(max(conversations - Scenes.CONVERSATIONS, 0), seed)
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as http:
        gladly, arrivals = GladlyControl(http, gladly_url), Arrivals(http, segment_url)
        async with asyncio.TaskGroup() as tasks:
            following = tasks.create_task(arrivals.follow())
            shop = await _Shop.opened(gladly, day)
            await _Player(shop, day, Scenes(gladly, arrivals), on_progress).play()
            following.cancel()


class _Shop:
    """The staff, the topics and the customers of a day, by the names and numbers of the plan."""

    def __init__(self, gladly: GladlyControl) -> None:
        self.gladly = gladly
        self.agents: dict[str | None, str | None] = {None: None, AGENT_WHO_LEFT: AGENT_WHO_LEFT}
        self.topics: list[str] = []
        self.customers: list[str] = []
        self.inbox = ""

    @classmethod
    async def opened(cls, gladly: GladlyControl, day: Day) -> "_Shop":
        shop = cls(gladly)
        for name in AGENTS:
            shop.agents[name] = await gladly.add_agent(name)
        for name in TOPICS:
            parent = shop.topics[0] if name == TOPICS[-1] else None
            shop.topics.append(await gladly.add_topic(name, parent))
        shop.inbox = await gladly.add_inbox("Shop floor")
        for number in range(day.customers):
            shop.customers.append(await gladly.create_customer(customer(number)))
        return shop


class _Player:
    def __init__(self, shop: _Shop, day: Day, scenes: Scenes, on_progress: Callable[[int, int], None]) -> None:
        self._shop = shop
        self._gladly = shop.gladly
        self._day = day
        self._scenes = scenes
        self._on_progress = on_progress
        self._done = 0

    async def play(self) -> None:
        """Open one conversation after the other, and have the scenes spread among them."""
        every = max(len(self._day.scripts) // len(self._scenes.all()), 1)
        scenes = iter(self._scenes.all())
        async with asyncio.TaskGroup() as tasks:
            for number, script in enumerate(self._day.scripts):
                tasks.create_task(self._conversation(script))
                if number % every == 0 and (scene := next(scenes, None)):
                    tasks.create_task(self._scene(scene))
                if number == len(self._day.scripts) // 2:
                    tasks.create_task(self._noon())
                await asyncio.sleep(1 / OPENED_PER_S)
            for scene in scenes:
                tasks.create_task(self._scene(scene))

    async def _conversation(self, script: Script) -> None:
        customer_id = self._shop.customers[script.customer]
        agent_id = self._shop.agents[script.agent]
        conversation = await self._gladly.open(customer_id, agent_id, self._shop.inbox)
        for number, closing in enumerate(script.closings):
            await asyncio.sleep(closing.pause_s)
            if number > 0:
                await self._gladly.set_status(conversation, "OPEN")
            await self._work_on(conversation, closing)
            await asyncio.sleep(closing.pause_s)
            await self._gladly.set_status(conversation, "CLOSED")
        self._finished()

    async def _work_on(self, conversation: str, closing: Closing) -> None:
        topics = self._shop.topics
        add, remove = [topics[each] for each in closing.add], [topics[each] for each in closing.remove]
        await self._gladly.change_topics(conversation, add, remove)
        await self._gladly.assign(conversation, self._shop.agents[closing.assign])
        if closing.waits:
            await self._gladly.set_status(conversation, "WAITING")
            await asyncio.sleep(closing.pause_s)
            await self._gladly.set_status(conversation, "OPEN")

    async def _noon(self) -> None:
        for number in self._day.changing_customers:
            await self._gladly.change_customer(self._shop.customers[number], {"name": f"Renamed {number}"})

    async def _scene(self, scene: Scene) -> None:
        await scene()
        self._finished()

    def _finished(self) -> None:
        self._done += 1
        self._on_progress(self._done, len(self._day.scripts) + len(self._scenes.all()))
