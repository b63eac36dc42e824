"""One organization, both vendors, and a service that comes and goes: what every fault is tried on."""

import asyncio
import random
import socket
import tempfile
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import msgspec

from gladly_segment.cli.demo.metrics_text import MetricsText
from gladly_segment.cli.demo.service import WEBHOOK_EVENTS
from gladly_segment.sandbox.faults import FaultRule
from gladly_segment.sandbox.gladly.options import GladlyOptions
from gladly_segment.sandbox.gladly.server import GladlySandbox, start_gladly
from gladly_segment.sandbox.segment.options import SegmentOptions
from gladly_segment.sandbox.segment.server import SegmentSandbox, start_segment
from gladly_segment.sandbox.shop.gladly_control import GladlyControl
from tests.system.chaos.dooms import Doom
from tests.system.chaos.judgement import Excuses, Judgement, judge
from tests.system.chaos.process import Service

SETTLED_WITHIN_S = 120.0
_ANSWER_WITHIN_S = 10.0
_POLL_S = 0.05
_REOPENED = 0.4
_MOMENT_S = 0.03
_ANSWER_LIMIT_FACTOR = 5.0
_RETRIES_S = (2.5,) * 1_000
"""Half a second each by the factor. Gladly's own schedule would disable the webhook when, by chance or on a slow
machine, five attempts all met a dead service; what comes after that shows nothing."""


class Progress(msgspec.Struct, frozen=True):
    """What the service's metrics say: receipts in each unsettled state, and how many ended as (outcome, reason)."""

    pending: dict[str, int]
    settled: dict[tuple[str, str], int]
    failed_attempts: int


class World:
    """Made by `world`."""

    def __init__(
        self, folder: Path, http: aiohttp.ClientSession, gladly: GladlySandbox, segment: SegmentSandbox, port: int
    ) -> None:
        self.folder = folder
        self.http = http
        self.gladly = gladly
        self.segment = segment
        self.control = GladlyControl(http, gladly.url)
        self.data_dir = folder / "data"
        self.settings = folder / "gladly-segment.toml"
        self.service = Service(self.settings, folder / "service.log")
        self.excuses = Excuses()
        self._port = port
        self._customers: list[str] = []
        self._agent = self._topic = ""

    def write_settings(self, *, segment_host: str | None = None) -> None:
        """Write the service's settings."""
        organization = {
            "gladly_url": self.gladly.url,
            "gladly_user": self.gladly.options.user,
            "gladly_token": self.gladly.options.token,
            "gladly_share": 1.0,
            "segment_write_key": "sandbox-write-key",
            "segment_host": segment_host or self.segment.url,
            "webhook_username": "gladly",
            "webhook_passwords": ["chaos"],
        }
        lines = [f"{name} = {msgspec.json.encode(value).decode()}" for name, value in organization.items()]
        self.settings.write_text(
            f'data_dir = "{self.data_dir}"\n[admin]\nport = 0\n[server]\nport = {self._port}\n[organizations.shop]\n'
            + "\n".join(lines)
        )

    async def start(self, doom: Doom = Doom.NONE, steps: int = 0) -> None:
        """Start the service."""
        await self.service.start(doom, steps)

    async def register(self) -> None:
        """Register the webhook; the service must be running."""
        headers = {"Authorization": aiohttp.encode_basic_auth(self.gladly.options.user, self.gladly.options.token)}
        webhook = {
            "name": "chaos",
            "url": f"http://127.0.0.1:{self._port}/webhooks/shop",
            "events": WEBHOOK_EVENTS,
            "credentials": {"username": "gladly", "password": "chaos"},
            "enabled": True,
        }
        async with self.http.post(f"{self.gladly.url}/api/v1/webhooks", json=webhook, headers=headers) as answer:
            if answer.status != 201:
                raise RuntimeError(f"the webhook was refused: {await answer.text()}")

    async def faults(self, vendor: GladlySandbox | SegmentSandbox, *rules: FaultRule) -> None:
        """Let a vendor be in trouble, or out of it again."""
        body = msgspec.json.encode({"rules": rules})
        async with self.http.post(f"{vendor.url}/control/faults", data=body) as answer:
            answer.raise_for_status()

    async def deliveries(
        self, *, held: bool = False, duplicate_share: float = 0.0, shuffle_within_s: float = 0.0
    ) -> None:
        """Let Gladly's webhooks misbehave, or no more."""
        order = {"held": held, "duplicate_share": duplicate_share, "shuffle_within_s": shuffle_within_s}
        async with self.http.post(f"{self.gladly.url}/control/deliveries", json=order) as answer:
            answer.raise_for_status()

    async def play(self, conversations: int, draws: random.Random) -> None:
        """Open conversations, then change, close, reopen and close them side by side.

        There are moments in between, so that the events of a conversation do not all come in one batch.
        """
        lot = [await self.open(draws) for _ in range(conversations)]
        reopened = [each for each in lot if draws.random() < _REOPENED]
        await asyncio.sleep(_MOMENT_S)
        for conversation in lot:
            await self.control.change_topics(conversation, [self._topic], [])
            await self.control.set_status(conversation, "CLOSED")
        for status in ("OPEN", "CLOSED"):
            await asyncio.sleep(_MOMENT_S)
            for conversation in reopened:
                await self.control.set_status(conversation, status)

    async def open(self, draws: random.Random) -> str:
        """Open a conversation."""
        if not self._customers:
            self._agent, self._topic = (
                await self.control.add_agent("Ann Agent"),
                await self.control.add_topic("Returns"),
            )
            self._customers = [
                await self.control.create_customer({"name": f"Customer {number}", "customAttributes": {"n": number}})
                for number in range(20)
            ]
        return await self.control.open(draws.choice(self._customers), self._agent)

    async def handed_over(self) -> None:
        """Wait until Gladly has delivered everything."""
        await self._get(f"{self.gladly.url}/control/idle?timeout_s={SETTLED_WITHIN_S:.0f}", SETTLED_WITHIN_S + 10)

    async def settled(self, within_s: float = SETTLED_WITHIN_S) -> Progress:
        """Wait until Gladly has delivered everything and the service has settled it."""
        await self.handed_over()
        return await self.until(lambda progress: not sum(progress.pending.values()), within_s)

    async def until(self, reached: Callable[[Progress], bool], within_s: float = SETTLED_WITHIN_S) -> Progress:
        """Wait until the service has come so far. Raises TimeoutError with how far it came."""
        progress = await self.progress()
        try:
            async with asyncio.timeout(within_s):
                while not reached(progress):
                    await asyncio.sleep(_POLL_S)
                    progress = await self.progress()
        except TimeoutError:
            raise TimeoutError(f"after {within_s} s there is {progress}; {self.service.log_end()}") from None
        return progress

    async def progress(self) -> Progress:
        """Read the service's metrics."""
        metrics = MetricsText((await self._get(f"{self.service.admin}/metrics")).decode())
        return Progress(metrics.pending(), metrics.settled(), int(metrics.total("failed_attempts_total")))

    async def judge(self) -> Judgement:
        """Wait for the end of everything, and compare the books."""
        progress = await self.settled()
        return await self.books(progress.settled)

    async def books(self, settled: dict[tuple[str, str], int]) -> Judgement:
        """Compare the books as they stand."""
        gladly = await self._get(f"{self.gladly.url}/control/ledger")
        segment = await self.segment_ledger()
        return judge(gladly, segment, settled, self.excuses)

    async def segment_ledger(self) -> bytes:
        """Read what Segment got."""
        return await self._get(f"{self.segment.url}/control/ledger")

    async def _get(self, url: str, within_s: float = _ANSWER_WITHIN_S) -> bytes:
        async with self.http.get(url, timeout=aiohttp.ClientTimeout(total=within_s)) as answer:
            answer.raise_for_status()
            return await answer.read()


@asynccontextmanager
async def world(*, seed: int) -> AsyncGenerator[World]:
    """Make a world; nothing of it is left afterwards."""
    gladly = await start_gladly(
        GladlyOptions(rate_limit_per_s=1000, time_factor=_ANSWER_LIMIT_FACTOR, retry_after_s=_RETRIES_S, seed=seed)
    )
    segment = await start_segment(SegmentOptions(seed=seed, requests_per_s=100_000))
    with tempfile.TemporaryDirectory(prefix="chaos-") as folder, socket.socket() as reserved:
        # Bound all the time and listening never: nobody else is given the port while the service is dead.
        reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        reserved.bind(("127.0.0.1", 0))
        async with aiohttp.ClientSession() as http:
            made = World(Path(folder), http, gladly, segment, reserved.getsockname()[1])
            made.write_settings()
            try:
                yield made
            finally:
                if made.service.alive:
                    await made.service.kill()
                await gladly.stop()
                await segment.stop()
