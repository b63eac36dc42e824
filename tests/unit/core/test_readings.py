"""From which list each part of the past is read."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from gladly_segment.core.past import Span
from gladly_segment.core.readings import EVENTS_REACH, REPORT_DAYS, readings, unread
from gladly_segment.core.records import Source

NOW = datetime(2026, 3, 10, 12, 30, 15, 250_000, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def ago(span: timedelta) -> datetime:
    return NOW - span


def test_the_last_day_is_read_from_the_events_api() -> None:
    (reading,) = readings(Span(ago(20 * HOUR), ago(HOUR)), NOW, ())

    assert (reading.source, reading.span) == (Source.EVENTS_API, Span(ago(20 * HOUR), ago(HOUR)))


def test_what_is_older_is_read_from_reports_of_whole_weeks() -> None:
    *reports, last = readings(Span(datetime(2026, 2, 20, 6, tzinfo=UTC), NOW), NOW, ())

    assert last.source is Source.EVENTS_API
    assert [each.source for each in reports] == [Source.REPORT] * 3
    assert [each.span.end for each in reports[:2]] == [
        datetime(2026, 2, 27, tzinfo=UTC),
        datetime(2026, 3, 6, tzinfo=UTC),
    ]


def test_what_exports_cover_is_read_from_them_and_the_rest_around_them_is_not() -> None:
    job = Span(ago(6 * DAY), ago(3 * DAY))

    sources = [(each.source, each.span) for each in readings(Span(ago(7 * DAY), ago(2 * DAY)), NOW, [job])]

    assert sources == [
        (Source.REPORT, Span(ago(7 * DAY), job.start)),
        (Source.EXPORT, job),
        (Source.REPORT, Span(job.end, ago(2 * DAY))),
    ]


def test_of_exports_that_overlap_the_longest_is_read_and_the_other_only_for_the_rest() -> None:
    longer, shorter = Span(ago(9 * DAY), ago(5 * DAY)), Span(ago(8 * DAY), ago(4 * DAY))

    sources = [each.span for each in readings(Span(ago(9 * DAY), ago(4 * DAY)), NOW, [shorter, longer])]

    assert sources == [longer, Span(longer.end, shorter.end)]


def test_nothing_is_read_of_what_has_not_happened_yet() -> None:
    (reading,) = readings(Span(ago(HOUR), NOW + DAY), NOW, ())

    assert reading.span.end == NOW
    assert readings(Span(NOW, NOW + DAY), NOW, ()) == ()


_hours = st.integers(-24 * 40 * 60, 24 * 60).map(lambda minutes: NOW + timedelta(minutes=minutes, milliseconds=7))
_spans = st.lists(_hours, min_size=2, max_size=2, unique=True).map(lambda ends: Span(min(ends), max(ends)))


@given(_spans, st.lists(_spans, max_size=5))
def test_the_parts_lie_end_to_end_from_the_beginning_to_now_at_most(span: Span, exported: list[Span]) -> None:
    parts = readings(span, NOW, exported)

    ends = [each.span.end for each in parts]
    assert [each.span.start for each in parts] == ([span.start, *ends[:-1]] if parts else [])
    assert ends[-1:] == ([min(span.end, NOW)] if span.start < NOW else [])
    for each in parts:
        assert each.span.start < each.span.end
        assert each.why


@given(_spans, st.lists(_spans, max_size=5))
def test_no_part_is_beyond_what_its_list_reaches(span: Span, exported: list[Span]) -> None:
    for each in readings(span, NOW, exported):
        start, end = each.span.start, each.span.end
        match each.source:
            case Source.EVENTS_API:
                assert start >= NOW - EVENTS_REACH
            case Source.EXPORT:
                assert any(job.start <= start and end <= job.end for job in exported)
            case _:
                assert end <= NOW - EVENTS_REACH + timedelta(minutes=1)
                assert end - start <= REPORT_DAYS * DAY


@given(_spans, st.lists(_spans, max_size=5))
def test_what_is_unread_and_what_was_read_are_the_whole_span(span: Span, read: list[Span]) -> None:
    gaps = unread(span, read)

    assert unread(span, [*read, *gaps]) == ()
    for gap in gaps:
        assert span.start <= gap.start < gap.end <= span.end
        assert not any(each.start < gap.end and gap.start < each.end for each in read)
