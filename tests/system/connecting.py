"""`connect` and `disconnect` as processes, between a Gladly and a Segment that are played in the test itself."""

import asyncio
import os
import socket
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
from aiohttp import web

from gladly_segment.sandbox.gladly.options import GladlyOptions
from gladly_segment.sandbox.gladly.server import start_gladly
from gladly_segment.sandbox.segment.options import SegmentOptions
from gladly_segment.sandbox.segment.server import start_segment
from gladly_segment.service.beside import has_journal, registering
from tests.system.programs import MODULE, start
from tests.system.vendors import Gladly, Segment

USER = "api@shop.example"
TOKEN = "canary-token-4f1c"
WRITE_KEY = "canary-write-key-9d2e"
OTHER_KEY = "canary-other-key-77aa"
NAME = "shop"

LOOKS = 400

_UNLIMITED_PER_S = 10_000


class Ended(msgspec.Struct, frozen=True):
    """What a command said, and how it ended."""

    status: int
    out: str
    err: str

    @property
    def steps(self) -> Mapping[str, str]:
        """The last outcome of each step, of a run with --json."""
        documents = [msgspec.json.decode(line) for line in self.out.splitlines()]
        return {each["step"]: each["outcome"] for each in documents if "step" in each}

    @property
    def refused(self) -> str:
        """Why it was refused, of a run with --json."""
        assert self.status == 2, self
        return msgspec.json.decode(self.out.splitlines()[-1])["refused"]

    @property
    def complaint(self) -> str:
        assert self.status == 2, self
        return self.err.removeprefix("error: ")


class Bench:
    """Both vendors, a data directory with nothing in it, and a port that is free."""

    def __init__(
        self, http: aiohttp.ClientSession, directory: Path, port: int, gladly_url: str, segment_url: str
    ) -> None:
        self.gladly = Gladly(http, gladly_url, (USER, TOKEN))
        self.segment = Segment(http, segment_url)
        self.directory = directory
        self.data_dir = directory / "data"
        self.port = port
        self.address = f"http://127.0.0.1:{self.port}/webhooks/{NAME}"
        self._http = http
        (directory / "token").write_text(f"{TOKEN}\n")
        (directory / "write-key").write_text(f"{WRITE_KEY}\n")
        (directory / "other-key").write_text(f"{OTHER_KEY}\n")

    @property
    def variables(self) -> dict[str, str]:
        own = {name: value for name, value in os.environ.items() if not name.startswith("GLADLY_SEGMENT_")}
        return {
            **own,
            "COLUMNS": "250",
            "GLADLY_SEGMENT_SERVER__PORT": str(self.port),
            "GLADLY_SEGMENT_ADMIN__PORT": "0",
            "GLADLY_SEGMENT_DATA_DIR": str(self.data_dir),
        }

    def flags(self, **but: str | None) -> Sequence[str]:
        """All that `connect` needs; an underscore stands for a hyphen, None leaves a flag out."""
        flags = {
            "gladly_user": USER,
            "gladly_token_file": str(self.directory / "token"),
            "gladly_url": self.gladly.url,
            "segment_write_key_file": str(self.directory / "write-key"),
            "segment_region": "us",
            "segment_host": self.segment.url,
            "public_url": f"http://127.0.0.1:{self.port}",
            **but,
        }
        return [
            text
            for name, value in flags.items()
            if value is not None
            for text in (f"--{name.replace('_', '-')}", value)
        ]

    def arguments(self, *arguments: str) -> Sequence[str]:
        return (sys.executable, *MODULE, *arguments)

    async def run(self, *arguments: str) -> Ended:
        """Run a command to its end."""
        process = await asyncio.create_subprocess_exec(
            *self.arguments(*arguments), stdin=DEVNULL, stdout=PIPE, stderr=PIPE, env=self.variables
        )
        out, err = await process.communicate()
        assert process.returncode is not None
        return Ended(process.returncode, out.decode(), err.decode())

    async def connect(self, *more: str, **but: str | None) -> Ended:
        """Run `connect` with all flags."""
        return await self.run("connect", NAME, "--json", *more, *self.flags(**but))

    async def webhooks(self) -> list[dict[str, Any]]:
        """Give the webhooks at Gladly."""
        async with self._http.get(self._api, headers=self._login) as answer:
            return await answer.json()

    async def register(self, **fields: Any) -> str:
        """Register a webhook as somebody else would, and give its id."""
        fields = {"events": ["CONVERSATION/CREATED"], **fields}
        async with self._http.post(self._api, json=fields, headers=self._login) as answer:
            assert answer.status == 201, await answer.text()
            return answer.headers["Location"].rpartition("/")[2]

    async def change(self, webhook: str, **fields: Any) -> None:
        async with self._http.patch(f"{self._api}/{webhook}", json=fields, headers=self._login) as answer:
            assert answer.status == 204, await answer.text()

    async def delete(self, webhook: str) -> None:
        async with self._http.delete(f"{self._api}/{webhook}", headers=self._login) as answer:
            assert answer.status == 204, await answer.text()

    async def listed(self) -> list[str]:
        """Name the organizations that are declared."""
        if not has_journal(self.data_dir):
            return []
        async with registering(self.data_dir) as registry:
            return [each.name for each in await registry.declared()]

    async def nothing_is_left(self) -> bool:
        return not await self.webhooks() and not await self.listed()

    @property
    def _api(self) -> str:
        return f"{self.gladly.url}/api/v1/webhooks"

    @property
    def _login(self) -> dict[str, str]:
        return {"Authorization": aiohttp.encode_basic_auth(USER, TOKEN)}


@asynccontextmanager
async def bench(directory: Path, *, strict: bool = False) -> AsyncGenerator[Bench]:
    """Start both vendors; a `strict` Segment refuses keys that it does not know."""
    async with AsyncExitStack() as stack:
        # Bound all the time and listening never: nobody else is given the port before the service is.
        reserved = stack.enter_context(socket.socket())
        reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        reserved.bind(("127.0.0.1", 0))
        http = await stack.enter_async_context(aiohttp.ClientSession())
        options = GladlyOptions(user=USER, token=TOKEN, rate_limit_per_s=_UNLIMITED_PER_S, time_factor=150.0)
        gladly = await stack.enter_async_context(await start_gladly(options))
        flavour = "strict" if strict else "segment"
        segment = await stack.enter_async_context(
            await start_segment(SegmentOptions(write_keys=(WRITE_KEY, OTHER_KEY), flavour=flavour))
        )
        yield Bench(http, directory, reserved.getsockname()[1], gladly.url, segment.url)


class Stranger:
    """Something else that listens where webhooks are to go; it answers with `status`, to so many as it does at all."""

    def __init__(self) -> None:
        self.url = ""
        self.status = 404
        self.answers = 1_000
        self.logins: list[str] = []
        self.silent = asyncio.Event()
        self.left = asyncio.Event()

    async def answer(self, request: web.Request) -> web.Response:
        self.logins.append(request.headers["Authorization"])
        if len(self.logins) > self.answers:
            self.silent.set()
            await self.left.wait()
        return web.Response(status=self.status, headers={"Location": "https://elsewhere.example"})


@asynccontextmanager
async def listening_stranger() -> AsyncGenerator[Stranger]:
    listening = Stranger()
    app = web.Application()
    app.router.add_post("/{path:.*}", listening.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    listening.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield listening
    finally:
        listening.left.set()
        await runner.cleanup()


@asynccontextmanager
async def started(shop: Bench, *arguments: str) -> AsyncGenerator[Process]:
    with (shop.directory / "started.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *shop.arguments(*arguments), stdin=DEVNULL, stdout=PIPE, stderr=log, env=shop.variables
        )
    try:
        yield process
    except AssertionError as error:
        error.add_note((shop.directory / "started.log").read_text())
        raise
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def until(process: Process, reached: Callable[[dict[str, Any]], bool]) -> None:
    """Read what a process prints, until a document says that it came so far."""
    assert process.stdout is not None
    async with asyncio.timeout(30):
        async for line in process.stdout:
            if reached(msgspec.json.decode(line)):
                return
    raise AssertionError("it ended before")


@asynccontextmanager
async def serving(shop: Bench) -> AsyncGenerator[None]:
    variables = {name: value for name, value in shop.variables.items() if name.startswith("GLADLY_SEGMENT_")}
    variables["GLADLY_SEGMENT_LOG_FORMAT"] = "json"
    service = await start("serve", log=shop.directory / "service.log", variables=variables)
    try:
        yield
    finally:
        await service.kill()


async def told(shop: Bench, text: str) -> None:
    """Wait until the service has logged something."""
    for _ in range(LOOKS):
        if text in (shop.directory / "service.log").read_text():
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"{text} was not logged")


def texts_in(directory: Path) -> bytes:
    return b"\n".join(path.read_bytes() for path in directory.rglob("*") if path.is_file())
