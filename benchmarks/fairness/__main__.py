"""`make bench-fairness`: webhook to accepted for many quiet organizations, beside a flooding one and without it."""

import asyncio
import statistics
import sys
import tempfile
import time
from asyncio.subprocess import PIPE
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import aiohttp
import msgspec
from rich.console import Console
from rich.table import Table

from gladly_segment.cli.demo.processes import Started, started
from gladly_segment.sandbox.shop.gladly_control import GladlyControl

QUIET = 20
QUIET_PER_S = 0.5
TIMES = 1_000
ROUND_S = 10
ROUNDS = 3
WORST = 0.99
NAMES = ("loud", *(f"quiet-{number}" for number in range(QUIET)))

_ARRIVED_WITHIN_S = 60


class _Properties(msgspec.Struct, rename="camel"):
    conversation_id: str


class _Event(msgspec.Struct):
    properties: _Properties


class _Stored(msgspec.Struct, rename="camel"):
    received_at: datetime
    event: _Event


class _Books(msgspec.Struct):
    stored: list[_Stored]


class Bench:
    """The service between two simulators; the flooding organization has a Gladly of its own."""

    def __init__(self, service: Started, gladly: Started, segment: Started, http: aiohttp.ClientSession) -> None:
        self._service = service
        self._gladly = GladlyControl(http, gladly.url)
        self._segment = segment
        self._http = http
        self.flooded = 0
        """How many webhooks of floods were taken."""

    async def round(self, *, flooded: bool) -> list[float]:
        """Let events of the quiet organizations come evenly for a while; give their latencies in milliseconds."""
        events = int(QUIET * QUIET_PER_S * ROUND_S)
        customer = await self._gladly.create_customer({"name": "Customer"})
        conversations = [await self._gladly.open(customer) for _ in range(events)]
        flood = await self._flood() if flooded else None
        try:
            sent = await self._tell(conversations)
            return await self._latencies(sent)
        finally:
            if flood is not None:
                flood.terminate()
                taken, _ = await flood.communicate()
                self.flooded += int(taken)

    async def _flood(self) -> asyncio.subprocess.Process:
        url, per_s = f"{self._service.url}/webhooks/loud", str(QUIET_PER_S * TIMES)
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "benchmarks.fairness.flood", url, "key-loud", per_s, stdout=PIPE
        )
        await asyncio.sleep(2)
        return process

    async def _tell(self, conversations: Sequence[str]) -> dict[str, float]:
        sent: dict[str, float] = {}
        async with asyncio.TaskGroup() as tasks:
            for number, conversation in enumerate(conversations):
                tasks.create_task(self._send(f"quiet-{number % QUIET}", conversation, sent))
                await asyncio.sleep(1 / (QUIET * QUIET_PER_S))
        return sent

    async def _send(self, organization: str, conversation: str, sent: dict[str, float]) -> None:
        content = {"customerId": "unused", "conversationId": conversation}
        event = {"type": "CONVERSATION/CREATED", "id": conversation, "content": content}
        sent[conversation] = time.time()
        url = f"{self._service.url}/webhooks/{organization}"
        async with self._http.post(url, json=event, headers={"X-Key": f"key-{organization}"}) as answer:
            answer.raise_for_status()

    async def _latencies(self, sent: dict[str, float]) -> list[float]:
        deadline = time.monotonic() + _ARRIVED_WITHIN_S
        while time.monotonic() < deadline:
            async with self._http.get(f"{self._segment.url}/control/ledger") as answer:
                books = msgspec.json.decode(await answer.read(), type=_Books)
            arrived = {each.event.properties.conversation_id: each.received_at.timestamp() for each in books.stored}
            if sent.keys() <= arrived.keys():
                return [(arrived[conversation] - at) * 1000 for conversation, at in sent.items()]
            await asyncio.sleep(0.2)
        raise RuntimeError("events of the quiet organizations did not arrive")


def _settings(folder: Path, gladly: Started, loud_gladly: Started, segment: Started) -> str:
    lines = [f'data_dir = "{folder / "data"}"', 'log_level = "error"', "[server]", "port = 0"]
    for name in NAMES:
        lines += [
            f"[organizations.{name}]",
            f'gladly_url = "{(loud_gladly if name == "loud" else gladly).url}"',
            'gladly_user = "api@shop.example"',
            'gladly_token = "sandbox-token"',
            f'segment_write_key = "key-{name}"',
            f'segment_host = "{segment.url}"',
            f'webhook_headers = {{ X-Key = "key-{name}" }}',
        ]
    return "\n".join(lines)


async def main() -> None:
    """Run the rounds in turns, and print one table."""
    with tempfile.TemporaryDirectory(prefix="gladly-segment-bench-") as name:
        folder = Path(name)
        keys = [f"--write-key=key-{name}" for name in NAMES]
        fast = ("--rate-limit-per-s", "100000")
        async with (
            started("Gladly", "sandbox", "gladly", *fast, logs=folder) as gladly,
            started("Loud Gladly", "sandbox", "gladly", logs=folder) as loud_gladly,
            started("Segment", "sandbox", "segment", *keys, logs=folder) as segment,
            aiohttp.ClientSession() as http,
        ):
            settings = folder / "gladly-segment.toml"
            settings.write_text(_settings(folder, gladly, loud_gladly, segment))
            async with started("Service", "serve", "--config", str(settings), logs=folder) as service:
                bench = Bench(service, gladly, segment, http)
                await bench.round(flooded=False)
                alone: list[float] = []
                beside: list[float] = []
                for _ in range(ROUNDS):
                    alone += await bench.round(flooded=False)
                    beside += await bench.round(flooded=True)
    _print(alone, beside, bench.flooded)


def _print(alone: list[float], beside: list[float], flooded: int) -> None:
    table = Table("webhook to accepted, ms", "alone", f"beside a flood (×{TIMES})", "ratio", box=None)
    for name, share in (("p50", 0.5), ("p99", WORST)):
        first, second = (statistics.quantiles(each, n=1000)[int(share * 1000) - 1] for each in (alone, beside))
        table.add_row(name, f"{first:.1f}", f"{second:.1f}", f"{second / first:.2f}")
    table.add_row("events", str(len(alone)), str(len(beside)), "")
    table.add_row("webhooks of the flood taken", "0", str(flooded), "")
    Console().print(table)


if __name__ == "__main__":
    asyncio.run(main())
