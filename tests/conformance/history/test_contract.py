"""What the history's port promises, of every history."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from gladly_segment.core.errors import HistoryUnavailableError
from gladly_segment.core.ids import Seq
from gladly_segment.core.lifecycle import State
from gladly_segment.ports.history import Count, Event, Found, Search
from tests.conformance.history.conftest import Kept
from tests.support.clock import START
from tests.support.receipts import OTHER_SHOP, SHOP
from tests.unit.history.projecting import track
from tests.unit.history.standing import standing

MINUTE = timedelta(minutes=1)
ANN = track("u-ann", customerName="Ann Müller", email="ann@shop.example")


def seqs(found: Found) -> list[int]:
    return [each.seq for each in found.events]


async def everything(kept: Kept) -> tuple[Event, ...]:
    return tuple((await kept.history.search(Search(), 1_000)).events)


async def test_events_come_newest_first_a_page_at_a_time(kept: Kept) -> None:
    kept.put(*(standing(seq) for seq in range(1, 6)))

    first = await kept.history.search(Search(), 2)
    second = await kept.history.search(Search(), 2, before=Seq(4))
    last = await kept.history.search(Search(), 2, before=Seq(2))

    assert (seqs(first), first.more) == ([5, 4], True)
    assert (seqs(second), second.more) == ([3, 2], True)
    assert (seqs(last), last.more) == ([1], False)
    assert {(each.total, each.at_least) for each in (first, second, last)} == {(5, False)}


async def test_an_event_is_as_its_receipt_says(kept: Kept) -> None:
    kept.put(standing(7, customer="u-ann", conversation="c-7", took_s=2.5, payload=ANN))

    (event,) = await everything(kept)

    assert (event.event, event.customer, event.customer_name) == ("Gladly Conversation Closed", "u-ann", "Ann Müller")
    assert (event.conversation, event.event_type, event.state) == ("c-7", "CONVERSATION/CLOSED", State.DELIVERED)
    assert (event.received_at, event.ended_at, event.latency_ms) == (START, START + timedelta(seconds=2.5), 2_500)


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ({}, [4, 3, 2, 1]),
        ({"text": "   "}, [4, 3, 2, 1]),
        ({"text": "u-ann"}, [4]),
        ({"text": "ANN muller"}, [4]),
        ({"text": "mul"}, [4]),
        ({"text": "mu"}, []),
        ({"text": "ann@shop.example"}, [4]),
        ({"text": "c-2"}, [2]),
        ({"text": "ann nobody"}, []),
        ({"text": "e-3"}, [3]),
        ({"text": '"'}, []),
        ({"text": "ann OR c-2"}, []),
        ({"organization": OTHER_SHOP}, [3]),
        ({"organization": OTHER_SHOP, "text": "ann"}, []),
        ({"event_type": "CONVERSATION/CREATED"}, [1]),
        ({"states": (State.PARKED,)}, [2]),
        ({"states": (State.PARKED, State.RECEIVED)}, [3, 2]),
        ({"reason": "no_user"}, [2]),
        ({"since": START + MINUTE}, [4, 3, 2]),
        ({"until": START + MINUTE}, [1]),
        ({"since": START + MINUTE, "until": START + 2 * MINUTE}, [2]),
        ({"slower_than_s": 4.9}, [4]),
        ({"slower_than_s": 5.0}, []),
        ({"slower_than_s": 0.0}, [4, 1]),
    ],
)
async def test_everything_that_is_looked_for_restricts(kept: Kept, search: dict[str, Any], found: list[int]) -> None:
    kept.put(
        standing(1, kind="CREATED", conversation="c-1", took_s=0.1),
        standing(2, conversation="c-2", at=START + MINUTE, state=State.PARKED, reason="no_user"),
        standing(3, organization=OTHER_SHOP, conversation="c-3", at=START + 2 * MINUTE, state=State.RECEIVED),
        standing(4, customer="u-ann", conversation="c-4", at=START + 3 * MINUTE, took_s=5.0, payload=ANN),
    )

    assert seqs(await kept.history.search(Search(**search), 10)) == found
    assert sorted(each.seq for each in await kept.history.since(0, Search(**search), 10)) == sorted(found)


async def test_very_many_are_counted_up_to_a_bound(kept: Kept) -> None:
    kept.put(*(standing(seq, conversation="c-1") for seq in range(1, 1_002)))

    found = await kept.history.search(Search(text="c-1"), 1)

    assert (found.total, found.at_least, found.more) == (1_000, True, True)


async def test_what_changed_comes_in_the_order_of_changes_as_it_is_now(kept: Kept) -> None:
    kept.put(standing(1, state=State.RECEIVED), standing(2, state=State.RECEIVED))
    before = await kept.history.head()
    kept.put(standing(3, state=State.RECEIVED))
    kept.put(standing(1, state=State.READY))
    kept.put(standing(1))

    changed = await kept.history.since(before, Search(), 10)
    first = await kept.history.since(before, Search(), 1)
    waiting = await kept.history.since(before, Search(states=(State.RECEIVED,)), 10)

    assert [(each.seq, each.state) for each in changed] == [(3, State.RECEIVED), (1, State.DELIVERED)]
    assert [each.seq for each in first] == [3]
    assert [each.seq for each in waiting] == [3]
    assert before < changed[0].revision < changed[1].revision == await kept.history.head()
    assert not await kept.history.since(await kept.history.head(), Search(), 10)


async def test_who_waits_for_a_change_is_woken(kept: Kept) -> None:
    kept.put(standing(1))
    head = await kept.history.head()
    await kept.history.changed(head - 1)

    waiting = asyncio.create_task(kept.history.changed(head))
    await asyncio.sleep(0)
    kept.put(standing(2))

    async with asyncio.timeout(30):
        await waiting
    assert await kept.history.head() > head


async def test_counts_and_flow_add_up(kept: Kept) -> None:
    kept.put(
        standing(1, took_s=1.0),
        standing(2, took_s=2.0, at=START + MINUTE),
        standing(3, state=State.PARKED, reason="no_user", at=START + MINUTE),
        standing(4, state=State.READY, at=START + 2 * MINUTE),
        standing(5, organization=OTHER_SHOP),
    )

    flow = await kept.history.flow(SHOP, START, START + 4 * MINUTE, 60)
    counts = await kept.history.counts(SHOP, START, START + 4 * MINUTE)
    of_all = await kept.history.counts(None, START, START + MINUTE)

    assert [each.start for each in flow] == [START + minute * MINUTE for minute in range(4)]
    assert [(each.received, each.delivered, each.parked, each.waiting) for each in flow] == [
        (1, 1, 0, 0),
        (2, 1, 1, 0),
        (1, 0, 0, 1),
        (0, 0, 0, 0),
    ]
    assert flow[0].p50_ms == pytest.approx(1_000, rel=0.05)
    assert flow[3].p50_ms is None
    assert sorted(counts, key=lambda each: each.state) == [
        Count(State.DELIVERED, "", 2),
        Count(State.PARKED, "no_user", 1),
        Count(State.READY, "", 1),
    ]
    assert sum(each.events for each in of_all) == 2


async def test_it_tells_how_far_it_is(kept: Kept) -> None:
    kept.put(standing(1), standing(2))

    progress = await kept.history.progress()

    assert (progress.events, progress.revision, progress.behind, progress.rebuilt) == (
        2,
        await kept.history.head(),
        0,
        None,
    )


async def test_without_a_history_everything_says_so(kept: Kept) -> None:
    kept.put(standing(1))
    kept.lose()

    history = kept.history
    for asking in (
        history.search(Search(), 1),
        history.head(),
        history.since(0, Search(), 1),
        history.changed(0),
        history.flow(None, START, START + MINUTE, 60),
        history.counts(None, START, START + MINUTE),
        history.progress(),
    ):
        with pytest.raises(HistoryUnavailableError):
            await asking
