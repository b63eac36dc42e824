"""Which receipt belongs to what a list tells of."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gladly_segment.core.ids import ConversationId
from gladly_segment.core.matching import TOLERANCE, match
from gladly_segment.core.occurrence import EventKind
from tests.support.clock import START

MS = timedelta(milliseconds=1)


class Told(msgspec.Struct, frozen=True):
    conversation: ConversationId
    kind: EventKind
    at: datetime


class Receipt(msgspec.Struct, frozen=True):
    conversation: ConversationId
    kind: EventKind
    occurred_at: datetime | None


def told(kind: EventKind, ms: int = 0, conversation: str = "c-1") -> Told:
    return Told(ConversationId(conversation), kind, START + ms * MS)


def receipt(kind: EventKind, ms: int | None = 0, conversation: str = "c-1") -> Receipt:
    return Receipt(ConversationId(conversation), kind, None if ms is None else START + ms * MS)


CREATED, CLOSED = EventKind.CREATED, EventKind.CLOSED


@pytest.mark.parametrize("ms", [-1000, -1, 0, 999, 1000])
def test_a_closing_is_known_by_a_moment_at_most_a_second_away(ms: int) -> None:
    matched = match([told(CLOSED)], [receipt(CLOSED, ms)])

    assert matched.pairs == ((told(CLOSED), receipt(CLOSED, ms)),)


@pytest.mark.parametrize(
    "other",
    [
        receipt(CLOSED, 1001),
        receipt(CLOSED, -1001),
        receipt(CLOSED, None),
        receipt(CREATED),
        receipt(CLOSED, conversation="c-2"),
    ],
    ids=["later", "earlier", "at no time", "of another kind", "of another conversation"],
)
def test_another_receipt_is_not_taken_for_it(other: Receipt) -> None:
    matched = match([told(CLOSED)], [other])

    assert (matched.pairs, matched.told_only, matched.known_only) == ((), (told(CLOSED),), (other,))


@pytest.mark.parametrize("ms", [-86_400_000, 86_400_000, None], ids=["a day before", "a day after", "at no time"])
def test_a_creation_happens_once_whenever_that_is_said_to_have_been(ms: int | None) -> None:
    matched = match([told(CREATED)], [receipt(CREATED, ms)])

    assert matched.pairs == ((told(CREATED), receipt(CREATED, ms)),)


def test_a_second_receipt_of_a_creation_is_left_over() -> None:
    matched = match([told(CREATED)], [receipt(CREATED), receipt(CREATED, 5)])

    assert matched.known_only == (receipt(CREATED, 5),)


def test_the_nearest_are_paired_first_and_each_only_once() -> None:
    first, second = told(CLOSED), told(CLOSED, 900)

    matched = match([first, second], [receipt(CLOSED, 800), receipt(CLOSED, -700)])

    assert matched.pairs == ((second, receipt(CLOSED, 800)), (first, receipt(CLOSED, -700)))


_conversations = st.sampled_from(["c-1", "c-2"])
_kinds = st.sampled_from(EventKind)
_moments = st.integers(0, 3_000)


@given(
    st.lists(st.builds(told, _kinds, _moments, _conversations), max_size=8),
    st.lists(st.builds(receipt, _kinds, _moments, _conversations), max_size=8),
)
def test_everything_is_in_one_place_and_pairs_belong_together(happened: list[Told], there: list[Receipt]) -> None:
    matched = match(happened, there)

    assert _sorted([left for left, _ in matched.pairs], matched.told_only) == _sorted(happened, [])
    assert _sorted([right for _, right in matched.pairs], matched.known_only) == _sorted(there, [])
    for left, right in matched.pairs:
        assert (left.conversation, left.kind) == (right.conversation, right.kind)
        assert right.occurred_at is not None
        assert left.kind is CREATED or abs(left.at - right.occurred_at) <= TOLERANCE


@given(st.sets(st.integers(0, 100).map(lambda number: 2_001 * number), max_size=6))
def test_whatever_is_told_rounded_down_to_the_second_is_known(moments: set[int]) -> None:
    rounded = [told(CLOSED, ms - ms % 1_000) for ms in moments]

    matched = match(rounded, [receipt(CLOSED, ms) for ms in moments])

    assert (len(matched.pairs), matched.told_only, matched.known_only) == (len(moments), (), ())


def _sorted(some: Sequence[msgspec.Struct], others: Sequence[msgspec.Struct]) -> list[str]:
    return sorted(repr(each) for each in (*some, *others))
