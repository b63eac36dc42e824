"""The mirror check, from a conversation in Gladly to what Segment's webhook destination brought back."""

import asyncio
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.system.programs import MODULE
from tests.system.world import World, world

SECRET = "canary-mirror-secret"
WITHIN_S = 30.0


@pytest.fixture
async def mirrored(tmp_path: Path) -> AsyncIterator[World]:
    """A shop with a mirror."""
    variables = {"GLADLY_SEGMENT_ORGANIZATIONS__SHOP__MIRROR_SECRET": SECRET}
    async with world(tmp_path, "shop", variables=variables) as running:
        yield running


async def sent(running: World, conversations: int) -> list[str]:
    """Open and close conversations, and give the messageIds of their events once Segment has them all."""
    await asyncio.gather(*(running.shop.gladly.conversation(f"Ann {number}") for number in range(conversations)))
    stored = await running.shop.segment.stored(2 * conversations)
    await running.service.settled("shop")
    return [each["messageId"] for each in stored]


async def mirror(running: World, *options: str, ids: str | None = None) -> tuple[int | None, list[Any]]:
    """Run the check; what was accepted must have arrived at once."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, *MODULE, "mirror", "--since", "1h", "--grace-h", "0", "--json"),
        *("--data-dir", str(running.service.data_dir), *options),
        stdin=DEVNULL if ids is None else PIPE,
        stdout=PIPE,
    )
    async with asyncio.timeout(WITHIN_S):
        out, _ = await process.communicate(None if ids is None else ids.encode())
    return process.returncode, [msgspec.json.decode(line) for line in out.splitlines()]


def findings(documents: list[Any]) -> set[tuple[str, str]]:
    return {(each["finding"], each["messageId"]) for each in documents[:-1]}


async def bring(running: World, **order: Any) -> list[int]:
    brought = await running.shop.segment.bring(f"{running.service.url}/mirror/shop", SECRET, **order)
    return brought["statuses"]


async def test_what_the_destination_brings_after_a_crash_too_is_what_was_accepted(mirrored: World) -> None:
    messages = await sent(mirrored, 3)
    assert await bring(mirrored, lose=messages[3:]) == [200, 200, 200]
    await mirrored.service.kill()
    await mirrored.service.start()
    assert await bring(mirrored, lose=messages[:3], batch=2) == [200, 200]

    status, documents = await mirror(mirrored)

    assert (status, documents) == (
        0,
        [{"accepted": 6, "arrived": 6, "awaited": 0, "missing": 0, "doubled": 0, "strange": 0}],
    )
    assert SECRET not in mirrored.service.logged()


async def test_a_planted_loss_a_planted_double_and_a_stranger_are_found_by_their_ids(mirrored: World) -> None:
    messages = await sent(mirrored, 3)
    lost, doubled, stranger = messages[1], messages[4], "gladly-" + "0" * 40
    await bring(mirrored, lose=[lost], double=[doubled])

    status, documents = await mirror(mirrored, "--organization", "shop")
    by_file, from_file = await mirror(mirrored, "--ids", "-", ids="\n".join(["id", *messages[1:], doubled, stranger]))

    assert (status, findings(documents)) == (1, {("missing", lost), ("doubled", doubled)})
    assert (by_file, findings(from_file)) == (
        1,
        {("missing", messages[0]), ("doubled", doubled), ("strange", stranger)},
    )
    assert documents[-1] == {"accepted": 6, "arrived": 5, "awaited": 0, "missing": 1, "doubled": 1, "strange": 0}


async def test_without_the_secret_nothing_is_taken(mirrored: World) -> None:
    await sent(mirrored, 1)

    brought = await mirrored.shop.segment.bring(f"{mirrored.service.url}/mirror/shop", "another secret")
    status, _ = await mirror(mirrored)

    assert brought["statuses"] == [401, 401]
    assert status == 2
