"""`gladly-segment tail`: follows a service, across its restarts, until somebody has seen enough."""

import asyncio
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.system.programs import MODULE
from tests.system.world import World, world

WITHIN_S = 30.0


class Tail:
    """The command as it runs."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self.seen: list[Any] = []

    async def line(self) -> bytes:
        assert self.process.stdout is not None
        async with asyncio.timeout(WITHIN_S):
            return await self.process.stdout.readline()

    async def until(self, is_it: Callable[[Any], bool]) -> Any:
        """Read events until there is a certain one."""
        while True:
            event = msgspec.json.decode(await self.line())
            self.seen.append(event)
            if is_it(event):
                return event

    async def ended(self) -> tuple[int, bytes]:
        """Wait for its end, and give its status and what it complained of."""
        assert self.process.stderr is not None
        async with asyncio.timeout(WITHIN_S):
            complaints = await self.process.stderr.read()
            return await self.process.wait(), complaints


@asynccontextmanager
async def tail(running: World, *options: str) -> AsyncGenerator[Tail]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, *MODULE, "tail", "--data-dir", str(running.service.data_dir), *options),
        stdin=DEVNULL,
        stdout=PIPE,
        stderr=PIPE,
    )
    try:
        yield Tail(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def closed(conversation: str) -> Callable[[Any], bool]:
    """Recognise the end of a conversation that is in Segment."""
    return lambda event: (
        (event["conversation"], event["eventType"], event["state"])
        == (conversation, "CONVERSATION/CLOSED", "delivered")
    )


async def test_it_follows_across_a_restart_and_ends_quietly(tmp_path: Path) -> None:
    async with world(tmp_path, "shop") as running:
        before = await running.shop.gladly.conversation("Ann")
        await running.audit()
        async with tail(running, "--json") as following:
            await following.until(closed(before))
            await following.until(closed(await running.shop.gladly.conversation("Bob")))
            await running.service.kill()
            await running.service.start()
            last = await following.until(closed(await running.shop.gladly.conversation("Cem")))
            following.process.send_signal(signal.SIGINT)
            ended = await following.ended()

    assert ended == (0, b"")
    assert last["customerName"] == "Cem"
    told = [(each["number"], each["state"]) for each in following.seen]
    assert len(told) == len(set(told)), "something was told twice"
    assert {number for number, _ in told} == set(range(1, 10))


@pytest.mark.parametrize("options", [(), ("--json",)], ids=["lines", "json"])
async def test_it_ends_quietly_when_nobody_reads_any_more(tmp_path: Path, options: tuple[str, ...]) -> None:
    async with world(tmp_path, "shop") as running:
        conversation = await running.shop.gladly.conversation("Ann")
        await running.audit()
        async with tail(running, "--text", conversation, *options) as following:
            for _ in ("created", "closed"):
                assert conversation in (await following.line()).decode()
            following.process.stdout._transport.close()  # noqa: SLF001 # pyright: ignore
            await running.shop.gladly.play.set_status(conversation, "OPEN")
            await running.shop.gladly.play.set_status(conversation, "CLOSED")

            assert await following.ended() == (1, b"")
