"""What was last noticed of an organization: it lives in memory, and begins anew with the process."""

from datetime import datetime, timedelta
from typing import Final, TypeAlias

import msgspec

from gladly_segment.core.certificate_signals import Completeness
from gladly_segment.core.feed_signals import (
    DisabledBy,
    FeedDisabled,
    FeedEnabled,
    FeedHeard,
    FeedMissing,
    FeedReenabled,
    FeedSilent,
    FeedUnguarded,
)
from gladly_segment.core.signals import (
    GladlyCalled,
    OrganizationChanged,
    StageHeld,
    StageResumed,
    WebhookAnswered,
)
from gladly_segment.core.situation import FeedSeen, FeedState, Held

THROTTLED_KEPT: Final = timedelta(hours=1)
"""How long answers 429 are counted."""

_TAKEN: Final = range(200, 300)
_THROTTLED: Final = 429
_MINUTE_S: Final = 60


class Throttled(msgspec.Struct, frozen=True):
    """How many answers 429 came within a minute; `minute` are minutes since 1970."""

    minute: int
    answers: int


class Noticed(msgspec.Struct, frozen=True, kw_only=True):
    """What is None was not noticed yet.

    `disabled_by` is there while the feed is disabled; `unguarded` says why the webhook cannot be watched, if so.
    `limit_per_s` and `left` are from Gladly's last answer that told them, at `asked_at`; `heard_at` is when a webhook
    was taken last. `complete_until` and `certified_until` are those of its certificates.
    """

    feed: FeedSeen | None = None
    disabled_by: DisabledBy | None = None
    unguarded: str = ""
    held: tuple[Held, ...] = ()
    limit_per_s: int | None = None
    left: int | None = None
    asked_at: datetime | None = None
    throttled: tuple[Throttled, ...] = ()
    heard_at: datetime | None = None
    complete_until: datetime | None = None
    certified_until: datetime | None = None

    def throttled_since(self, since: datetime) -> int:
        """Count Gladly's answers 429 from a moment's minute on, at most `THROTTLED_KEPT` ago."""
        return sum(each.answers for each in self.throttled if each.minute >= _minute(since))


_OfFeed: TypeAlias = FeedEnabled | FeedDisabled | FeedMissing | FeedUnguarded | FeedReenabled | FeedSilent | FeedHeard

Noticeable: TypeAlias = (
    WebhookAnswered | GladlyCalled | StageHeld | StageResumed | OrganizationChanged | Completeness | _OfFeed
)
"""The signals that change it."""


def notice(before: Noticed, signal: Noticeable, at: datetime) -> Noticed:
    """Take note of a signal of this organization that came at a moment."""
    match signal:
        case WebhookAnswered(status=status):
            return msgspec.structs.replace(before, heard_at=at) if status in _TAKEN else before
        case GladlyCalled():
            return _called(before, signal, at)
        case StageHeld(stage=stage, detail=detail):
            others = tuple(each for each in before.held if each.stage is not stage)
            return msgspec.structs.replace(before, held=(*others, Held(stage, detail)))
        case StageResumed(stage=stage):
            return msgspec.structs.replace(before, held=tuple(each for each in before.held if each.stage is not stage))
        case Completeness(complete_until=complete, certified_until=certified):
            return msgspec.structs.replace(before, complete_until=complete, certified_until=certified)
        case OrganizationChanged():
            # Its pipeline is another from now on, or there is none: that one knows of no trouble yet.
            return msgspec.structs.replace(before, held=(), feed=None, disabled_by=None, unguarded="")
        case _:
            return _feed(before, signal)


def _called(before: Noticed, called: GladlyCalled, at: datetime) -> Noticed:
    after = before
    if called.limit is not None and called.left is not None:
        after = msgspec.structs.replace(after, limit_per_s=called.limit, left=called.left, asked_at=at)
    if called.status == _THROTTLED:
        after = msgspec.structs.replace(after, throttled=_counted(before.throttled, _minute(at)))
    return after


def _counted(before: tuple[Throttled, ...], minute: int) -> tuple[Throttled, ...]:
    answers = 1 + sum(each.answers for each in before if each.minute == minute)
    oldest = minute - THROTTLED_KEPT // timedelta(minutes=1)
    return (*(each for each in before if oldest <= each.minute and each.minute != minute), Throttled(minute, answers))


def _feed(before: Noticed, signal: _OfFeed) -> Noticed:
    match signal:
        case FeedEnabled() | FeedReenabled() | FeedHeard():
            return _seen(before, FeedSeen(FeedState.ENABLED))
        case FeedDisabled(by=by, since=since):
            return _seen(before, FeedSeen(FeedState.DISABLED, since), by)
        case FeedMissing():
            return _seen(before, FeedSeen(FeedState.MISSING))
        case FeedSilent(since=since):
            return _seen(before, FeedSeen(FeedState.SILENT, since))
        case FeedUnguarded(detail=detail):
            return msgspec.structs.replace(before, unguarded=detail)


def _seen(before: Noticed, feed: FeedSeen, by: DisabledBy | None = None) -> Noticed:
    return msgspec.structs.replace(before, feed=feed, disabled_by=by, unguarded="")


def _minute(at: datetime) -> int:
    return int(at.timestamp()) // _MINUTE_S
