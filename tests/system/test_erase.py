"""Erasing a customer while the service works: nothing of it stays, nothing of it comes back, all others go on."""

import asyncio
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from tests.system.programs import MODULE
from tests.system.test_history import followed
from tests.system.vendors import Gladly
from tests.system.world import World

NAME: Final = "Canary Ann Example"
EMAIL: Final = "canary-ann@shop.example"
PHONE: Final = "+14155550142"
ATTRIBUTE: Final = "canary-attribute-of-ann"
WITHIN_S: Final = 60


async def erase(data_dir: Path, customer: str) -> dict[str, Any]:
    """Erase a customer of the shop, as an operator does, and give the proof."""
    command = ("erase", "--data-dir", str(data_dir), "--organization", "shop", "--customer", customer)
    process = await asyncio.create_subprocess_exec(
        sys.executable, *MODULE, *command, "--yes", "--json", stdin=DEVNULL, stdout=PIPE
    )
    async with asyncio.timeout(WITHIN_S):
        out, _ = await process.communicate()
    assert process.returncode == 0
    return msgspec.json.decode(out)


async def create_ann(world: World) -> str:
    return await world.shop.gladly.play.create_customer(
        {
            "name": NAME,
            "emails": [{"original": EMAIL, "primary": True}],
            "phones": [{"original": PHONE, "primary": True}],
            "customAttributes": {"secret": ATTRIBUTE},
        }
    )


async def requests_about(gladly: Gladly, *ids: str) -> list[str]:
    """What Gladly's API was asked for with one of these ids."""
    requests = msgspec.json.decode(await gladly.ledger())["requests"]
    return [each["path"] for each in requests if any(id_ in each["path"] for id_ in ids)]


def found_in(data_dir: Path, canaries: Sequence[str], what: str = "journal") -> list[str]:
    """Which canaries stand in the files of the journal, or of the history."""
    content = b"".join(path.read_bytes() for path in data_dir.glob(f"{what}.sqlite*"))
    return [canary for canary in canaries if canary.encode() in content]


async def test_an_erased_customer_is_gone_and_does_not_come_back(shop_world: World) -> None:
    gladly, segment, service = shop_world.shop.gladly, shop_world.shop.segment, shop_world.service
    ann = await create_ann(shop_world)
    canaries = [ann, NAME, EMAIL, PHONE, ATTRIBUTE]
    conversation = await gladly.play.open(ann)
    others = [await gladly.conversation(f"Customer {number}") for number in range(20)]
    await segment.stored(41)
    # One of her events waits for Segment, and so does one of somebody else.
    await segment.misbehave({"kind": "status", "status": 503})
    await gladly.play.set_status(conversation, "CLOSED")
    others.append(await gladly.conversation("Bob", closed=False))
    await gladly.all_delivered()
    await service.until(1, "failed_attempts_total", stage="deliver")
    assert found_in(service.data_dir, canaries) == canaries
    await followed(service.data_dir)
    assert found_in(service.data_dir, canaries, "history") == canaries

    proof = await erase(service.data_dir, ann)

    assert (proof["complete"], proof["foundAgain"], proof["remnantsInFiles"]) == (True, 0, 0)
    assert proof["leftInHistory"] == 0
    assert (proof["emptied"], proof["suppressed"]) == (2, 1)
    assert found_in(service.data_dir, canaries) == found_in(service.data_dir, canaries, "history") == []
    await segment.behave()
    asked = await requests_about(gladly, ann, conversation)
    await gladly.play.set_status(conversation, "OPEN")
    await gladly.play.set_status(conversation, "CLOSED")
    await gladly.play.change_customer(ann, {"name": f"{NAME} again"})
    await gladly.all_delivered()
    settled = await service.settled("shop")
    stored = await segment.stored(42)
    assert asked
    assert await requests_about(gladly, ann, conversation) == asked
    assert [each["properties"]["conversationId"] for each in stored].count(conversation) == 1
    assert settled.outcomes["suppressed", "customer_erased"] >= 3
    assert {each["properties"]["conversationId"] for each in stored} == {conversation, *others}
    await followed(service.data_dir)
    assert found_in(service.data_dir, canaries, "history") == []
    assert await service.stop() == 0
    assert found_in(service.data_dir, canaries) == found_in(service.data_dir, canaries, "history") == []
