"""The history port on a journal that lives."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from gladly_segment.core.errors import HistoryUnavailableError, JournalUnavailableError
from gladly_segment.core.ids import Seq
from gladly_segment.core.lifecycle import ParkCause, Stage, State
from gladly_segment.core.records import Deferred, Parked, Source
from gladly_segment.history import Bell, Projector, SqliteHistory
from gladly_segment.history.store import Standpoint, Store
from gladly_segment.ports.history import Event, Search
from gladly_segment.ports.receipts import Portion
from tests.support.clock import START
from tests.support.receipts import OTHER_SHOP, SHOP, conversation_event, merge_event, taken_in
from tests.unit.history.projecting import Beside, track

ANN = track(
    "u-ann",
    customerName="Ann Lee",
    email="ann@shop.example",
    phone="+14155550142",
    agentName="Agent Bo",
    topicIds=["billing-topic"],
    customAttributes={"tier": "gold", "orders": 42, "score": 1.5, "vip": True, "tags": ["early bird"]},
)


async def test_an_event_is_told_from_its_beginning_to_its_end(beside: Beside) -> None:
    await beside.journal.append(taken_in(conversation_event("CLOSED", "c-1", "u-old", START)))
    received = await beside.event(1)
    beside.clock.advance(2)
    await beside.enrich(ANN)
    ready = await beside.event(1)
    beside.clock.advance(3)
    await beside.deliver()
    delivered = await beside.event(1)

    assert received == Event(
        seq=received.seq,
        revision=received.revision,
        organization=SHOP,
        received_at=START,
        occurred_at=START,
        source=Source.WEBHOOK,
        event_type="CONVERSATION/CLOSED",
        event="",
        customer=received.customer,
        customer_name="",
        conversation=received.conversation,
        state=State.RECEIVED,
        reason="",
        attempts=0,
        message_id=received.message_id,
        event_id=received.event_id,
        ended_at=None,
        latency_ms=None,
    )
    assert (received.customer, received.conversation, received.message_id) == ("u-old", "c-1", "")
    assert (ready.state, ready.event, ready.customer, ready.customer_name) == (
        State.READY,
        "Gladly Conversation Closed",
        "u-ann",
        "Ann Lee",
    )
    assert (delivered.state, delivered.ended_at, delivered.latency_ms) == (
        State.DELIVERED,
        START + timedelta(seconds=5),
        5_000,
    )
    assert received.revision < ready.revision < delivered.revision


@pytest.mark.parametrize(
    "text",
    [
        *("c-1", "u-ann", "u-old", "gladly-", "ann", "ANN LEE", "lee ann", "ann@shop.example", "shop.example"),
        *("+1 415 555 0142", "4155550142", "(415) 555-0142", "4155", "bo", "billing-topic", "gold", "42", "1.5"),
        *("early bird", "CLOSED-c-1"),
    ],
)
async def test_an_event_is_found_by_what_it_tells(beside: Beside, text: str) -> None:
    await beside.journal.append(taken_in(conversation_event("CLOSED", "c-1", "u-old", START)))
    await beside.enrich(ANN)
    await beside.journal.append(taken_in(conversation_event("CREATED", "c-2", "u-eve", START)))

    assert await beside.found(text) == [1]


@pytest.mark.parametrize("text", ["u-anna", "true", "lee eve", "415 555 0143", "bil"])
async def test_an_event_is_not_found_by_what_it_does_not_tell(beside: Beside, text: str) -> None:
    await beside.journal.append(taken_in(conversation_event("CLOSED", "c-1", "u-old", START)))
    await beside.enrich(track("u-ann", customerName="Ann Lee", customAttributes={"vip": True}))
    await beside.journal.append(taken_in(conversation_event("CREATED", "c-2", "u-eve", START)))

    assert await beside.found(text) == []


async def test_both_customers_of_a_merge_are_found(beside: Beside) -> None:
    await beside.journal.append(taken_in(merge_event("u-source", "u-destination")))

    assert await beside.found("u-source") == await beside.found("u-destination") == [1]


async def test_failed_attempts_are_told_and_do_not_change_what_is_found(beside: Beside) -> None:
    await beside.journal.append(taken_in(conversation_event("CLOSED", "c-1")))
    [entry] = await beside.journal.claim(Stage.ENRICH, SHOP, 1)
    await beside.journal.settle([Deferred(entry.seq, START, counted=True, detail="HTTP 503")])

    assert (await beside.event(1)).attempts == 1
    assert await beside.found("c-1") == [1]


async def test_two_organizations_do_not_see_each_others_events(beside: Beside) -> None:
    for organization in (SHOP, OTHER_SHOP):
        await beside.journal.append(taken_in(conversation_event("CLOSED", "c-1"), organization=organization))
    revision = await beside.history.head() if await beside.follow() else 0

    for organization, seqs in ((SHOP, [1]), (OTHER_SHOP, [2]), (None, [2, 1])):
        assert await beside.found(organization=organization) == seqs
        assert await beside.found("c-1", organization=organization) == seqs
        search = Search(text="c-1", organization=organization)
        found = await beside.history.since(0, search, 10)
        assert sorted(each.seq for each in found) == sorted(seqs)
    assert await beside.history.since(revision, Search(), 10) == []


async def test_an_event_that_changed_several_times_is_given_once_as_it_is_now(beside: Beside) -> None:
    await beside.journal.append(taken_in(conversation_event("CLOSED", "c-1")))
    await beside.follow()
    seen = await beside.history.head()
    await beside.enrich(ANN)
    await beside.follow()
    await beside.deliver()
    await beside.follow()

    [event] = await beside.history.since(seen, Search(), 10)

    assert event.state is State.DELIVERED
    assert event.revision == await beside.history.head()


async def test_who_waits_for_a_change_is_woken_by_it(beside: Beside) -> None:
    await beside.follow()
    waiting = asyncio.create_task(beside.history.changed(await beside.history.head()))
    await beside.journal.append(taken_in(conversation_event("CLOSED", "c-1")))
    assert not waiting.done()

    await beside.follow()

    async with asyncio.timeout(30):
        await waiting


async def test_progress_tells_how_far_it_is(beside: Beside) -> None:
    await beside.follow()
    await beside.journal.append(taken_in(conversation_event("CLOSED", "c-1")))
    before = await beside.history.progress()
    await beside.follow()
    after = await beside.history.progress()

    assert (before.events, before.behind, before.rebuilt) == (0, 1, None)
    assert (after.events, after.behind, after.shed) == (1, 0, 0)
    assert after.revision == before.revision + 1
    assert after.size_bytes > 0


async def test_without_the_journal_it_cannot_tell_how_far_it_is(beside: Beside) -> None:
    await beside.follow()

    async def unavailable() -> int:
        raise JournalUnavailableError("the journal cannot be read")

    history = SqliteHistory(beside.data_dir, unavailable, Bell())
    with pytest.raises(HistoryUnavailableError, match="the journal cannot be read"):
        await history.progress()
    await history.close()


async def test_a_dead_letter_is_counted_by_its_cause(beside: Beside) -> None:
    await beside.journal.append(taken_in(conversation_event("CLOSED", "c-1")))
    [entry] = await beside.journal.claim(Stage.ENRICH, SHOP, 1)
    await beside.journal.settle([Parked(entry.seq, ParkCause.NO_USER)])
    await beside.follow()

    [count] = await beside.history.counts(SHOP, START, START + timedelta(minutes=1))

    assert (count.state, count.reason, count.events) == (State.PARKED, "no_user", 1)
    assert await beside.history.counts(OTHER_SHOP, START, START + timedelta(minutes=1)) == []


QUESTIONS: list[Callable[[SqliteHistory], Awaitable[object]]] = [
    lambda history: history.search(Search(), 1),
    lambda history: history.head(),
    lambda history: history.since(0, Search(), 1),
    lambda history: history.changed(0),
    lambda history: history.flow(None, START, START, 60),
    lambda history: history.counts(None, START, START),
    lambda history: history.progress(),
]


@pytest.mark.parametrize("ask", QUESTIONS)
async def test_where_there_is_no_history_it_is_told_what_to_do(
    beside: Beside, ask: Callable[[SqliteHistory], Awaitable[object]]
) -> None:
    with pytest.raises(HistoryUnavailableError, match="there is no history") as raised:
        await ask(beside.history)

    assert "gladly-segment history rebuild" in raised.value.hint


async def test_who_reads_goes_on_with_a_new_file(beside: Beside) -> None:
    await beside.journal.append(taken_in(conversation_event("CLOSED", "c-1")))
    await beside.follow()
    before = await beside.history.head()
    await beside.projector.drop()

    beside.clock.advance(1)

    assert await beside.found("c-1") == [1]
    assert await beside.history.head() > before


async def test_two_who_write_the_same_file_do_not_stand_in_each_others_way(beside: Beside) -> None:
    other = Projector(beside.data_dir, beside.journal.changes, beside.clock)
    seen = await beside.follow()
    for number in range(10):
        await beside.journal.append(taken_in(conversation_event("CLOSED", f"c-{number}")))
        await other.step()
        # What it saw before is out of date.
        seen, _ = await beside.projector.step(seen)
        if number == 5:
            await other.do(Store.empty)
    await beside.follow()
    await other.close()

    assert sorted(await beside.found()) == list(range(1, 11))
    assert len(await beside.found("c-7")) == 1


async def test_what_was_read_before_somebody_else_wrote_is_thrown_away(beside: Beside) -> None:
    seen = await beside.follow()
    await beside.journal.append(taken_in(conversation_event("CLOSED", "c-1")))
    portion = await beside.journal.changes.after(seen.cursor or 0, 10)
    receipts = await beside.journal.changes.walk(Seq(0), 10)
    assert isinstance(portion, Portion)
    await beside.enrich(ANN)
    other = Projector(beside.data_dir, beside.journal.changes, beside.clock)
    ahead, _ = await other.step()
    await other.close()

    late_portions: tuple[Callable[[Store], Standpoint], ...] = (
        lambda store: store.follow(seen, portion),
        lambda store: store.walk(seen, receipts, Seq(1)),
        lambda store: store.begin_again(seen, 0, Seq(1)),
    )
    for late in late_portions:
        assert await beside.projector.do(late) == ahead

    assert (await beside.event(1)).state is State.READY


async def test_what_was_remembered_of_the_tables_is_forgotten_when_another_made_them_anew(beside: Beside) -> None:
    await beside.journal.append(taken_in(conversation_event("CLOSED", "c-1")))
    await beside.follow()
    await beside.enrich(ANN)
    await beside.follow()
    other = Projector(beside.data_dir, beside.journal.changes, beside.clock)
    await other.do(Store.empty)
    is_all = False
    while not is_all:
        _, is_all = await other.step()
    await other.close()

    await beside.journal.append(taken_in(conversation_event("CLOSED", "c-2")))

    assert ((await beside.event(1)).state, (await beside.event(2)).state) == (State.READY, State.RECEIVED)
    assert await beside.found(states=(State.RECEIVED,)) == [2]


async def test_closing_leaves_nothing_open(beside: Beside) -> None:
    history = SqliteHistory(beside.data_dir, beside.journal.changes.head, Bell())
    await beside.follow()
    await asyncio.gather(*(history.head() for _ in range(10)))

    await history.close()
