"""How many connections those who look after the service may have."""

import asyncio
from contextlib import AsyncExitStack

from gladly_segment.admin.app import CONNECTIONS
from gladly_segment.core.signals import TurnedAway, TurnedAwayFor
from tests.support.observer import RecordingObserver
from tests.unit.admin.conftest import BEARER, Desk


async def test_whoever_keeps_all_places_doing_nothing_keeps_nobody_out(desk: Desk, observer: RecordingObserver) -> None:
    host, port = desk.url.removeprefix("http://").split(":")
    async with AsyncExitStack() as stack:
        for _ in range(CONNECTIONS):
            _, writer = await asyncio.open_connection(host, int(port))
            stack.callback(writer.close)

        assert (await desk.get("/status.json", BEARER)).status == 200

    assert observer.of(TurnedAway) == [TurnedAway(TurnedAwayFor.CONNECTIONS)]
