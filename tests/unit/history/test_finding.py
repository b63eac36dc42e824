"""A search finds what one finds who looks at every event."""

from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from gladly_segment.core.ids import OrganizationId, Seq
from gladly_segment.core.lifecycle import State
from gladly_segment.history import finding, schema
from gladly_segment.history.document import document_of
from gladly_segment.history.file import open_for_reading
from gladly_segment.history.store import Store
from gladly_segment.history.words import wanted
from gladly_segment.ports.history import Search
from gladly_segment.ports.receipts import Standing
from tests.support.clock import START
from tests.unit.history.standing import standing, standings

TEXTS = (
    *("", "", "ann", "an", "lee ann", "ann lee", "ANNA", "muller", "gold", "silver gold", "7", "c-1", "u-1", "u-10"),
    *("gladly-1", "e-2", "ann@shop.example", "shop.example", "shop.exam", "415-555-0142", "030 12345678", "🎉"),
    *('"', "*", "ann*", '"ann" OR "lee"', "NOT", "a:b", "(", "ann\x00lee", "x" * 10_000, " ".join("abcdefgh" * 20)),
)


MOMENTS = st.integers(-5_000, 40_000).map(lambda seconds: START + timedelta(seconds=seconds))
ORGANIZATIONS = st.sampled_from([OrganizationId("shop"), OrganizationId("Shop"), OrganizationId("nobody")])
TYPES = st.sampled_from(["CONVERSATION/CREATED", "CONVERSATION/odd one"])
STATES = st.sampled_from([(State.PARKED,), (State.DELIVERED, State.READY)])
REASONS = st.sampled_from(["no_user", "customer_deleted"])
SLOW = st.sampled_from([0.0, 0.05, 0.3, 1.0, 3_600.0])
WORDS = st.sampled_from(TEXTS) | st.text(max_size=8)


def searches() -> st.SearchStrategy[Search]:
    """Draw one condition, or some of all."""
    some = st.builds(
        Search,
        text=st.just("") | WORDS,
        organization=st.none() | ORGANIZATIONS,
        event_type=st.none() | TYPES,
        states=st.just(()) | STATES,
        reason=st.none() | REASONS,
        since=st.none() | MOMENTS,
        until=st.none() | MOMENTS,
        slower_than_s=st.none() | SLOW,
    )
    one = st.one_of(
        st.builds(Search, text=WORDS),
        st.builds(Search, organization=ORGANIZATIONS),
        st.builds(Search, event_type=TYPES),
        st.builds(Search, states=STATES),
        st.builds(Search, since=MOMENTS),
        st.builds(Search, until=MOMENTS),
        st.builds(Search, since=MOMENTS, until=MOMENTS, text=WORDS),
        st.builds(Search, slower_than_s=SLOW),
    )
    return one | some


def is_meant(receipt: Standing, search: Search) -> bool:
    took_s = (receipt.entered_at - receipt.received_at).total_seconds()
    has_ended = receipt.state not in {State.RECEIVED, State.READY}
    return all(
        (
            not wanted(search.text) or wanted(search.text).are_in(document_of(receipt).words()),
            search.organization in {None, receipt.organization},
            search.event_type in {None, receipt.event_type},
            not search.states or receipt.state in search.states,
            search.reason in {None, receipt.reason},
            search.since is None or receipt.received_at >= search.since,
            search.until is None or receipt.received_at < search.until,
            search.slower_than_s is None or (has_ended and took_s > search.slower_than_s),
        )
    )


@contextmanager
def kept(receipts: Sequence[Standing]) -> Generator[tuple[Store, Path]]:
    """Keep receipts in a history with small partitions."""
    with pytest.MonkeyPatch.context() as patch, TemporaryDirectory() as folder:
        patch.setattr(schema, "_PARTITION_BITS", 3)
        patch.setattr(schema, "_BLOCK_BITS", 2)
        store = Store(Path(folder), 0)
        try:
            until = Seq(receipts[-1].seq if receipts else 0)
            store.walk(store.begin_again(store.standpoint(), 0, until), receipts, until)
            yield store, Path(folder)
        finally:
            store.close()


def pages(data_dir: Path, search: Search, limit: int) -> Iterator[finding.Found]:
    db = open_for_reading(data_dir)
    try:
        before: Seq | None = None
        while True:
            page = finding.find(db, search, limit, before)
            yield page
            if not page.more:
                return
            before = page.events[-1].seq
    finally:
        db.close()


@settings(max_examples=60)
@given(receipts=standings(), search=searches(), limit=st.integers(1, 30))
def test_page_by_page_everything_that_is_meant_is_found_and_counted(
    receipts: list[Standing], search: Search, limit: int
) -> None:
    meant = [receipt.seq for receipt in reversed(receipts) if is_meant(receipt, search)]

    with kept(receipts) as (_, data_dir):
        found = list(pages(data_dir, search, limit))

    assert [event.seq for page in found for event in page.events] == meant
    [(total, at_least)] = {(page.total, page.at_least) for page in found}
    assert (limit < total < len(meant)) if at_least else (total == len(meant))
    assert [len(page.events) for page in found[:-1]] == [limit] * (len(found) - 1)


@settings(max_examples=40)
@given(receipts=standings(), search=searches())
def test_following_finds_the_same_in_order_of_their_changes(receipts: list[Standing], search: Search) -> None:
    meant = [receipt.seq for receipt in receipts if is_meant(receipt, search)]

    with kept(receipts) as (_, data_dir):
        db = open_for_reading(data_dir)
        found = finding.since(db, 0, search, 1_000)
        rest = finding.since(db, found[0].revision if found else 0, search, 2)
        db.close()

    assert [event.seq for event in found] == meant
    assert [event.seq for event in rest] == meant[1:3]


@settings(max_examples=40)
@given(receipts=standings(), search=searches(), minute=st.integers(-60, 600))
def test_whole_minutes_are_counted_exactly_however_many_there_are(
    receipts: list[Standing], search: Search, minute: int
) -> None:
    since = START + timedelta(minutes=minute)
    search = replace(search, text="", event_type=None, slower_than_s=None, since=since)
    search = replace(search, until=None if search.until is None else since + timedelta(hours=3))

    with kept(receipts) as (_, data_dir), pytest.MonkeyPatch.context() as patch:
        patch.setattr(finding, "COUNTED", 1)
        page = next(pages(data_dir, search, 3))

    assert (page.total, page.at_least) == (sum(is_meant(receipt, search) for receipt in receipts), False)


def test_a_clock_that_went_back_hides_nothing() -> None:
    times = {1: 100, 2: 0, 3: 200, 4: 50}
    receipts = [standing(seq, at=START + timedelta(seconds=seconds)) for seq, seconds in times.items()]

    with kept(receipts) as (_, data_dir):
        early = next(pages(data_dir, Search(until=START + timedelta(seconds=40)), 5))
        late = next(pages(data_dir, Search(since=START + timedelta(seconds=150)), 5))

    assert [event.seq for event in early.events] == [2]
    assert [event.seq for event in late.events] == [3]


def test_between_two_classes_of_slowness_the_rows_tell() -> None:
    receipts = [standing(seq, took_s=seconds) for seq, seconds in ((1, 0.25), (2, 0.35), (3, 0.2))]

    with kept(receipts) as (_, data_dir):
        between = next(pages(data_dir, Search(slower_than_s=0.3), 5))
        at_one = next(pages(data_dir, Search(slower_than_s=0.2), 5))

    assert ([event.seq for event in between.events], between.total) == ([2], 1)
    assert ([event.seq for event in at_one.events], at_one.total) == ([2, 1], 2)


@pytest.mark.parametrize("few", [0, 1, 1_000])
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    receipts=standings(),
    text=st.sampled_from(["c-1 gla", "u-1 ann", "gladly", "c-2 shop", "c-1 gol"]),
    states=st.sampled_from([(), (State.DELIVERED,)]),
)
def test_few_looked_at_one_by_one_are_the_same(
    few: int, monkeypatch: pytest.MonkeyPatch, receipts: list[Standing], text: str, states: tuple[State, ...]
) -> None:
    monkeypatch.setattr(finding, "_FEW", few)
    search = Search(text=text, states=states)
    meant = [receipt.seq for receipt in reversed(receipts) if is_meant(receipt, search)]

    with kept(receipts) as (_, data_dir):
        found = [event.seq for page in pages(data_dir, search, 100) for event in page.events]

    assert found == meant


@pytest.mark.parametrize("far", [0, -(2**70), 2**70])
def test_places_that_there_cannot_be_are_no_mistake(far: int) -> None:
    with kept([standing(1)]) as (_, data_dir):
        db = open_for_reading(data_dir)
        page = finding.find(db, Search(text="c-1"), 5, Seq(far))
        rest = finding.since(db, 2**70, Search(), 5)
        db.close()

    assert len(page.events) == int(far > 0)
    assert rest == []


def test_a_word_that_the_index_lost_would_be_missed() -> None:
    receipts = [standing(1, conversation="c-1"), standing(2, conversation="c-1")]

    with kept(receipts) as (store, data_dir):
        text = document_of(receipts[0]).index_text()
        store._db.execute("INSERT INTO words_0 (words_0, rowid, words) VALUES ('delete', 1, ?)", (text,))  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
        [page] = pages(data_dir, Search(text="c-1"), 10)

    assert [event.seq for event in page.events] == [2]


def test_of_very_many_it_is_told_that_there_are_so_many_at_least() -> None:
    receipts = [standing(seq, conversation="c-1") for seq in range(1, finding.COUNTED + 100)]

    with kept(receipts) as (_, data_dir):
        page = next(pages(data_dir, Search(text="c-1"), 10))
        exact = next(pages(data_dir, Search(states=(State.DELIVERED,)), 10))
        dear = next(pages(data_dir, Search(text="u-1 gla"), 10))

    assert (page.total, page.at_least, page.more) == (finding.COUNTED, True, True)
    assert (exact.total, exact.at_least) == (len(receipts), False)
    assert (dear.total < finding.COUNTED, dear.at_least, dear.more, len(dear.events)) == (True, True, True, 10)
