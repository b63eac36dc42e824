from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from typing import Any

import aiohttp
import msgspec
import pytest

from gladly_segment.admin import AccessRules, Admin
from gladly_segment.core.errors import ConnectRefusedError, GladlySegmentError, InputError
from gladly_segment.core.ids import OrganizationId
from gladly_segment.debugger.connect import ConnectHandlers, Drafts, RunsHandlers
from gladly_segment.debugger.connect.watched import (
    Entry,
    Known,
    Line,
    Planned,
    Run,
    RunKind,
    RunState,
    Seen,
    Tested,
)
from gladly_segment.debugger.frame import STATIC, Frames
from tests.support.clock import ManualClock
from tests.support.desk import FROM_PAGE, OPEN, SHOP, Answer, Desk, WatchedService
from tests.support.observer import RecordingObserver
from tests.unit.transport.bounds import bounded

__all__ = ["bounded"]

CODE = "ABC234"
TOKEN = "canary-gladly-token"
WRITE_KEY = "canary-write-key"
ADDRESS = "https://hooks.example.com/webhooks/acme"


def refused(reason: str) -> ConnectRefusedError:
    return ConnectRefusedError(reason, f"it is {reason}", hint="do this")


class Wizard:
    """The port, with whatever a test makes of it."""

    def __init__(self) -> None:
        self.known = [Known(name=SHOP, is_of_file=False, is_paused=False)]
        self.wrong: dict[str, GladlySegmentError] = {}
        self.asked: list[tuple[str, Entry]] = []
        self.seen = Seen(line=Line("gladly", "ok", "the token opens what is needed"), is_known=False)
        self.code = CODE
        self.foreign = ""
        self.runs: dict[str, Run] = {}
        self.by: list[str] = []
        self.begun: tuple[str, bool] | None = None
        self.connected: Callable[[], None] = lambda: None

    def organizations(self) -> Sequence[Known]:
        return self.known

    async def see_gladly(self, entry: Entry) -> Seen:
        self._ask("gladly", entry)
        return self.seen

    async def test_source(self, entry: Entry) -> Tested:
        self._ask("source", entry)
        return Tested(lines=[Line("write_key", "ok", "it may be used")], code=self.code)

    def told_of_proof(self, code: str, *, seen: bool | None) -> Line:
        if seen is False:
            raise refused("test_event_not_seen")
        return Line("test_event", "ok" if seen else "skipped", "proven" if seen else f"look for {code}")

    def is_code(self, typed: str, code: str) -> bool:
        return typed == code

    def address(self, text: str, organization: str) -> str:
        if not text.startswith("https://"):
            raise InputError("the public url is not https", hint="give one like that")
        return f"{text}/webhooks/{organization}"

    async def plan(self, entry: Entry, address: str) -> Planned:
        self._ask("plan", entry)
        return Planned(at_gladly=(f"Register {address}",), here=("Declare it",), foreign=self.foreign)

    async def connect(
        self, entry: Entry, address: str, *, take_over: bool, by: str, draft: str, connected: Callable[[], None]
    ) -> str:
        self._ask("connect", entry)
        self.by.append(by)
        self.begun = (address, take_over)
        self.connected = connected
        return self._run(RunKind.CONNECT, entry.organization, draft)

    async def disconnect(self, organization: str, *, drop_waiting: bool, by: str) -> str:
        self.by.append(f"{by} drops" if drop_waiting else by)
        return self._run(RunKind.DISCONNECT, organization, "")

    def run(self, id_: str) -> Run | None:
        return self.runs.get(id_)

    def cancel(self, id_: str) -> None:
        self.runs[id_] = msgspec.structs.replace(self.runs[id_], state=RunState.CANCELLED)

    def _ask(self, what: str, entry: Entry) -> None:
        self.asked.append((what, entry))
        if what in self.wrong:
            raise self.wrong[what]

    def _run(self, kind: RunKind, organization: str, draft: str) -> str:
        self.runs["r1"] = Run(id="r1", kind=kind, organization=OrganizationId(organization), draft=draft)
        return "r1"


class Visitor:
    """Somebody with a browser at the wizard."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.draft = ""

    async def see(self, path: str = "") -> Answer:
        answer = await self.desk.get(path or f"/connect?draft={self.draft}")
        assert answer.status == 200, answer.text
        return answer

    async def send(self, path: str, **fields: str) -> Answer:
        """Send a form of the page, and see where it leads."""
        page = await self.desk.get("/connect")
        form = {"form_token": page.form_token, "draft": self.draft, **fields}
        answer = await self.desk.post(path, FROM_PAGE, **form)
        if answer.status == 303 and "draft=" in answer.location:
            self.draft = answer.location.partition("draft=")[2]
        return answer

    async def gladly(self, **fields: str) -> Answer:
        given = {"organization": "acme", "gladly_user": "api@acme.example", "gladly_token": TOKEN}
        return await self.send("/connect/gladly", **{**given, **fields})

    async def source(self, **fields: str) -> Answer:
        return await self.send("/connect/source", segment_write_key=WRITE_KEY, segment_region="us", **fields)

    async def until_plan(self) -> None:
        await self.gladly()
        await self.source()
        await self.send("/connect/proof", code=CODE)
        await self.send("/connect/address", public_url="https://hooks.example.com")

    async def json(self) -> Any:
        return (await self.desk.get(f"/connect.json?draft={self.draft}")).json


def secrets_of(entry: Entry) -> dict[str, str]:
    return {key: secret.reveal() for key, secret in entry.secrets.items()}


@pytest.fixture
def wizard() -> Wizard:
    return Wizard()


@pytest.fixture
def drafts() -> Drafts:
    return Drafts()


@pytest.fixture
async def open_desk(wizard: Wizard, drafts: Drafts) -> AsyncIterator[Callable[[AccessRules], Awaitable[Desk]]]:
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()))

        async def opened(rules: AccessRules) -> Desk:
            frames = Frames(lambda: [each.name for each in wizard.known])
            routes = (*ConnectHandlers(frames, wizard, drafts).routes(), *RunsHandlers(frames, wizard).routes())
            watched, observer = WatchedService(), RecordingObserver()
            admin = Admin(watched, rules, clock=ManualClock(), observer=observer, routes=routes, static=STATIC)
            url = await admin.start("127.0.0.1", 0)
            stack.push_async_callback(admin.stop)
            return Desk(admin, url, http)

        yield opened


@pytest.fixture
async def desk(open_desk: Callable[[AccessRules], Awaitable[Desk]]) -> Desk:
    """The wizard behind a door that is open on loopback."""
    return await open_desk(OPEN)


@pytest.fixture
def visitor(desk: Desk) -> Visitor:
    return Visitor(desk)
