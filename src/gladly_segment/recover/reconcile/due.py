"""Which hours are to be certified, and which of those that are not complete Gladly is to be asked about again. Pure."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Final

from gladly_segment.core.certificate import HOUR, Certificate, DifferenceKind, hour_of
from gladly_segment.core.past import Span
from gladly_segment.recover.reconcile.reckoning import UNASKED

AFTER: Final = timedelta(minutes=10)
"""By then Gladly's second retry has come, and the Events API shows all of the hour (Gladly fact sheet)."""

PATIENCE: Final = timedelta(minutes=75)
"""An hour may not be over at Gladly when it is by our clock. Without a later event to show it, so long is waited."""

REACHES_BACK: Final = timedelta(days=14)
"""Hours that nobody certified because the service was away are made up for so far back; before that by order only."""

_UNSETTLED: Final = frozenset({DifferenceKind.UNKNOWN, DifferenceKind.MISSING})


def hours_due(since: datetime, certified: Collection[datetime], now: datetime, lag: timedelta) -> Sequence[Span]:
    """Give the hours that have ended, oldest first, and begin at `since` or later; `certified` ones aside.

    `lag` is how long after its end an hour is due: `AFTER`, and more where organizations take turns.
    """
    first = hour_of(since) if since == hour_of(since) else hour_of(since) + HOUR
    hour = max(first, hour_of(now - REACHES_BACK))
    due: list[Span] = []
    while hour + HOUR + lag <= now:
        if hour not in certified:
            due.append(Span(hour, hour + HOUR))
        hour += HOUR
    return due


def is_over(hour: Span, latest: datetime | None, now: datetime) -> bool:
    """Tell whether an hour is over by Gladly's clock: the `latest` event that came is of a later one, or long ago."""
    return (latest is not None and latest >= hour.end) or now - hour.end >= PATIENCE


def is_asked_again(certificate: Certificate, now: datetime) -> bool:
    """Tell whether Gladly may tell more of a span by now: asked at ever longer intervals, unless it was not asked all.

    What waits or is a dead letter is the journal's affair alone.
    """
    if not certificate.in_feed:
        return False
    if any(each.reason == UNASKED for each in certificate.differences):
        return True
    if not certificate.unreadable and not {each.kind for each in certificate.differences} & _UNSETTLED:
        return False
    return now - certificate.made_at >= max(HOUR, certificate.made_at - certificate.span.end)
