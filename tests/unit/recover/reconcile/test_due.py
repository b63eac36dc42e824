"""Which hours are to be certified, from where, and which again."""

from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest

from gladly_segment.core.certificate import Certificate, Difference, DifferenceKind
from gladly_segment.core.ids import ConversationId
from gladly_segment.core.occurrence import EventKind
from gladly_segment.core.past import Span
from gladly_segment.core.records import Source
from gladly_segment.recover.reconcile.due import hours_due, is_asked_again, is_over
from gladly_segment.recover.reconcile.lists import instead, readings
from gladly_segment.recover.reconcile.reckoning import UNASKED
from tests.support.clock import START
from tests.support.receipts import SHOP
from tests.support.reckoning import HOUR

H, M, S = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)
LAG = 10 * M


def hours(start: datetime, count: int) -> list[Span]:
    return [Span(start + n * H, start + (n + 1) * H) for n in range(count)]


def test_an_hour_is_due_some_minutes_after_its_end() -> None:
    assert hours_due(START, set(), HOUR.end + LAG - S, LAG) == []
    assert hours_due(START, set(), HOUR.end + LAG, LAG) == [HOUR]


def test_the_first_hour_is_the_first_whole_one_since_webhooks_come() -> None:
    assert hours_due(START + S, set(), START + 3 * H, LAG) == [Span(START + H, START + 2 * H)]


def test_hours_that_were_certified_are_not_due_again_and_holes_are() -> None:
    certified = {START, START + 2 * H}

    assert [each.start for each in hours_due(START, certified, START + 4 * H + LAG, LAG)] == [START + H, START + 3 * H]


def test_after_a_long_absence_two_weeks_are_made_up_for() -> None:
    now = START + 30 * 24 * H
    due = hours_due(START, set(), now, LAG)

    assert due[0].start == now - 14 * 24 * H
    assert len(due) == 14 * 24 - 1


@pytest.mark.parametrize(
    ("latest", "now", "over"),
    [
        (HOUR.end, HOUR.end + 10 * M, True),
        (HOUR.end - S, HOUR.end + 10 * M, False),
        (None, HOUR.end + 10 * M, False),
        (None, HOUR.end + 75 * M, True),
    ],
)
def test_an_hour_is_over_when_a_later_event_shows_it_or_long_after(
    latest: datetime | None, now: datetime, *, over: bool
) -> None:
    assert is_over(HOUR, latest, now) is over


def test_the_last_day_is_read_from_the_events_api_in_portions_with_a_second_around() -> None:
    spans = hours(START, 8)
    first, second = readings(spans, START + 8 * H + LAG)

    assert (first.source, first.spans, second.spans) == (Source.EVENTS_API, tuple(spans[:6]), tuple(spans[6:]))
    assert first.covers == Span(START - S, START + 6 * H + S)


def test_a_hole_between_hours_is_not_read() -> None:
    spans = [hours(START, 4)[0], hours(START, 4)[3]]

    assert [each.spans for each in readings(spans, START + 5 * H)] == [(spans[0],), (spans[1],)]


def test_what_the_events_api_does_not_reach_is_read_from_the_report_a_day_at_a_time() -> None:
    midnight = datetime(2026, 3, 1, tzinfo=UTC)
    spans = hours(midnight + 22 * H, 4)
    first, second = readings(spans, midnight + 60 * H)

    assert (first.source, first.spans, second.spans) == (Source.REPORT, tuple(spans[:2]), tuple(spans[2:]))
    assert first.covers == Span(midnight, midnight + 24 * H)
    assert second.covers.start.date() == date(2026, 3, 2)


@pytest.mark.parametrize(("age", "source"), [(24 * H - 5 * M - S, Source.EVENTS_API), (24 * H - 5 * M, Source.REPORT)])
def test_the_edge_of_the_events_api_is_kept_away_from(age: timedelta, source: Source) -> None:
    (reading,) = readings([HOUR], START + age)

    assert reading.source is source


def test_the_report_takes_the_place_of_an_api_that_refuses_unless_the_hour_is_too_young_for_it() -> None:
    old, young = hours(START, 6)[0], hours(START, 6)[5]
    now = young.end + 10 * M
    (reading,) = readings([old], now)
    (other,) = readings([young], now)

    assert [each.source for each in instead(reading, now)] == [Source.REPORT]
    assert instead(other, now) == []


def certificate(*differences: Difference, **fields: object) -> Certificate:
    made = Certificate(
        organization=SHOP,
        span=HOUR,
        made_at=HOUR.end + 10 * M,
        source=Source.EVENTS_API,
        at_gladly=1,
        in_journal=1,
        accepted=0,
        differences=differences,
        in_feed=True,
    )
    return msgspec.structs.replace(made, **fields)


def difference(kind: DifferenceKind, reason: str = "") -> Difference:
    return Difference(kind=kind, conversation=ConversationId("c-1"), event=EventKind.CREATED, at=START, reason=reason)


def test_gladly_is_asked_at_once_about_what_it_was_not_asked_for_yet() -> None:
    assert is_asked_again(certificate(difference(DifferenceKind.UNKNOWN, UNASKED)), HOUR.end + 11 * M)


@pytest.mark.parametrize("kind", [DifferenceKind.UNKNOWN, DifferenceKind.MISSING])
def test_gladly_is_asked_again_at_ever_longer_intervals(kind: DifferenceKind) -> None:
    made = certificate(difference(kind))
    later = certificate(difference(kind), made_at=HOUR.end + 5 * H)

    assert not is_asked_again(made, made.made_at + H - S)
    assert is_asked_again(made, made.made_at + H)
    assert not is_asked_again(later, later.made_at + 5 * H - S)
    assert is_asked_again(later, later.made_at + 5 * H)


def test_gladly_is_asked_again_for_what_could_not_be_read() -> None:
    assert is_asked_again(certificate(unreadable=1), HOUR.end + 2 * H)


@pytest.mark.parametrize("kind", [DifferenceKind.WAITING, DifferenceKind.PARKED, DifferenceKind.DROPPED])
def test_gladly_is_not_asked_about_what_the_journal_alone_knows(kind: DifferenceKind) -> None:
    assert not is_asked_again(certificate(difference(kind)), HOUR.end + 100 * H)


def test_gladly_is_not_asked_again_about_a_time_before_the_feed() -> None:
    assert not is_asked_again(certificate(difference(DifferenceKind.MISSING), in_feed=False), HOUR.end + 100 * H)
