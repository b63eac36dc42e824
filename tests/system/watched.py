"""A service whose every utterance is kept: vendors that fail and gossip, a collector of traces, commands beside it."""

import asyncio
import os
import sys
from collections.abc import AsyncGenerator, Awaitable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import aiohttp
import msgspec
from aiohttp import web
from yarl import URL

from tests.system import canaries
from tests.system.programs import MODULE, running, start
from tests.system.vendors import Gladly, Segment
from tests.system.world import GLADLY_USER, WEBHOOK_HEADER, WEBHOOK_USERNAME, Service

CRASHING = ("-m", "tests.system.crashing")

_ANY_PORT = {"GLADLY_SEGMENT_ADMIN__PORT": "0"}
_COMMAND_WITHIN_S = 30.0


class Collector:
    """Takes traces, and keeps them."""

    def __init__(self) -> None:
        self.url = ""
        self.taken: list[bytes] = []
        self.authorizations: set[str] = set()

    async def take(self, request: web.Request) -> web.Response:
        self.taken.append(await request.read())
        self.authorizations.add(request.headers.get("Authorization", ""))
        return web.Response()


class Watched:
    """Gladly, Segment and the service between them; `said` is what was said by whom.

    `delivered` is a conversation that was told of.
    """

    def __init__(self, directory: Path, http: aiohttp.ClientSession, collector: Collector, vendors: "Vendors") -> None:
        """`http` shows the admin token, if nothing else is said."""
        self.directory = directory
        self._http = http
        self.gladly = vendors.gladly
        self.segment = vendors.segment
        self.collector = collector
        self.service = Service(http, directory, MODULE, _ANY_PORT)
        self.said: dict[str, str] = {}
        self.delivered = ""

    async def command(self, *arguments: str) -> str:
        """Run a command beside the service, keep what it said, and give it."""
        return (await self.commands(arguments))[0]

    async def commands(self, *several: tuple[str, ...]) -> list[str]:
        """Run several, one after the other, with the service's settings if they name no others."""
        config = ("--config", str(self.directory / "gladly-segment.toml"))
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.system.several"),
            msgspec.json.encode([each if "--config" in each else (*each, *config) for each in several]).decode(),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            env={**_own_environment(), "COLUMNS": "400"},
        )
        async with asyncio.timeout(_COMMAND_WITHIN_S):
            answer, _ = await process.communicate()
        said = msgspec.json.decode(answer, type=list[str])
        self.said |= {" ".join(arguments): each for arguments, each in zip(several, said, strict=True)}
        return said

    async def ask(self, url: str, body: bytes | None = None, **headers: str) -> int:
        """Send a request, keep what was answered, and give the status."""
        request = self._http.request(
            "GET" if body is None else "POST", URL(url, encoded=True), data=body, headers=headers, allow_redirects=False
        )
        async with request as answer:
            text = await answer.text()
        self.said[f"answer {len(self.said)} from {url}"] = f"{answer.status} {answer.headers} {text}"
        return answer.status

    async def crash(self, cause: Awaitable[object]) -> str:
        """Run the service with a fault in it until it has ended for a cause; give what it logged."""
        log = self.directory / "crash.log"
        program = await start(
            *("serve", "--config", str(self.directory / "gladly-segment.toml")),
            log=log,
            program=CRASHING,
            variables={**_ANY_PORT, "GLADLY_SEGMENT_SERVER__PORT": self.service.url.rpartition(":")[2]},
        )
        try:
            await cause
            async with asyncio.timeout(_COMMAND_WITHIN_S):
                await program.process.wait()
        finally:
            await program.kill()
        self.said["a crash"] = log.read_text()
        return self.said["a crash"]

    def traces(self) -> list[bytes]:
        return list(self.collector.taken)

    def stored(self) -> dict[str, bytes]:
        """Everything in the data directory, and the backups beside it."""
        files = [*(self.directory / "data").rglob("*"), *self.directory.glob("*.backup")]
        return {str(file): file.read_bytes() for file in files if file.is_file()}


class Vendors:
    """Both of them."""

    def __init__(self, gladly: Gladly, segment: Segment) -> None:
        self.gladly = gladly
        self.segment = segment


@asynccontextmanager
async def watched(directory: Path) -> AsyncGenerator[Watched]:
    """Start the vendors and the collector, and declare the shop; the service is started by the test."""
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(aiohttp.ClientSession())
        collector = await stack.enter_async_context(_collector())
        vendors = await _vendors(stack, http, directory)
        shown = {"Authorization": f"Bearer {canaries.ADMIN_TOKEN.text}"}
        admin = await stack.enter_async_context(
            aiohttp.ClientSession(headers=shown, cookie_jar=aiohttp.DummyCookieJar())
        )
        world = Watched(directory, admin, collector, vendors)
        _write_settings(directory, collector.url, vendors)
        said = await world.command("organizations", "add", "shop", str(_shop_file(directory, vendors)))
        assert "shop is declared" in said
        await world.service.start()
        stack.push_async_callback(world.service.kill)
        await vendors.gladly.register(
            f"{world.service.url}/webhooks/shop",
            (WEBHOOK_USERNAME, canaries.PASSWORD.text),
            {WEBHOOK_HEADER: canaries.HEADER.text},
        )
        yield world


async def _vendors(stack: AsyncExitStack, http: aiohttp.ClientSession, directory: Path) -> Vendors:
    login = ("--user", GLADLY_USER, "--token", canaries.TOKEN.text)
    pace = ("--rate-limit-per-s", "200", "--time-factor", "150")
    gladly = running("sandbox", "gladly", *login, *pace, log=directory / "gladly.log")
    segment = running("sandbox", "segment", "--write-key", canaries.WRITE_KEY.text, log=directory / "segment.log")
    started = await asyncio.gather(stack.enter_async_context(gladly), stack.enter_async_context(segment))
    return Vendors(
        Gladly(http, started[0].url, (GLADLY_USER, canaries.TOKEN.text)),
        Segment(http, started[1].url),
    )


@asynccontextmanager
async def _collector() -> AsyncGenerator[Collector]:
    collector = Collector()
    application = web.Application(client_max_size=10_000_000)
    application.router.add_post("/v1/traces", collector.take)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    collector.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield collector
    finally:
        await runner.cleanup()


def _write_settings(directory: Path, collector: str, vendors: Vendors) -> None:
    key = directory / "vault.key"
    key.write_text(canaries.VAULT_KEY.text().reveal())
    key.chmod(0o600)
    (directory / "gladly-segment.toml").write_text(
        f"""
data_dir = "{directory / "data"}"
log_format = "json"
log_level = "debug"
[secrets]
key_file = "{key}"
[admin]
token = "{canaries.ADMIN_TOKEN.text}"
[tracing]
endpoint = "{collector}"
headers = {{ Authorization = "{canaries.COLLECTOR_TOKEN.text}" }}
[organizations.refused]
{_organization(vendors, canaries.WRONG_TOKEN, canaries.OTHER_WRITE_KEY)}
"""
    )


def _shop_file(directory: Path, vendors: Vendors) -> Path:
    file = directory / "shop.toml"
    file.write_text(
        f"""{_organization(vendors, canaries.TOKEN, canaries.WRITE_KEY)}
[privacy]
hash_attributes = ["loyalty"]
deny_attributes = ["birthday"]
hash_key = "{canaries.HASH_KEY.text}"
"""
    )
    return file


def _organization(vendors: Vendors, token: canaries.Canary, write_key: canaries.Canary) -> str:
    return f"""
gladly_url = "{vendors.gladly.url}"
gladly_user = "{GLADLY_USER}"
gladly_token = "{token.text}"
segment_host = "{vendors.segment.url}"
segment_write_key = "{write_key.text}"
mirror_secret = "{canaries.MIRROR_SECRET.text}"
webhook_username = "{WEBHOOK_USERNAME}"
webhook_passwords = ["{canaries.PASSWORD.text}"]
webhook_headers = {{ {WEBHOOK_HEADER} = ["{canaries.HEADER.text}"] }}
"""


def _own_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("GLADLY_SEGMENT_")}
