""" "Why is this conversation not in Segment?", asked by one command beside the running service."""

import asyncio
import re
import sys
from pathlib import Path
from typing import Any

import msgspec

from tests.system.programs import MODULE
from tests.system.world import World, world

WAITING = 20


async def command(running: World, *arguments: str) -> tuple[int | None, str]:
    """Run `gladly-segment …` beside the service."""
    config = ("--config", str(running.service.directory / "gladly-segment.toml"))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, *MODULE, *arguments, *config), stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate()
    return process.returncode, said.decode()


async def why(running: World, conversation: str, *flags: str) -> dict[str, Any]:
    """The answer, and that the same is said to a person."""
    (status, document), (_, said) = await asyncio.gather(
        command(running, "explain", conversation, "--json", *flags),
        command(running, "explain", conversation, *flags),
    )
    told = msgspec.json.decode(document)
    assert status == (0 if told["events"] else 1)
    assert " ".join(told["answer"]["why"].split()[:5]) in " ".join(said.split())
    return told["answer"]


async def test_it_was_sent_and_segment_answered(shop_world: World) -> None:
    conversation = await shop_world.shop.gladly.conversation()
    assert (await shop_world.audit()).ok

    answer = await why(shop_world, conversation)

    assert answer["verdict"] == "sent"
    assert answer["why"].startswith("All 2 events were sent.")
    assert re.search(r"as gladly-\w{40}, and Segment answered 200 in \d+ ms, \d+ events? in the batch\.", answer["why"])
    assert "nothing of the destinations behind it" in answer["todo"]


async def test_it_was_never_received(shop_world: World) -> None:
    gladly = shop_world.shop.gladly
    await gladly.switch((await gladly.webhook())["id"], enabled=False)
    unheard = await gladly.conversation()

    nowhere, asked = [await why(shop_world, each, "--ask-gladly") for each in ("nowhere", unheard)]

    assert nowhere["verdict"] == "unknown_to_gladly"
    assert "Gladly does not know it" in nowhere["why"]
    assert asked["verdict"] == "never_received"
    assert "Gladly has the conversation, opened at" in asked["why"]


async def test_it_had_events_of_other_types_only(shop_world: World) -> None:
    gladly = shop_world.shop.gladly
    topic = await gladly.play.add_topic("Returns")
    webhook = (await gladly.webhook())["id"]
    await gladly.switch(webhook, enabled=False)
    conversation = await gladly.conversation(closed=False)
    await gladly.switch(webhook, enabled=True)
    await gladly.play.change_topics(conversation, [topic], [])
    await shop_world.audit()

    answer = await why(shop_world, conversation)

    assert answer["verdict"] == "type_ignored"
    assert "CONVERSATION/TOPIC_ADDED (1)" in answer["why"]


async def test_its_customer_was_deleted(shop_world: World) -> None:
    gladly = shop_world.shop.gladly
    await gladly.deliver(held=True)
    customer = await gladly.play.create_customer({"name": "Ann"})
    conversation = await gladly.play.open(customer)
    await gladly.play.set_status(conversation, "CLOSED")
    await gladly.play.delete_customer(customer)
    await gladly.deliver(held=False)
    assert (await shop_world.audit()).ok

    answer = await why(shop_world, conversation)

    assert answer["verdict"] == "customer_deleted"
    assert answer["why"].startswith("0 of 2 events were sent. #")


async def test_it_is_a_dead_letter_and_then_somebody_drops_it(shop_world: World) -> None:
    await shop_world.shop.segment.misbehave({"kind": "status", "status": 400})
    conversation = await shop_world.shop.gladly.conversation(closed=False)
    await shop_world.service.until(1, "dead_letters", organization="shop")

    parked = await why(shop_world, conversation)
    number = parked["todo"].rpartition(" ")[2]
    assert (await command(shop_world, "dead", "drop", number, "--yes"))[0] == 0
    dropped = await why(shop_world, conversation)

    assert parked["verdict"] == "parked"
    assert "request_refused (answered 400 (Bad Request))" in parked["why"]
    assert parked["todo"].endswith(f"gladly-segment dead retry {number}")
    assert dropped["verdict"] == "dropped"
    assert "somebody dropped it by hand at " in dropped["why"]


async def test_it_waits_for_gladlys_quota(shop_world: World) -> None:
    gladly, service = shop_world.shop.gladly, shop_world.service
    await gladly.misbehave({"kind": "hang", "method": "GET", "path_prefix": "/api/v1/conversations"})
    conversations = [await gladly.conversation(f"Customer {number}", closed=False) for number in range(WAITING)]
    await service.until(WAITING, "pending_receipts", state="received")

    answer = await why(shop_world, conversations[-1])

    assert answer["verdict"] == "waiting_for_quota"
    told = re.search(r": (\d+) events are before it, and Gladly is asked at most 8 times a second", answer["why"])
    assert told is not None, answer["why"]
    assert int(told[1]) > WAITING / 2


async def test_it_is_not_wanted_by_the_organizations_rule(tmp_path: Path) -> None:
    rule = {"GLADLY_SEGMENT_ORGANIZATIONS__SHOP__EVENTS": '["closed"]'}
    async with world(tmp_path, "shop", variables=rule) as running:
        conversation = await running.shop.gladly.conversation()
        report = await running.audit(unwanted={"CREATED"})

        answer = await why(running, conversation)

    assert report.ok, report
    assert (report.accepted, report.suppressed) == (1, {"event_not_wanted": 1})
    assert answer["verdict"] == "not_wanted"
    assert answer["why"].startswith("1 of 2 events were sent. #")
    assert "the organization's setting `events` does not have events of its kind" in answer["why"]
