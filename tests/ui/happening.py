"""What Gladly tells of, one after the other or all at once."""

import asyncio

import aiohttp
import msgspec

from tests.system.world import WEBHOOK_HEADER, WEBHOOK_USERNAME, World
from tests.ui.told import until

_AT_ONCE = 50


async def post(running: World, body: bytes, shop: str = "shop") -> None:
    """Send a webhook."""
    secrets = running.shops[shop].secrets
    login = aiohttp.encode_basic_auth(WEBHOOK_USERNAME, secrets.webhook_password)
    headers = {"Authorization": login, WEBHOOK_HEADER: secrets.webhook_header}
    status, _ = await running.service.post(f"/webhooks/{shop}", body, **headers)
    assert status == 200


async def happen(running: World, first: int, last: int) -> None:
    """Let Gladly tell of so many events, in this order."""
    for number in range(first, last + 1):
        await post(running, msgspec.json.encode({"id": f"e-{number}", "type": f"CONVERSATION/NOTED_{number}"}))


async def have_happened(running: World, first: int, last: int) -> None:
    """Let Gladly tell of so many events, and wait until a page that is opened now has them all."""
    await happen(running, first, last)
    await until(
        running,
        "/events.json",
        lambda found: any(each["eventType"] == f"CONVERSATION/NOTED_{last}" for each in found["events"]),
    )


async def flood(running: World, events: int) -> None:
    """Let Gladly tell of many at once."""
    bodies = [msgspec.json.encode({"id": f"f-{number}", "type": "CONVERSATION/NOTED"}) for number in range(events)]
    for begin in range(0, len(bodies), _AT_ONCE):
        await asyncio.gather(*(post(running, body) for body in bodies[begin : begin + _AT_ONCE]))
