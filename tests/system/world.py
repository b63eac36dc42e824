"""The whole of it on loopback, each a process of its own: Gladly, the service and Segment, for one or more shops."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence, Set
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import aiohttp
import msgspec

from gladly_segment.cli.demo.metrics_text import MetricsText
from gladly_segment.sandbox.audit import AuditReport, audit
from tests.system.programs import FORKED, MODULE, Program, running, start
from tests.system.vendors import Gladly, Segment

GLADLY_USER = "api@shop.example"
WEBHOOK_USERNAME = "gladly"
WEBHOOK_HEADER = "X-Webhook-Key"

_LOOK_EVERY_S = 0.05
"""The service tells of itself by metrics alone, and those can only be asked for."""

_LOOKS = 1_000


class Secrets(msgspec.Struct, frozen=True):
    """Of one shop; each is easy to find again where it must not be."""

    gladly_token: str
    segment_write_key: str
    webhook_password: str
    webhook_header: str

    @classmethod
    def of(cls, shop: str) -> "Secrets":
        return cls(*(f"canary-{name}-of-{shop}" for name in ("token", "write-key", "password", "header")))


class Shop(msgspec.Struct, frozen=True):
    """One organization: what it is called, and its vendors."""

    name: str
    secrets: Secrets
    gladly: Gladly
    segment: Segment


class Settled(msgspec.Struct, frozen=True):
    """The service's own account: how many receipts ended as (outcome, reason), and how many are pending."""

    outcomes: Mapping[tuple[str, str], int]
    pending: int


class Service:
    """The service under test; it can be killed and started again at the same address."""

    def __init__(
        self, http: aiohttp.ClientSession, directory: Path, program: tuple[str, ...], variables: Mapping[str, str]
    ) -> None:
        self.directory = directory
        self.log = directory / "service.log"
        self.data_dir = directory / "data"
        self.url = ""
        self.admin = ""
        self._http = http
        self._program = program
        self._variables = variables
        self._running: Program | None = None

    @property
    def pid(self) -> int:
        return self._started().process.pid

    async def start(self) -> None:
        """Start it; after the first time at the same address."""
        port = self.url.rpartition(":")[2] or "0"
        self._running = await start(
            "serve",
            "--config",
            str(self.directory / "gladly-segment.toml"),
            log=self.log,
            program=self._program,
            variables={
                "GLADLY_SEGMENT_ADMIN__PORT": "0",
                **self._variables,
                "GLADLY_SEGMENT_SERVER__PORT": port,
            },
        )
        self.url, self.admin = self._running.url, self._running.admin

    async def kill(self) -> None:
        await self._started().kill()

    async def stop(self) -> int:
        return await self._started().stop()

    async def get(self, path: str) -> tuple[int, str]:
        async with self._http.get(self.url + path) as answer:
            return answer.status, await answer.text()

    async def post(self, path: str, body: bytes, **headers: str) -> tuple[int, str]:
        async with self._http.post(self.url + path, data=body, headers=headers) as answer:
            return answer.status, await answer.text()

    async def look(self, path: str) -> tuple[int, str]:
        """Ask the admin listener, with its token where it has one."""
        token = self._variables.get("GLADLY_SEGMENT_ADMIN__TOKEN")
        headers = {"Authorization": f"Bearer {token}"} if token else None
        async with self._http.get(self.admin + path, headers=headers) as answer:
            return answer.status, await answer.text()

    async def metrics(self) -> MetricsText:
        """What it tells of itself; nothing while the journal does not work."""
        status, exposition = await self.look("/metrics")
        assert status in {200, 503}, exposition
        return MetricsText(exposition if status == 200 else "")

    async def sample(self, name: str, **labels: str) -> float:
        """The value of a metric, 0 while it cannot be seen; all series with these labels together."""
        return (await self.metrics()).total(name, **labels)

    async def until(self, value: float, name: str, **labels: str) -> None:
        """Wait until a metric has at least a value."""
        for _ in range(_LOOKS):
            if await self.sample(name, **labels) >= value:
                return
            await asyncio.sleep(_LOOK_EVERY_S)
        raise AssertionError(f"{name} did not become {value}")

    async def settled(self, organization: str) -> Settled:
        """Wait until nothing of an organization is pending."""
        for _ in range(_LOOKS):
            account = await self.account(organization)
            if account.pending == 0:
                return account
            await asyncio.sleep(_LOOK_EVERY_S)
        raise AssertionError("something is still pending")

    async def account(self, organization: str) -> Settled:
        metrics = await self.metrics()
        pending = metrics.pending(organization=organization)
        return Settled(metrics.settled(organization=organization), sum(pending.values()))

    def logged(self) -> str:
        return self.log.read_text()

    def _started(self) -> Program:
        assert self._running is not None, "the service was never started"
        return self._running


class World:
    """Shops and the service between their vendors."""

    def __init__(self, service: Service, shops: Sequence[Shop], http: aiohttp.ClientSession) -> None:
        self.service = service
        self.shops = {shop.name: shop for shop in shops}
        self.http = http

    @property
    def shop(self) -> Shop:
        """The only one."""
        (shop,) = self.shops.values()
        return shop

    async def audit(self, name: str = "shop", *, unwanted: Set[str] = frozenset()) -> AuditReport:
        """Wait until all webhooks of a shop are delivered and all receipts settled, and compare the books."""
        shop = self.shops[name]
        await shop.gladly.all_delivered()
        settled = await self.service.settled(name)
        return audit(await shop.gladly.books(), await shop.segment.books(), settled.outcomes, unwanted=unwanted)


@asynccontextmanager
async def world(
    directory: Path,
    *names: str,
    rate_limit_per_s: int = 200,
    time_factor: float = 150.0,
    program: tuple[str, ...] = MODULE,
    variables: Mapping[str, str] | None = None,
) -> AsyncGenerator[World]:
    """Start everything for the named shops, and register the service's webhooks at each one's Gladly."""
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(aiohttp.ClientSession())
        pace = ("--rate-limit-per-s", str(rate_limit_per_s), "--time-factor", str(time_factor))
        shops = await asyncio.gather(*(_open(stack, http, directory, name, pace) for name in names))
        (directory / "gladly-segment.toml").write_text(_settings(directory, shops))
        service = Service(http, directory, program, variables or {})
        await service.start()
        stack.push_async_callback(service.kill)
        for shop in shops:
            login = (WEBHOOK_USERNAME, shop.secrets.webhook_password)
            headers = {WEBHOOK_HEADER: shop.secrets.webhook_header}
            await shop.gladly.register(f"{service.url}/webhooks/{shop.name}", login, headers)
        yield World(service, shops, http)


async def _open(
    stack: AsyncExitStack, http: aiohttp.ClientSession, directory: Path, name: str, pace: tuple[str, ...]
) -> Shop:
    secrets = Secrets.of(name)
    login = ("--user", GLADLY_USER, "--token", secrets.gladly_token)
    gladly = running("sandbox", "gladly", *login, *pace, log=directory / f"gladly-{name}.log", program=FORKED)
    key = ("--write-key", secrets.segment_write_key)
    segment = running("sandbox", "segment", *key, log=directory / f"segment-{name}.log", program=FORKED)
    started = await asyncio.gather(stack.enter_async_context(gladly), stack.enter_async_context(segment))
    return Shop(
        name,
        secrets,
        Gladly(http, started[0].url, (GLADLY_USER, secrets.gladly_token)),
        Segment(http, started[1].url),
    )


def _settings(directory: Path, shops: Sequence[Shop]) -> str:
    lines = [f'data_dir = "{directory / "data"}"', 'log_format = "json"', 'log_level = "debug"']
    for shop in shops:
        token = directory / f"token-of-{shop.name}"
        token.write_text(f"{shop.secrets.gladly_token}\n")
        lines += [
            f"[organizations.{shop.name}]",
            f'gladly_url = "{shop.gladly.url}"',
            f'gladly_user = "{GLADLY_USER}"',
            f'gladly_token_file = "{token}"',
            f'segment_host = "{shop.segment.url}"',
            f'segment_write_key = "{shop.secrets.segment_write_key}"',
            f'webhook_username = "{WEBHOOK_USERNAME}"',
            f'webhook_passwords = ["{shop.secrets.webhook_password}"]',
            f'webhook_headers = {{ {WEBHOOK_HEADER} = ["{shop.secrets.webhook_header}"] }}',
        ]
    return "\n".join((*lines, ""))
