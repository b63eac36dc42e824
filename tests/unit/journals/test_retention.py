"""What the SQLite journal forgets, and what it never does."""

import asyncio
from collections import Counter
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from hypothesis import given, settings
from hypothesis import strategies as st

from gladly_segment.core.ids import Seq
from gladly_segment.core.lifecycle import (
    IgnoreReason,
    ParkCause,
    Stage,
    State,
    SuppressReason,
    unsettled,
)
from gladly_segment.core.records import Appended, Deferred, Delivered, Parked, Selection, Suppressed
from gladly_segment.journals.sqlite import SqliteJournal
from gladly_segment.journals.sqlite.bookkeeping import verify
from tests.support.clock import START, ManualClock
from tests.support.receipts import OTHER_SHOP, SHOP, receipt
from tests.unit.journals.aging import LATER, LONG_AGO, claim, deliver, forget_all, kept_since, made_ready
from tests.unit.journals.beside import ask, curating, opened

if TYPE_CHECKING:
    from tests.unit.journals.conftest import Sqlite

DAY: Final = timedelta(days=1)
ENDS: Final = (State.DELIVERED, State.SUPPRESSED, State.IGNORED, State.DROPPED)


async def bring(journal: SqliteJournal, data_dir: Path, clock: ManualClock, key: str, state: State) -> None:
    """Bring one new receipt into a state; all before it are claimed or settled."""
    entry_reasons = {State.IGNORED: IgnoreReason.TYPE_NOT_MAPPED, State.PARKED: ParkCause.NO_USER}
    if state in entry_reasons:
        reason = entry_reasons[state]
        await journal.append(receipt(key, state=state, reason=reason, at=clock.now()))
        return
    await journal.append(receipt(key, at=clock.now()))
    [entry] = await claim(journal, Stage.ENRICH)
    if state is State.SUPPRESSED:
        await journal.settle([Suppressed(entry.seq, SuppressReason.CUSTOMER_DELETED)])
    elif state is State.DROPPED:
        await journal.settle([Parked(entry.seq, ParkCause.NO_USER)])
        async with curating(data_dir, clock) as curator:
            await curator.drop(Selection(seqs=(entry.seq,)))
    elif state is not State.RECEIVED:
        await journal.settle(made_ready([entry]))
        [entry] = await claim(journal, Stage.DELIVER)
        if state is State.DELIVERED:
            await journal.settle([Delivered(entry.seq)])


def kept(data_dir: Path) -> list[str]:
    return [key for (key,) in ask(data_dir, "SELECT key FROM receipts ORDER BY seq")]


ages = st.integers(0, 10)


@given(st.lists(st.tuples(st.sampled_from(State), ages), max_size=12), ages, ages)
@settings(max_examples=30)
def test_what_is_unsettled_is_never_forgotten_and_what_ended_only_when_it_is_old(
    receipts: list[tuple[State, int]], ended_after: int, dead_after: int
) -> None:
    async def live(data_dir: Path) -> None:
        clock = ManualClock()
        async with opened(data_dir, clock) as journal:
            day = 0
            for number, (state, age) in enumerate(sorted(receipts, key=lambda each: -each[1])):
                clock.advance((10 - age - day) * DAY.total_seconds())
                day = 10 - age
                await bring(journal, data_dir, clock, f"{number} {state} {age}", state)
            today = START + 10 * DAY
            stays = [
                (state, age)
                for state, age in sorted(receipts, key=lambda each: -each[1])
                if unsettled(state) or age <= (dead_after if state is State.PARKED else ended_after)
            ]

            await forget_all(journal, ended_before=today - ended_after * DAY, dead_before=today - dead_after * DAY)

            assert [tuple(key.split()[1:]) for key in kept(data_dir)] == [(state, str(age)) for state, age in stays]
            in_states = Counter[str]()
            for each in await journal.tally():
                in_states[each.state] += each.count
            assert +in_states == Counter(state for state, _ in stays)

    with TemporaryDirectory() as directory:
        asyncio.run(live(Path(directory)))


async def test_dead_letters_are_kept_for_a_time_of_their_own(data_dir: Path) -> None:
    clock = ManualClock()
    async with opened(data_dir, clock) as journal:
        for state in (State.PARKED, State.DELIVERED):
            await bring(journal, data_dir, clock, state, state)

        assert await forget_all(journal, dead_before=START) == 1
        assert kept(data_dir) == ["parked"]
        assert await forget_all(journal) == 1
        assert kept(data_dir) == []


async def test_the_moment_itself_is_not_before_it(data_dir: Path) -> None:
    clock = ManualClock()
    async with opened(data_dir, clock) as journal:
        await bring(journal, data_dir, clock, "a", State.DELIVERED)
        await bring(journal, data_dir, clock, "b", State.PARKED)

        assert await forget_all(journal, ended_before=START, dead_before=START) == 0


async def test_age_counts_from_the_end_and_not_from_receiving(data_dir: Path) -> None:
    clock = ManualClock()
    async with opened(data_dir, clock) as journal:
        await journal.append(receipt("a"))
        clock.advance(10 * DAY.total_seconds())
        [entry] = await claim(journal, Stage.ENRICH)
        await journal.settle([Suppressed(entry.seq, SuppressReason.CUSTOMER_DELETED)])

        assert await forget_all(journal, ended_before=START + DAY) == 0
        assert await forget_all(journal, ended_before=START + 11 * DAY) == 1


async def test_a_history_goes_with_its_receipt_and_no_other(data_dir: Path) -> None:
    async with opened(data_dir) as journal:
        await deliver(journal, "old")
        await journal.append(receipt("waiting"))
        [entry] = await claim(journal, Stage.ENRICH)
        await journal.settle([Deferred(entry.seq, START, counted=True)])

        await forget_all(journal)

        assert ask(data_dir, "SELECT DISTINCT seq FROM attempts") == [(entry.seq,)]


async def test_it_is_forgotten_in_portions(data_dir: Path) -> None:
    async with opened(data_dir) as journal:
        await deliver(journal, *(f"{number}" for number in range(1100)))

        portions = [await journal.forget(SHOP, kept_since(), LATER) for _ in range(4)]

        assert portions == [500, 500, 100, 0]


async def test_what_is_forgotten_is_no_longer_counted_but_was_ever(data_dir: Path) -> None:
    clock = ManualClock()
    async with opened(data_dir, clock) as journal:
        await deliver(journal, "a", "b")
        reason = ParkCause.NO_USER
        await journal.append(receipt("c", state=State.PARKED, reason=reason, organization=OTHER_SHOP))

        await forget_all(journal)

        tallies = {(each.organization, each.state): (each.count, each.ever) for each in await journal.tally()}
        assert tallies[SHOP, State.DELIVERED] == (0, 2)
        assert tallies[OTHER_SHOP, State.PARKED] == (0, 1)


async def test_what_was_forgotten_does_not_come_back_as_a_head(data_dir: Path) -> None:
    async with opened(data_dir) as journal:
        await journal.append(receipt("1", lane="c"))
        await journal.append(receipt("2", lane="c"))
        await journal.append(receipt("3", lane="c"))
        first, second, third = await claim(journal, Stage.ENRICH)
        await journal.settle([Suppressed(first.seq, SuppressReason.CUSTOMER_DELETED), *made_ready([second, third])])

        assert await forget_all(journal) == 1

        [head] = await claim(journal, Stage.DELIVER)
        assert head.key == "2"
        await journal.settle([Delivered(head.seq)])
        assert await forget_all(journal) == 1
        assert [each.key for each in await claim(journal, Stage.DELIVER)] == ["3"]


def content_of(data_dir: Path) -> dict[str, tuple[bytes, bytes, str]]:
    return {key: tuple(row) for key, *row in ask(data_dir, "SELECT key, body, payload, fetched FROM receipts")}


async def test_content_may_go_before_its_receipt(data_dir: Path) -> None:
    async with opened(data_dir) as journal:
        await deliver(journal, "a")
        ids = "SELECT key, lane, event_id, state, message_id FROM receipts"
        before = ask(data_dir, ids), ask(data_dir, "SELECT * FROM attempts")
        assert all(content_of(data_dir)["a"])

        assert await forget_all(journal, ended_before=LONG_AGO, content_before=LATER) == 1

        assert content_of(data_dir) == {"a": (b"", b"", "")}
        assert (ask(data_dir, ids), ask(data_dir, "SELECT * FROM attempts")) == before
        assert await journal.append(receipt("a")) is Appended.DUPLICATE
        assert await forget_all(journal, ended_before=LONG_AGO, content_before=LATER) == 0
        assert await forget_all(journal) == 1


async def test_a_receipt_without_content_fits_its_checksum(data_dir: Path) -> None:
    async with opened(data_dir) as journal:
        await deliver(journal, "a")
        await forget_all(journal, ended_before=LONG_AGO, content_before=LATER)

        [(stored,)] = ask(data_dir, "SELECT checksum FROM receipts")

    verify(Seq(1), stored, b"", b"")


async def test_content_of_what_may_still_be_sent_is_kept(data_dir: Path) -> None:
    clock = ManualClock()
    async with opened(data_dir, clock) as journal:
        for state in State:
            await bring(journal, data_dir, clock, state, state)

        await forget_all(journal, ended_before=LONG_AGO, dead_before=LONG_AGO, content_before=LATER)

        assert {key for key, (body, *_) in content_of(data_dir).items() if not body} == set(ENDS)


async def test_content_is_kept_for_a_time_of_its_own(data_dir: Path) -> None:
    clock = ManualClock()
    async with opened(data_dir, clock) as journal:
        for key in ("older", "newer"):
            clock.advance(DAY.total_seconds())
            await bring(journal, data_dir, clock, key, State.DELIVERED)

        assert await forget_all(journal, ended_before=LONG_AGO, content_before=START + 2 * DAY) == 1

        assert {key for key, (body, *_) in content_of(data_dir).items() if body} == {"newer"}


async def test_an_organizations_receipts_follow_its_own_retention(data_dir: Path) -> None:
    async with opened(data_dir) as journal:
        for organization in (SHOP, OTHER_SHOP):
            for key, state, reason in (
                ("ended", State.IGNORED, IgnoreReason.TYPE_NOT_MAPPED),
                ("dead", State.PARKED, ParkCause.NO_USER),
            ):
                await journal.append(
                    receipt(f"{organization} {key}", state=state, reason=reason, organization=organization)
                )

        assert set(await journal.organizations()) == {SHOP, OTHER_SHOP}
        assert await forget_all(journal, SHOP, ended_before=LONG_AGO, dead_before=LONG_AGO, content_before=LATER) == 1
        assert {key for key, (body, *_) in content_of(data_dir).items() if not body} == {"shop ended"}
        assert await forget_all(journal, SHOP) == 2
        assert kept(data_dir) == ["other-shop ended", "other-shop dead"]


async def test_forgetting_looks_at_no_receipt_that_stays(data_dir: Path, sqlite: "Sqlite") -> None:
    async with opened(data_dir) as journal:
        await deliver(journal, "a", "b")
        await journal.append(receipt("c", state=State.PARKED, reason=ParkCause.NO_USER))
        statements: list[str] = []
        sqlite.connections[0].set_trace_callback(statements.append)
        await forget_all(journal, SHOP, ended_before=LONG_AGO, content_before=LATER)
        await forget_all(journal, SHOP)
        sqlite.connections[0].set_trace_callback(None)

    plans = {
        str(step[3])
        for each in statements
        if each.startswith(("SELECT", "DELETE", "UPDATE receipts"))
        for step in ask(data_dir, f"EXPLAIN QUERY PLAN {each}")
    }
    assert plans == {
        "SEARCH receipts USING INDEX receipts_ended (organization=? AND entered_at_ms<?)",
        "SEARCH receipts USING INDEX receipts_dead (organization=? AND entered_at_ms<?)",
        "SEARCH receipts USING INDEX receipts_with_content (organization=? AND entered_at_ms<?)",
        "SEARCH receipts USING INTEGER PRIMARY KEY (rowid=?)",
        "SEARCH attempts USING PRIMARY KEY (seq=?)",
        "SEARCH certificates USING COVERING INDEX certificates_by_age (organization=? AND made_at_ms<?)",
    }
