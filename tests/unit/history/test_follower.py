"""The history of a running service: woken, shed, made again, and never in anybody's way."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import closing

import pytest

from gladly_segment.core.errors import HistoryUnavailableError
from gladly_segment.core.history_signals import HistoryFollowed, HistoryRebuilt, HistoryShed, HistoryTrouble
from gladly_segment.core.identity import event_key
from gladly_segment.core.lifecycle import Stage, State
from gladly_segment.core.records import Appended
from gladly_segment.core.signals import ReceiptAppended
from gladly_segment.history import Bell, Follower, JournalBell, follower
from gladly_segment.history.file import FILE_NAME
from gladly_segment.history.store import Store
from gladly_segment.ports.history import Progress, Search
from gladly_segment.ports.receipts import Missed, Portion
from tests.support.clock import START
from tests.support.observer import RecordingObserver
from tests.support.receipts import SHOP, conversation_event, taken_in
from tests.unit.history.projecting import Beside, content_of
from tests.unit.history.standing import standing

PATIENCE_S = 30


class Followed:
    """A follower that runs, and what it tells."""

    def __init__(self, beside: Beside) -> None:
        self.observer = RecordingObserver()
        self._beside = beside
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        changes, projector = self._beside.journal.changes, self._beside.projector
        self._follower = Follower(projector, changes, JournalBell(), Bell(), self.observer)
        self.note_damage = self._follower.note_damage
        self._task = asyncio.create_task(self._follower.run())

    async def stop(self) -> None:
        assert self._task is not None
        assert not self._task.done()
        self._task.cancel()
        await asyncio.wait((self._task,))

    async def until(self, is_so: Callable[[Progress], bool]) -> Progress:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                try:
                    progress = await self._beside.history.progress()
                except HistoryUnavailableError:
                    progress = None
                if progress is not None and is_so(progress):
                    return progress
                await asyncio.sleep(0.01)

    async def has(self, events: int) -> Progress:
        return await self.until(lambda now: (now.events, now.behind, now.rebuilt) == (events, 0, None))


@pytest.fixture
async def followed(beside: Beside, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Followed]:
    monkeypatch.setattr(follower, "_LOOK_EVERY_S", 0.05)
    monkeypatch.setattr(follower, "_AGAIN_AFTER_S", 0.05)
    monkeypatch.setattr(follower, "_LINGER_S", 0.01)
    monkeypatch.setattr(follower, "_LINGER_WHEN_BUSY_S", 0.01)
    running = Followed(beside)
    await running.start()
    yield running
    await running.stop()


async def append(beside: Beside, first: int, end: int) -> None:
    await asyncio.gather(
        *(
            beside.journal.append(taken_in(conversation_event("CLOSED", f"c-{number}", at=START)))
            for number in range(first, end)
        )
    )


async def test_what_happens_is_followed_and_told(beside: Beside, followed: Followed) -> None:
    await append(beside, 0, 250)
    await followed.has(250)
    await beside.enrich(b"{}")
    await followed.until(lambda now: now.behind == 0)

    found = await beside.history.search(Search(states=(State.READY,)), 1)
    assert found.total == 250
    async with asyncio.timeout(PATIENCE_S):
        while followed.observer.of(HistoryFollowed)[-1:] != [HistoryFollowed(250, 0)]:
            await followed.observer.told(HistoryFollowed, len(followed.observer.of(HistoryFollowed)) + 1)


async def test_a_journal_from_before_the_history_is_read_whole(beside: Beside, followed: Followed) -> None:
    await append(beside, 0, 150)
    await followed.has(150)
    await beside.projector.do(Store.empty)

    await followed.has(150)

    await followed.observer.told(HistoryRebuilt)
    assert followed.observer.of(HistoryRebuilt)[-1] == HistoryRebuilt(150)
    assert followed.observer.of(HistoryShed) == []


async def test_one_that_is_overtaken_reads_everything_again(beside: Beside, followed: Followed) -> None:
    await append(beside, 0, 50)
    await followed.has(50)
    await followed.stop()
    await append(beside, 50, 120)
    await beside.journal.changes.trim(10)

    await followed.start()

    told = await followed.has(120)
    await followed.observer.told(HistoryShed)
    assert told.shed == 1


async def test_another_journal_is_not_taken_for_the_one_before(beside: Beside, followed: Followed) -> None:
    await append(beside, 0, 50)
    await followed.has(50)
    await followed.stop()
    # As if there had been more before: more changes, and receipts that are not in this one.
    seen = await beside.projector.do(Store.standpoint)
    former = Portion(until=10_000, receipts=[standing(7), standing(99)], gone=())
    await beside.projector.do(lambda store: store.follow(seen, former))

    await followed.start()

    await followed.has(50)
    await followed.observer.told(HistoryShed)
    assert await beside.found() == list(range(50, 0, -1))
    assert (await beside.event(7)).conversation == "c-6"


async def damage(beside: Beside) -> None:
    """Let the file be one that cannot be read, without the history noticing how."""
    (beside.data_dir / FILE_NAME).unlink()
    (beside.data_dir / FILE_NAME).write_bytes(b"no database" * 1_000)


async def remove(beside: Beside) -> None:
    (beside.data_dir / FILE_NAME).unlink()


async def another_version(beside: Beside) -> None:
    with closing(sqlite3.connect(beside.data_dir / "another", isolation_level=None)) as db:
        db.executescript("PRAGMA user_version = 99; CREATE TABLE events (x);")
    (beside.data_dir / "another").replace(beside.data_dir / FILE_NAME)


@pytest.mark.parametrize("spoil", [damage, remove, another_version])
async def test_a_file_of_no_use_is_made_anew(
    beside: Beside, followed: Followed, spoil: Callable[[Beside], Awaitable[None]]
) -> None:
    await append(beside, 0, 120)
    await followed.has(120)
    revision = await beside.history.head()
    beside.clock.advance(10)

    await spoil(beside)
    await append(beside, 120, 121)

    await followed.until(lambda now: now.events == 121 and now.rebuilt is None and now.revision > revision)


def limited(store: Store, pages: int) -> None:
    """Let the file not become larger than it is, or than so many pages."""
    store._db.execute(f"PRAGMA max_page_count = {pages}")  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]


async def test_damage_that_a_reader_finds_is_mended(beside: Beside, followed: Followed) -> None:
    await append(beside, 0, 120)
    await followed.has(120)
    revision = await beside.history.head()
    beside.clock.advance(10)

    followed.note_damage()

    await followed.until(lambda now: now.events == 120 and now.rebuilt is None and now.revision > revision)


async def test_a_full_disk_does_not_touch_what_is_there(beside: Beside, followed: Followed) -> None:
    await append(beside, 0, 50)
    await followed.has(50)
    await beside.projector.do(lambda store: limited(store, 1))
    await append(beside, 50, 500)
    await followed.observer.told(HistoryTrouble)

    found = await beside.history.search(Search(), 1)
    entries = await beside.journal.claim(Stage.ENRICH, SHOP, 1_000)
    await beside.projector.do(lambda store: limited(store, 1 << 30))

    assert len(entries) == 500
    assert 50 <= found.total < 500
    await followed.has(500)


async def test_while_it_cannot_be_written_it_is_told_once_and_then_goes_on(
    beside: Beside, followed: Followed, monkeypatch: pytest.MonkeyPatch
) -> None:
    await append(beside, 0, 5)
    await followed.has(5)
    follow = Store.follow

    def full(*_: object) -> None:
        raise HistoryUnavailableError("the history cannot be written: database or disk is full")

    monkeypatch.setattr(Store, "follow", full)
    await append(beside, 5, 10)
    [trouble] = await followed.observer.told(HistoryTrouble)
    # The stages go on.
    entries = await beside.journal.claim(Stage.ENRICH, SHOP, 100)
    assert len(entries) == 10
    assert (await beside.history.search(Search(), 1)).total == 5
    monkeypatch.setattr(Store, "follow", follow)

    await followed.has(10)

    assert followed.observer.of(HistoryTrouble) == [trouble]


def fail(*_: object) -> None:
    raise ZeroDivisionError


async def test_what_nobody_foresaw_does_not_end_it(
    beside: Beside, followed: Followed, monkeypatch: pytest.MonkeyPatch
) -> None:
    await followed.has(0)
    follow = Store.follow
    monkeypatch.setattr(Store, "follow", fail)
    await append(beside, 0, 3)
    [trouble] = await followed.observer.told(HistoryTrouble)
    monkeypatch.setattr(Store, "follow", follow)

    await followed.has(3)

    assert trouble.detail == "unexpected: ZeroDivisionError"


async def test_the_change_log_is_trimmed(beside: Beside, followed: Followed, monkeypatch: pytest.MonkeyPatch) -> None:
    await followed.stop()
    monkeypatch.setattr(follower, "KEPT_CHANGES", 20)
    monkeypatch.setattr(follower, "_TRIM_EVERY_S", 0.0)
    await append(beside, 0, 100)

    await followed.start()

    await followed.has(100)
    async with asyncio.timeout(PATIENCE_S):
        while not isinstance(await beside.journal.changes.after(79, 1), Missed):
            await asyncio.to_thread(lambda: None)
    assert not isinstance(await beside.journal.changes.after(80, 1), Missed)


async def test_the_change_log_is_trimmed_though_nobody_can_follow_it(
    beside: Beside, followed: Followed, monkeypatch: pytest.MonkeyPatch
) -> None:
    await followed.has(0)
    await followed.stop()
    monkeypatch.setattr(follower, "KEPT_CHANGES", 20)
    monkeypatch.setattr(follower, "_TRIM_EVERY_S", 0.0)
    monkeypatch.setattr(Store, "follow", fail)
    await append(beside, 0, 100)

    await followed.start()

    await followed.observer.told(HistoryTrouble)
    async with asyncio.timeout(PATIENCE_S):
        while not isinstance(await beside.journal.changes.after(79, 1), Missed):
            await asyncio.to_thread(lambda: None)


async def test_the_bell_of_the_journal_rings_for_what_changed_and_never_waits() -> None:
    bell = JournalBell()
    appended = ReceiptAppended(
        organization=SHOP,
        event_type="CONVERSATION/CLOSED",
        event_id="e",
        disposition=Appended.NEW,
        key=event_key(SHOP, "t", "e"),
        lane=taken_in(conversation_event("CLOSED")).lane,
        state=State.RECEIVED,
        received_at=START,
    )
    for _ in range(100_000):
        bell.emit(appended)

    async with asyncio.timeout(PATIENCE_S):
        await bell.changed(PATIENCE_S * 2)
    await bell.changed(0.0)


async def test_following_and_reading_whole_are_the_same(beside: Beside, followed: Followed) -> None:
    await append(beside, 0, 130)
    await beside.enrich(b"{}")
    await beside.deliver()
    await followed.has(130)
    by_following = content_of(beside.data_dir)
    await beside.projector.do(Store.empty)
    await followed.has(130)

    assert content_of(beside.data_dir) == by_following
