"""Batches that Segment takes whole: within its limits, in order, nothing lost, none more than needed."""

import json
from collections.abc import Sequence
from itertools import chain, pairwise
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gladly_segment.core.batching import (
    MAX_BATCH_BYTES,
    MAX_BATCH_EVENTS,
    MAX_EVENT_BYTES,
    envelope,
    halves,
    pack,
)
from gladly_segment.core.records import Entry
from tests.unit.builders import ready

SENT_AT: Final = "2022-07-08T18:46:37.946Z"
SMALLEST: Final = b"{}"


def runs(smallest: int, largest: int, fewest: int, most: int) -> st.SearchStrategy[list[int]]:
    """A number of payloads of one size."""
    sizes = st.integers(smallest, largest).map(lambda size: [size])
    return st.tuples(sizes, st.integers(fewest, most)).map(lambda run: run[0] * run[1])


def joined(drawn: list[list[int]]) -> list[int]:
    return list(chain.from_iterable(drawn))


payloads_of_any_size: Final = st.lists(runs(2, MAX_EVENT_BYTES, 1, 40), max_size=4).map(joined)
many_small_payloads: Final = runs(2, 200, MAX_BATCH_EVENTS - 3, 2 * MAX_BATCH_EVENTS)
sizes: Final = payloads_of_any_size | many_small_payloads


def entries_of(payload_sizes: Sequence[int]) -> list[Entry]:
    return [ready(b"x" * size, seq) for seq, size in enumerate(payload_sizes)]


def body(batch: Sequence[Entry]) -> bytes:
    return envelope([entry.payload for entry in batch], SENT_AT)


def fits(batch: Sequence[Entry]) -> bool:
    return len(batch) <= MAX_BATCH_EVENTS and len(body(batch)) <= MAX_BATCH_BYTES


@given(payload_sizes=sizes)
def test_every_batch_is_within_segments_limits(payload_sizes: list[int]) -> None:
    assert all(batch and fits(batch) for batch in pack(entries_of(payload_sizes)))


@given(payload_sizes=sizes)
def test_nothing_is_lost_doubled_or_moved(payload_sizes: list[int]) -> None:
    entries = entries_of(payload_sizes)

    assert list(chain.from_iterable(pack(entries))) == entries


@given(payload_sizes=sizes)
def test_a_batch_ends_only_where_the_next_event_has_no_room(payload_sizes: list[int]) -> None:
    batches = list(pack(entries_of(payload_sizes)))

    for batch, following in pairwise(batches):
        longer = [*batch, following[0]]
        # The size is counted with one comma more than a batch has.
        assert len(longer) > MAX_BATCH_EVENTS or len(body(longer)) >= MAX_BATCH_BYTES


def test_no_events_are_no_batch() -> None:
    assert list(pack([])) == []


@pytest.mark.parametrize(("count", "lengths"), [(2500, [2500]), (2501, [2500, 1])])
def test_the_limit_of_events_is_2500(count: int, lengths: list[int]) -> None:
    batches = pack([ready(SMALLEST, seq) for seq in range(count)])

    assert [len(batch) for batch in batches] == lengths


def test_the_limits_are_those_of_the_fact_sheet() -> None:
    assert (MAX_EVENT_BYTES, MAX_BATCH_BYTES, MAX_BATCH_EVENTS) == (32_000, 475_000, 2_500)


def test_fourteen_of_the_largest_events_fit_and_a_fifteenth_does_not() -> None:
    batches = pack(entries_of([MAX_EVENT_BYTES] * 15))

    assert [len(batch) for batch in batches] == [14, 1]


@pytest.mark.parametrize("payloads", [[], [b'{"a":1}'], [b'{"a":1}', b'{"b":"\xc3\xa9"}']])
def test_the_envelope_holds_the_events_as_they_are_and_the_moment_of_sending(payloads: list[bytes]) -> None:
    written = envelope(payloads, SENT_AT)

    assert json.loads(written) == {"batch": [json.loads(payload) for payload in payloads], "sentAt": SENT_AT}
    assert all(payload in written for payload in payloads)


@given(count=st.integers(2, 40))
def test_halves_keep_the_order_and_both_are_smaller(count: int) -> None:
    batch = entries_of([2] * count)

    first, second = halves(batch)

    assert [*first, *second] == batch
    assert max(len(first), len(second)) < count
