"""An organization with months behind it, both vendors and the service, each a process of its own."""

import asyncio
import sys
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import msgspec

from gladly_segment.core.backfill import Backfill, Phase
from gladly_segment.core.backfill import Order as BackfillOrder
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.past import Span
from gladly_segment.sandbox.gladly.options import GladlyOptions
from gladly_segment.service.backfilling import SqliteBackfills, backfilling
from tests.system.past.follower import Follower
from tests.system.programs import FORKED, MODULE, running
from tests.system.vendors import Gladly, Segment
from tests.system.world import GLADLY_USER, WEBHOOK_HEADER, WEBHOOK_USERNAME, Secrets, Service

ORGANIZATION = "shop"
GLADLY = ("-m", "tests.system.past.gladly")

_LOOK_EVERY_S = 0.3


class Said(msgspec.Struct, frozen=True):
    """How a command ended and what it printed, on both outputs."""

    status: int | None
    text: str


class PastWorld:
    """Made by `past_world`."""

    def __init__(
        self,
        folder: Path,
        http: aiohttp.ClientSession,
        gladly: Gladly,
        segment: Segment,
        service: Service,
        backfills: SqliteBackfills,
    ) -> None:
        self.folder = folder
        self.gladly = gladly
        self.segment = segment
        self.service = service
        self.backfills = backfills
        self.follower = Follower(http, gladly.url)
        self._http = http

    async def seed(self, since: datetime, until: datetime, **order: Any) -> None:
        """Give the organization a past; sizes, shares and seed are the control API's."""
        await self.staff()
        span = {"since": _wire(since), "until": _wire(until)}
        await self.control("past", {**span, **order})

    async def staff(self) -> None:
        """Hire agents and name topics."""
        for name in ("Ann Archer", "Bo Berg", "Cleo Chan"):
            await self.gladly.play.add_agent(name)
        for name in ("Returns", "Shipping", "Billing"):
            await self.gladly.play.add_topic(name)

    async def control(self, path: str, order: dict[str, Any]) -> Any:
        """Give an order to the Gladly sandbox."""
        async with self._http.post(f"{self.gladly.url}/control/{path}", json=order, timeout=_LONG) as answer:
            assert answer.ok, await answer.text()
            return await answer.json()

    async def register(self) -> None:
        """Have Gladly send its webhooks to the service."""
        secrets = Secrets.of(ORGANIZATION)
        login = (WEBHOOK_USERNAME, secrets.webhook_password)
        url = f"{self.service.url}/webhooks/{ORGANIZATION}"
        await self.gladly.register(url, login, {WEBHOOK_HEADER: secrets.webhook_header})

    async def tell(self, body: bytes) -> tuple[int, str]:
        """Send the service a webhook."""
        secrets = Secrets.of(ORGANIZATION)
        login = aiohttp.encode_basic_auth(WEBHOOK_USERNAME, secrets.webhook_password)
        headers = {"Authorization": login, WEBHOOK_HEADER: secrets.webhook_header, "Content-Type": "application/json"}
        return await self.service.post(f"/webhooks/{ORGANIZATION}", body, **headers)

    async def command(self, *arguments: str) -> Said:
        """Run `gladly-segment …` to its end."""
        config = ("--config", str(self.folder / "gladly-segment.toml"))
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, *MODULE, *arguments, *config),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await process.communicate()
        return Said(process.returncode, said.decode())

    async def order(self, since: datetime, until: datetime, **order: Any) -> None:
        """Order a backfill, or let it go on."""
        span = Span(since, until)
        await self.backfills.order(BackfillOrder(organization=OrganizationId(ORGANIZATION), span=span, **order))

    async def stop(self) -> None:
        """Stop the backfill that is under way."""
        assert await self.backfills.stop(OrganizationId(ORGANIZATION)) is not None

    async def backfill(self) -> Backfill:
        """See how far it is."""
        (latest,) = await self.backfills.latest()
        return latest

    async def becomes(self, phase: Phase, within_s: float = 60) -> Backfill:
        """Wait until the backfill is in a phase."""
        deadline = time.monotonic() + within_s
        while (found := await self.backfill()).phase is not phase:
            if time.monotonic() > deadline:
                raise AssertionError(f"not {phase} but {found}: {self.service.logged()[-2000:]}")
            await asyncio.sleep(_LOOK_EVERY_S)
        return found

    async def stored(self, events: int, within_s: float) -> bool:
        """Wait until Segment has so many events; False when it takes longer."""
        query = {"stored": str(events), "timeout_s": str(within_s)}
        async with self._http.get(f"{self.segment.url}/control/await", params=query, timeout=_LONG) as answer:
            return (await answer.json())["reached"]

    async def settled(self, within_s: float = 60) -> dict[tuple[str, str], int]:
        """Wait until Gladly has delivered and nothing is pending; give how many ended as (outcome, reason)."""
        await self.gladly.all_delivered()
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            account = await self.service.account(ORGANIZATION)
            if account.pending == 0:
                return dict(account.outcomes)
            await asyncio.sleep(_LOOK_EVERY_S)
        raise AssertionError(f"something is still pending: {self.service.logged()[-2000:]}")


_LONG = aiohttp.ClientTimeout(total=600)


@asynccontextmanager
async def past_world(
    folder: Path, options: GladlyOptions, *, share: float = 0.8, program: tuple[str, ...] = MODULE
) -> AsyncGenerator[PastWorld]:
    """Start everything, each a process, and register the webhook. Of the rate limit the service takes `share`."""
    asked = msgspec.json.encode(known_to_the_service(options)).decode()
    key = ("--write-key", Secrets.of(ORGANIZATION).segment_write_key)
    async with (
        running(asked, log=folder / "gladly.log", program=GLADLY) as gladly,
        running("sandbox", "segment", *key, log=folder / "segment.log", program=FORKED) as segment,
        served(folder, gladly.url, segment.url, share=share, program=program) as world,
    ):
        yield world


def known_to_the_service(options: GladlyOptions) -> GladlyOptions:
    """Let Gladly know the service's user and token."""
    return msgspec.structs.replace(options, user=GLADLY_USER, token=Secrets.of(ORGANIZATION).gladly_token)


@asynccontextmanager
async def served(
    folder: Path,
    gladly: str,
    segment: str,
    *,
    share: float = 0.8,
    program: tuple[str, ...] = MODULE,
    variables: Mapping[str, str] | None = None,
) -> AsyncGenerator[PastWorld]:
    """Start the service between vendors that run, and register the webhook."""
    secrets = Secrets.of(ORGANIZATION)
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(aiohttp.ClientSession(timeout=_LONG))
        (folder / "gladly-segment.toml").write_text(_settings(folder, secrets, gladly, segment, share))
        service = Service(http, folder, program, variables or {})
        login = (GLADLY_USER, secrets.gladly_token)
        backfills = await stack.enter_async_context(backfilling(folder / "data"))
        world = PastWorld(folder, http, Gladly(http, gladly, login), Segment(http, segment), service, backfills)
        await service.start()
        stack.push_async_callback(service.kill)
        await world.register()
        yield world


def _settings(folder: Path, secrets: Secrets, gladly: str, segment: str, share: float) -> str:
    lines = [
        f'data_dir = "{folder / "data"}"',
        'log_format = "json"',
        f"[organizations.{ORGANIZATION}]",
        f'gladly_url = "{gladly}"',
        f'gladly_user = "{GLADLY_USER}"',
        f'gladly_token = "{secrets.gladly_token}"',
        f"gladly_share = {share}",
        f'segment_host = "{segment}"',
        f'segment_write_key = "{secrets.segment_write_key}"',
        f'webhook_username = "{WEBHOOK_USERNAME}"',
        f'webhook_passwords = ["{secrets.webhook_password}"]',
        f'webhook_headers = {{ {WEBHOOK_HEADER} = ["{secrets.webhook_header}"] }}',
    ]
    return "\n".join((*lines, ""))


def now() -> datetime:
    """The machine's time, which all processes share."""
    return datetime.fromtimestamp(time.time(), UTC)


def _wire(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
