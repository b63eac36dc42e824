import asyncio
import base64
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

import aiohttp
import msgspec
import pytest
from multidict import CIMultiDictProxy

from gladly_segment.core.credentials import WebhookCredentials, webhook_credentials
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.lifecycle import Stage
from gladly_segment.core.organization import Limits
from gladly_segment.core.records import Appended, Entry, Receipt
from gladly_segment.core.secret import Secret
from gladly_segment.journals.sqlite import SqliteJournal, open_journal
from gladly_segment.mirrors import SqliteArrivals
from gladly_segment.ports.journal import Journal
from gladly_segment.receive import Door, Doors, Receiver
from gladly_segment.transport.certificates import TlsFiles
from gladly_segment.transport.listener import Bounds
from tests.support.clock import START, ManualClock
from tests.support.journals import JournalInTrouble
from tests.support.observer import RecordingObserver
from tests.unit.transport.bounds import bounded

__all__ = ["bounded"]

SHOP = OrganizationId("shop")
OTHER_SHOP = OrganizationId("other-shop")
USERNAME = "gladly"
PASSWORD = "canary-password-1"
NEXT_PASSWORD = "canary-password-2"
LOGIN = b"Authorization: Basic " + base64.b64encode(f"{USERNAME}:{PASSWORD}".encode()) + b"\r\n"
HEADER = "X-Webhook-Key"
HEADER_VALUE = "canary-header-1"
NEXT_HEADER_VALUE = "canary-header-2"

CLOSED = msgspec.json.encode(
    {
        "id": "e-1",
        "type": "CONVERSATION/CLOSED",
        "timestamp": "2026-03-01T11:59:59.123456789Z",
        "initiator": {"id": "a-1", "type": "AGENT"},
        "content": {"customerId": "u-1", "conversationId": "c-1", "context": {"assignee": {"inboxId": "i-1"}}},
    }
)


class Answer(msgspec.Struct):
    status: int
    headers: CIMultiDictProxy[str]
    body: bytes

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.body)

    @property
    def code(self) -> str:
        assert self.headers["Content-Type"] == "application/json"
        return self.json["error"]["code"]


class HeldJournal(JournalInTrouble):
    """The journal port on another one: while `durable` is not set, nothing becomes durable."""

    def __init__(self, journal: Journal) -> None:
        super().__init__(journal)
        self.durable = asyncio.Event()
        self.durable.set()
        self.appending = asyncio.Event()

    async def append(self, receipt: Receipt) -> Appended:
        self.appending.set()
        await self.durable.wait()
        return await super().append(receipt)


class Reception:
    """A receiver on a real socket with a real journal on disk."""

    def __init__(self, receiver: Receiver, url: str, journal: HeldJournal, http: aiohttp.ClientSession) -> None:
        self.receiver = receiver
        self.url = url
        self.journal = journal
        self._http = http

    async def post(
        self,
        body: Any = CLOSED,
        *,
        organization: str = SHOP,
        auth: tuple[str, str] | None = (USERNAME, PASSWORD),
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        login = {"Authorization": aiohttp.encode_basic_auth(*auth)} if auth else {}
        return await self.ask("POST", f"/webhooks/{organization}", data=body, headers={**login, **(headers or {})})

    async def ask(self, method: str, path: str, **request: Any) -> Answer:
        async with self._http.request(method, self.url + path, **request) as response:
            return Answer(response.status, response.headers, await response.read())

    async def raw(self, request: bytes, *, ends: bool = False) -> bytes:
        """Send bytes on a connection of their own, maybe nothing more after them, and read until its end."""
        host, port = self.url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        try:
            writer.write(request)
            await writer.drain()
            if ends:
                writer.write_eof()
            return await reader.read()
        except ConnectionError:
            return b""
        finally:
            writer.close()

    async def received(self) -> Sequence[Entry]:
        """What waits to be enriched."""
        return await self.journal.claim(Stage.ENRICH, SHOP, 100)


def credentials(
    username: str | None, passwords: Sequence[str], headers: Mapping[str, Sequence[str]] | None = None
) -> WebhookCredentials:
    return webhook_credentials(
        username=username,
        passwords=[Secret(each) for each in passwords],
        headers={name: [Secret(each) for each in values] for name, values in (headers or {}).items()},
        draw_salt=lambda: b"salt",
    )


def basic(*passwords: str) -> WebhookCredentials:
    return credentials(USERNAME, passwords)


def static(*values: str) -> WebhookCredentials:
    return credentials(None, [], {HEADER: values})


EASY = basic(PASSWORD)
BOTH = credentials(USERNAME, [PASSWORD, NEXT_PASSWORD], {HEADER: [HEADER_VALUE, NEXT_HEADER_VALUE]})


def door(
    wanted: WebhookCredentials,
    *,
    backlog: int | None = None,
    webhooks_per_s: float | None = None,
    mirror: Secret | None = None,
) -> Door:
    age = timedelta(hours=1)
    return Door(
        wanted,
        Limits(enrich_max_age=age, deliver_max_age=age, backlog=backlog, webhooks_per_s=webhooks_per_s),
        mirror,
    )


class StartReception(Protocol):
    """Starts a receiver; without `doors` these credentials open the doors of two shops."""

    async def __call__(
        self,
        wanted: WebhookCredentials = ...,
        *,
        doors: Doors | None = ...,
        pending: Callable[[OrganizationId], int | None] = ...,
        bounds: Bounds | None = ...,
        tls: TlsFiles | None = ...,
    ) -> Reception: ...


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture
def observer() -> RecordingObserver:
    return RecordingObserver()


@pytest.fixture
async def journal(tmp_path: Path, clock: ManualClock) -> AsyncIterator[SqliteJournal]:
    journal = await open_journal(tmp_path / "data", clock)
    yield journal
    await journal.close()


@pytest.fixture
async def arrivals(tmp_path: Path, clock: ManualClock) -> AsyncIterator[SqliteArrivals]:
    arrivals = SqliteArrivals(tmp_path / "data", clock)
    yield arrivals
    await arrivals.close()


@pytest.fixture
async def start_reception(
    journal: SqliteJournal, arrivals: SqliteArrivals, clock: ManualClock, observer: RecordingObserver
) -> AsyncIterator[StartReception]:
    async with AsyncExitStack() as running:
        http = await running.enter_async_context(aiohttp.ClientSession())

        async def start(
            wanted: WebhookCredentials = EASY,
            *,
            doors: Doors | None = None,
            pending: Callable[[OrganizationId], int | None] = lambda _: None,
            bounds: Bounds | None = None,
            tls: TlsFiles | None = None,
        ) -> Reception:
            held = HeldJournal(journal)
            if doors is None:
                doors = Doors()
                doors.replace(dict.fromkeys((SHOP, OTHER_SHOP), door(wanted)))
            receiver = Receiver(
                doors,
                journal=held,
                arrivals=arrivals,
                clock=clock,
                observer=observer,
                pending=pending,
                bounds=bounds,
                tls=tls,
            )
            url = await receiver.start("127.0.0.1", 0)
            running.push_async_callback(receiver.stop)
            return Reception(receiver, url, held, http)

        yield start


@pytest.fixture
async def reception(start_reception: StartReception) -> Reception:
    return await start_reception()
