"""Alarms of a service: told to logs and metrics, and posted where the settings say."""

import asyncio
import random
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

from gladly_segment.config.alarms import AlarmSettings
from gladly_segment.core.secret import Secret
from gladly_segment.observe.alarm_post import AlarmPost
from gladly_segment.observe.alarms import Alarms, Notice
from gladly_segment.ports.clock import Clock
from gladly_segment.ports.observer import Observer
from gladly_segment.service.dismissal import dismiss
from gladly_segment.transport.session import open_session

_ANSWER_WITHIN_S: Final = 10.0


@asynccontextmanager
async def alarming(settings: AlarmSettings, clock: Clock, telling: Observer) -> AsyncGenerator[Observer]:
    """Give the observer that finds out what calls somebody; `telling` is told of alarms."""
    async with AsyncExitStack() as stack:
        if settings.url is None:
            alarms = Alarms(telling, _nowhere, clock)
            running = [asyncio.create_task(alarms.run())]
        else:
            session = await stack.enter_async_context(open_session(total_s=_ANSWER_WITHIN_S, connections=1))
            url = Secret(settings.url.get_secret_value())
            post = AlarmPost(url, session, clock, telling, draw=random.random)
            alarms = Alarms(telling, post.put, clock)
            running = [asyncio.create_task(alarms.run()), asyncio.create_task(post.run())]
        try:
            yield alarms
        finally:
            await dismiss(running)


def _nowhere(notice: Notice) -> None:
    pass
