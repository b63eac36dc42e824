"""Both histories: that on SQLite, and the one on a list that tests of pages use in its place."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Protocol

import msgspec
import pytest

from gladly_segment.core.ids import Seq
from gladly_segment.core.lifecycle import unsettled
from gladly_segment.history import Bell, SqliteHistory
from gladly_segment.history.file import drop
from gladly_segment.history.store import Store
from gladly_segment.mapping.intake import NotAnEvent, read_event
from gladly_segment.ports.history import Event, History
from gladly_segment.ports.receipts import Portion, Standing
from tests.support.history import HistoryOnAList


class Kept(Protocol):
    """A history, and what fills it."""

    @property
    def history(self) -> History: ...

    def put(self, *receipts: Standing) -> None:
        """Let receipts come, or change."""
        ...

    def lose(self) -> None:
        """Let there be no history any more."""
        ...


class OnAList:
    def __init__(self) -> None:
        self.history = HistoryOnAList()

    def put(self, *receipts: Standing) -> None:
        for each in receipts:
            self.history.put(*_read(each))

    def lose(self) -> None:
        self.history.works = False


class OnSqlite:
    def __init__(self, data_dir: Path, store: Store, bell: Bell) -> None:
        self.history = SqliteHistory(data_dir, self._changes, bell)
        self._data_dir = data_dir
        self._store = store
        self._bell = bell
        self._until = 0

    def put(self, *receipts: Standing) -> None:
        self._until += 1
        self._store.follow(self._store.standpoint(), Portion(until=self._until, receipts=receipts, gone=()))
        self._bell.ring()

    def lose(self) -> None:
        drop(self._data_dir)

    async def _changes(self) -> int:
        return self._until


@asynccontextmanager
async def on_a_list(_: Path) -> AsyncGenerator[Kept]:
    yield OnAList()


@asynccontextmanager
async def on_sqlite(data_dir: Path) -> AsyncGenerator[Kept]:
    store = Store(data_dir, 0)
    store.begin_again(store.standpoint(), 0, Seq(0))
    kept = OnSqlite(data_dir, store, Bell())
    try:
        yield kept
    finally:
        await kept.history.close()
        store.close()


@pytest.fixture(params=[on_a_list, on_sqlite], ids=["list", "sqlite"])
async def kept(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Kept]:
    async with request.param(tmp_path) as kept:
        yield kept


class _Properties(msgspec.Struct, rename="camel"):
    customer_name: str = ""
    email: str = ""


class _Track(msgspec.Struct):
    event: str = ""
    properties: _Properties = msgspec.field(default_factory=_Properties)


def _read(receipt: Standing) -> tuple[Event, str]:
    """Read a receipt as far as those of these tests go: its event, and what else that is found by."""
    told = read_event(receipt.body)
    assert not isinstance(told, NotAnEvent)
    assert told.content is not None
    track = msgspec.json.decode(receipt.payload, type=_Track) if receipt.payload else _Track()
    took = None if unsettled(receipt.state) else receipt.entered_at - receipt.received_at
    event = Event(
        seq=receipt.seq,
        revision=0,
        organization=receipt.organization,
        received_at=receipt.received_at,
        occurred_at=receipt.occurred_at,
        source=receipt.source,
        event_type=receipt.event_type,
        event=track.event,
        customer=told.content.customer_id,
        customer_name=track.properties.customer_name,
        conversation=told.content.conversation_id,
        state=receipt.state,
        reason=receipt.reason,
        attempts=receipt.attempts,
        message_id=receipt.message_id,
        event_id=receipt.event_id,
        ended_at=None if took is None else receipt.entered_at,
        latency_ms=None if took is None else took // timedelta(milliseconds=1),
    )
    return event, track.properties.email
