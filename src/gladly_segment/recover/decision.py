"""What a look at a webhook leads to: one pure decision that the guardian executes."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, TypeAlias

import msgspec

from gladly_segment.core.moments import parse_moment
from gladly_segment.ports.registry import Feed
from gladly_segment.ports.webhooks import Webhook

OVERLAP: Final = timedelta(hours=2)
"""What happened that long before the feed was last seen whole may still have been waiting for one of Gladly's retries,
which go on for 1.6 hours (Gladly fact sheet, webhooks)."""

_AWAY: Final = timedelta(minutes=5)
"""Shorter absences are bridged by Gladly's retries."""

NEW: Final = timedelta(minutes=3)
"""While an organization is being connected, its webhook may be missing or disabled for a moment."""


class Nothing(msgspec.Struct, frozen=True, tag=True):
    """All is well, or too new to tell."""


class Recover(msgspec.Struct, frozen=True, tag=True):
    """The webhook works, but nobody knows what was missed since `start`."""

    start: datetime


class Reenable(msgspec.Struct, frozen=True, tag=True):
    """Gladly gave the webhook up at `since`: have it enabled, and recover what happened from `start` on."""

    since: datetime
    start: datetime


class Trouble(StrEnum):
    """What only a person can mend, or may have meant."""

    DISABLED_BY_HAND = "disabled_by_hand"
    MISSING = "missing"


class Alarm(msgspec.Struct, frozen=True, tag=True):
    """Call somebody, and change nothing; `since`: when the trouble was first seen."""

    trouble: Trouble
    since: datetime


Decision: TypeAlias = Nothing | Recover | Reenable | Alarm


def decide(feed: Feed, webhook: Webhook | None, now: datetime) -> Decision:
    """Decide from what was noted of a feed, and its webhook as it is now (Gladly fact sheet, webhooks)."""
    if webhook is None:
        return _call(Trouble.MISSING, feed, now)
    if webhook.enabled:
        return _watch(feed, now)
    if webhook.disabled_at_due_to_retry_limit is None:
        return _call(Trouble.DISABLED_BY_HAND, feed, now)
    since = parse_moment(webhook.disabled_at_due_to_retry_limit) or feed.disabled_since or now
    return Reenable(since, min(feed.whole_until or since, now) - OVERLAP)


def _watch(feed: Feed, now: datetime) -> Decision:
    # Never seen whole: what happened before the organization was connected is not asked for.
    if feed.whole_until is None:
        return Nothing()
    if feed.disabled_since is None and now - feed.whole_until <= _AWAY:
        return Nothing()
    return Recover(min(feed.whole_until, now) - OVERLAP)


def _call(trouble: Trouble, feed: Feed, now: datetime) -> Decision:
    since = feed.disabled_since or now
    if feed.whole_until is None and now - since < NEW:
        return Nothing()
    return Alarm(trouble, since)
