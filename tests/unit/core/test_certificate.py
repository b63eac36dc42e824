"""What a certificate says, and up to when everything is complete."""

from datetime import timedelta

import msgspec
import pytest

from gladly_segment.core.certificate import (
    OPEN,
    Certificate,
    Difference,
    DifferenceKind,
    Standing,
    by_hours,
    complete_until,
)
from gladly_segment.core.ids import ConversationId
from gladly_segment.core.occurrence import EventKind
from gladly_segment.core.past import Span
from gladly_segment.core.records import Source
from tests.support.clock import START
from tests.support.receipts import SHOP

H, M = timedelta(hours=1), timedelta(minutes=1)


def certificate(*kinds: DifferenceKind, hour: int = 0, **fields: object) -> Certificate:
    """Of an hour in which five things happened at Gladly; three were accepted, and two suppressed."""
    differences = tuple(
        Difference(kind=kind, conversation=ConversationId("c-1"), event=EventKind.CREATED, at=START) for kind in kinds
    )
    made = Certificate(
        organization=SHOP,
        span=Span(START + hour * H, START + (hour + 1) * H),
        made_at=START + 30 * H,
        source=Source.EVENTS_API,
        at_gladly=5,
        in_journal=5,
        accepted=3,
        suppressed=(("conversation_gone", 1), ("customer_deleted", 1)),
        differences=differences,
        in_feed=True,
    )
    return msgspec.structs.replace(made, **fields)


def test_it_is_complete_when_the_sum_comes_out() -> None:
    assert certificate().standing is Standing.COMPLETE
    assert certificate().ended == 5


@pytest.mark.parametrize("field", ["at_gladly", "in_journal", "accepted"])
@pytest.mark.parametrize("off_by", [-1, 1])
def test_it_is_never_complete_when_the_sum_does_not_come_out(field: str, off_by: int) -> None:
    wrong = certificate(**{field: getattr(certificate(), field) + off_by})

    assert wrong.standing is Standing.INCOMPLETE


@pytest.mark.parametrize("kind", sorted(OPEN))
def test_a_difference_that_somebody_must_look_at_makes_it_incomplete_whatever_the_sum(kind: DifferenceKind) -> None:
    assert certificate(kind).standing is Standing.INCOMPLETE
    assert certificate(kind, DifferenceKind.WAITING).standing is Standing.INCOMPLETE


@pytest.mark.parametrize("kind", [DifferenceKind.RECOVERED, DifferenceKind.VANISHED])
def test_what_was_recovered_or_vanished_leaves_it_complete(kind: DifferenceKind) -> None:
    assert certificate(kind).standing is Standing.COMPLETE


def test_what_waits_makes_it_wait() -> None:
    assert certificate(DifferenceKind.WAITING, accepted=2).standing is Standing.WAITING


def test_what_could_not_be_read_makes_it_incomplete() -> None:
    assert certificate(unreadable=1).standing is Standing.INCOMPLETE


def test_what_was_ordered_says_so_until_it_is_made() -> None:
    assert certificate(ordered=True).standing is Standing.ORDERED


@pytest.mark.parametrize(
    ("certificates", "hours"),
    [
        ([], None),
        ([certificate(hour=0), certificate(hour=1)], 2),
        ([certificate(hour=0), certificate(DifferenceKind.WAITING, hour=1), certificate(hour=2)], 1),
        ([certificate(hour=0), certificate(hour=2)], 1),
        ([certificate(DifferenceKind.MISSING, hour=0, in_feed=False), certificate(hour=1)], 2),
        ([certificate(DifferenceKind.PARKED, hour=0), certificate(hour=1)], None),
        ([certificate(hour=0), certificate(hour=1, ordered=True)], 1),
    ],
    ids=["none", "all", "until one waits", "until one is not there", "in the feed only", "not the first", "ordered"],
)
def test_complete_until_the_first_hour_that_is_not(certificates: list[Certificate], hours: int | None) -> None:
    assert complete_until(certificates) == (None if hours is None else START + hours * H)


def test_a_span_is_cut_where_hours_end() -> None:
    spans = by_hours(Span(START + 20 * M, START + 2 * H + 5 * M))

    assert [(each.start - START, each.end - START) for each in spans] == [
        (20 * M, H),
        (H, 2 * H),
        (2 * H, 2 * H + 5 * M),
    ]


def test_of_no_time_there_is_no_hour() -> None:
    assert by_hours(Span(START, START)) == []
