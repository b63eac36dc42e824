"""What is counted by minutes and hours is what one counts who looks at every event."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.lifecycle import State
from gladly_segment.core.records import Source
from gladly_segment.history import rollups
from gladly_segment.history.file import open_for_reading
from gladly_segment.history.rollups import bucket_of, latency_of
from gladly_segment.ports.history import Count, Flow
from gladly_segment.ports.receipts import Portion, Standing
from tests.support.clock import START
from tests.unit.history.standing import standing, standings
from tests.unit.history.test_finding import kept

MINUTE = timedelta(minutes=1)


def within(receipts: Sequence[Standing], organization: str | None, since: datetime, until: datetime) -> list[Standing]:
    return [
        each for each in receipts if organization in {None, each.organization} and since <= each.received_at < until
    ]


def numbers(receipts: Sequence[Standing]) -> tuple[int, ...]:
    states = Counter(each.state for each in receipts)
    ends = [states[state] for state in (State.DELIVERED, State.SUPPRESSED, State.IGNORED, State.PARKED, State.DROPPED)]
    return len(receipts), *ends, states[State.RECEIVED] + states[State.READY]


def told(flow: Flow) -> tuple[int, ...]:
    return flow.received, flow.delivered, flow.suppressed, flow.ignored, flow.parked, flow.dropped, flow.waiting


@settings(max_examples=60)
@given(
    receipts=standings(),
    changed=standings(),
    organization=st.sampled_from([None, OrganizationId("shop"), OrganizationId("nobody")]),
    since_minutes=st.integers(-120, 600),
    steps=st.integers(0, 30),
    step_minutes=st.sampled_from([1, 7, 60, 120, 125, 180, 1_440]),
)
def test_the_flow_is_what_was_received_by_what_became_of_it(
    receipts: list[Standing],
    changed: list[Standing],
    organization: OrganizationId | None,
    since_minutes: int,
    steps: int,
    step_minutes: int,
) -> None:
    now = {each.seq: each for each in (*receipts, *changed)}
    gone = tuple(each.seq for each in receipts[::3] if each not in changed)
    there = [each for each in now.values() if each.seq not in gone]
    since, step = START + since_minutes * MINUTE, step_minutes * MINUTE
    until = since + steps * step

    with kept(receipts) as (store, data_dir):
        replaced = [each for each in changed if each.seq not in gone]
        store.follow(store.standpoint(), Portion(until=1, receipts=replaced, gone=gone))
        db = open_for_reading(data_dir)
        flow = rollups.flow(db, organization, since, until, step_minutes * 60)
        counts = rollups.counts(db, organization, since, until)
        db.close()

    spans = [since + number * step for number in range(steps)]
    assert [each.start for each in flow] == spans
    assert [told(each) for each in flow] == [numbers(within(there, organization, at, at + step)) for at in spans]
    counted = Counter((each.state, each.reason) for each in within(there, organization, since, until))
    assert counts == [Count(*key, events) for key, events in sorted(counted.items())]


def test_percentiles_are_of_what_was_delivered_within_five_percent() -> None:
    took = [0.1 * number for number in range(1, 101)]
    receipts = [standing(seq, took_s=seconds) for seq, seconds in enumerate(took, start=1)]
    parked = standing(101, took_s=10_000, state=State.PARKED, reason="no_user")
    past = [standing(seq, took_s=10_000, source=Source.REPORT) for seq in range(102, 302)]

    with kept([*receipts, parked, *past]) as (_, data_dir):
        db = open_for_reading(data_dir)
        [flow, quiet] = rollups.flow(db, None, START, START + 2 * MINUTE, 60)
        db.close()

    assert flow.p50_ms == pytest.approx(5_000, rel=0.05)
    assert flow.p95_ms == pytest.approx(9_500, rel=0.05)
    assert flow.p99_ms == pytest.approx(9_900, rel=0.05)
    assert (quiet.received, quiet.p50_ms) == (0, None)


@given(st.integers(0, 10**10))
def test_a_latency_is_kept_within_five_percent(latency_ms: int) -> None:
    assert latency_of(bucket_of(latency_ms)) == pytest.approx(latency_ms, rel=0.05)


def test_a_long_time_is_covered_by_hours_and_its_edges_by_minutes() -> None:
    start = datetime(2026, 1, 1, 0, 30, tzinfo=UTC)
    receipts = [standing(seq, at=start + seq * timedelta(minutes=20)) for seq in range(1, 200)]

    with kept(receipts) as (_, data_dir):
        db = open_for_reading(data_dir)
        flow = rollups.flow(db, None, start, start + timedelta(hours=49), 7 * 3_600)
        db.close()

    assert sum(each.received for each in flow) == len(within(receipts, None, start, start + timedelta(hours=49)))
