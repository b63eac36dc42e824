"""Events taken and delivered as fast as can be: without a history, with one, and with a page open."""

import asyncio
import os
import statistics
import sys
import tempfile
import time
import uuid
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Final

import aiohttp
import msgspec

from gladly_segment.cli.demo.processes import started
from gladly_segment.cli.ready import Ready
from gladly_segment.sandbox.shop.gladly_control import GladlyControl

ROUNDS: Final = 6
EVENTS: Final = 1_500
CONNECTIONS: Final = 32

WITHOUT, WITH, LOOKED_AT = "without a history", "with one", "with a page open"

_ARRIVED_WITHIN_S: Final = 60


class Round(msgspec.Struct, frozen=True):
    """Events a second, and the processor's time that the service needed for each."""

    per_s: float
    ms_each: float


class Service:
    """A service, its Segment, and how much it gets through."""

    def __init__(self, http: aiohttp.ClientSession, ready: Ready, pid: int, gladly: str, segment: str) -> None:
        self._http = http
        self._ready = ready
        self._pid = pid
        self._gladly = GladlyControl(http, gladly)
        self._segment = segment
        self._stored = 0

    async def round(self) -> "Round":
        """Send webhooks as fast as they are answered, and wait until all were accepted."""
        customer = await self._gladly.create_customer({"name": "Customer", "emails": [{"original": "a@shop.example"}]})
        conversations = [await self._gladly.open(customer) for _ in range(EVENTS)]
        began, worked = time.perf_counter(), self._processor_s()
        await asyncio.gather(*(self._send(conversations[number::CONNECTIONS]) for number in range(CONNECTIONS)))
        self._stored += EVENTS
        query = {"stored": str(self._stored), "timeout_s": str(_ARRIVED_WITHIN_S)}
        async with self._http.get(f"{self._segment}/control/await", params=query) as answer:
            if not (await answer.json())["reached"]:
                raise RuntimeError("the events did not arrive")
        return Round(
            per_s=EVENTS / (time.perf_counter() - began), ms_each=(self._processor_s() - worked) * 1_000 / EVENTS
        )

    @asynccontextmanager
    async def looked_at(self) -> AsyncGenerator[None]:
        """Keep a page open: a stream of what is new, and a search a second."""
        looking = [asyncio.create_task(each) for each in (self._follow(), self._search())]
        try:
            yield
        finally:
            for task in looking:
                task.cancel()
            await asyncio.gather(*looking, return_exceptions=True)

    def _processor_s(self) -> float:
        # The fields behind the name in brackets: user and system time are the 12th and 13th of them.
        fields = Path(f"/proc/{self._pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    async def _send(self, conversations: Sequence[str]) -> None:
        url, headers = f"{self._ready.url}/webhooks/acme", {"X-Key": "key-acme"}
        for conversation in conversations:
            content = {"customerId": "unused", "conversationId": conversation}
            event = {"type": "CONVERSATION/CREATED", "id": uuid.uuid4().hex, "content": content}
            async with self._http.post(url, json=event, headers=headers) as answer:
                answer.raise_for_status()

    async def _follow(self) -> None:
        async with self._http.get(f"{self._ready.admin}/events.json") as answer:
            revision = msgspec.json.decode(await answer.read(), type=_Page).revision
        query = {"after": str(revision)}
        async with self._http.get(f"{self._ready.admin}/events/stream", params=query, timeout=None) as answer:
            answer.raise_for_status()
            async for _ in answer.content.iter_any():
                pass

    async def _search(self) -> None:
        while True:
            async with self._http.get(f"{self._ready.admin}/events.json", params={"text": "customer"}) as answer:
                answer.raise_for_status()
                await answer.read()
            await asyncio.sleep(1)


class _Page(msgspec.Struct):
    revision: int = 0


async def measure() -> Mapping[str, Sequence[Round]]:
    """Run rounds in turns; give the events a second of each."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gladly-segment-bench-")))
        http = await stack.enter_async_context(aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=120)))
        services = {
            name: await stack.enter_async_context(_service(http, folder / name.replace(" ", "-"), program))
            for name, program in ((WITHOUT, "benchmarks.history.without"), (WITH, "gladly_segment"))
        }
        for service in services.values():
            await service.round()
        found: dict[str, list[Round]] = {WITHOUT: [], WITH: [], LOOKED_AT: []}
        for _ in range(ROUNDS):
            for name, service in services.items():
                found[name].append(await service.round())
            async with services[WITH].looked_at():
                found[LOOKED_AT].append(await services[WITH].round())
        return found


def summed_up(found: Mapping[str, Sequence[Round]]) -> str:
    """Say in three lines how much each gets through, and what share of the one without a history that is."""
    middle = {name: statistics.median(each.per_s for each in rounds) for name, rounds in found.items()}
    each_ms = {name: statistics.median(each.ms_each for each in rounds) for name, rounds in found.items()}
    return "\n".join(
        f"{name}: {middle[name]:.0f} events/s ({middle[name] / middle[WITHOUT]:.2f}),"
        f" {each_ms[name]:.2f} ms of the processor each"
        for name in found
    )


@asynccontextmanager
async def _service(http: aiohttp.ClientSession, folder: Path, program: str) -> AsyncGenerator[Service]:
    folder.mkdir()  # noqa: ASYNC240 - nobody waits yet
    async with (
        started("Gladly", "sandbox", "gladly", "--rate-limit-per-s", "100000", logs=folder) as gladly,
        started("Segment", "sandbox", "segment", "--write-key=key-acme", logs=folder) as segment,
    ):
        settings = _settings(folder, gladly.url, segment.url)
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", program, "serve", "--config", str(settings), stdin=DEVNULL, stdout=PIPE
        )
        try:
            if process.stdout is None:
                raise RuntimeError("the service has no standard output")
            ready = msgspec.json.decode(await process.stdout.readline(), type=Ready)
            yield Service(http, ready, process.pid, gladly.url, segment.url)
        finally:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()


def _settings(folder: Path, gladly: str, segment: str) -> Path:
    settings = folder / "gladly-segment.toml"
    settings.write_text(
        f'data_dir = "{folder / "data"}"\nlog_level = "error"\n[server]\nport = 0\n[admin]\nport = 0\n'
        f'[organizations.acme]\ngladly_url = "{gladly}"\ngladly_user = "api@shop.example"\n'
        f'gladly_token = "sandbox-token"\nsegment_write_key = "key-acme"\nsegment_host = "{segment}"\n'
        'webhook_headers = { X-Key = "key-acme" }\n'
    )
    return settings
