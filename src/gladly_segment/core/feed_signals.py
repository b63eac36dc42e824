"""Signals about the feed of webhooks as a whole, what it missed, and the alarms that call somebody."""

from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.signal import Signaled as _Signal


class AlarmKind(StrEnum):
    """What somebody is called for."""

    FEED_DISABLED = "feed_disabled"
    FEED_MISSING = "feed_missing"
    FEED_UNGUARDED = "feed_unguarded"
    FEED_SILENT = "feed_silent"
    GAP_UNREAD = "gap_unread"
    GAP_LOST = "gap_lost"
    INCOMPLETE = "incomplete"
    UNCERTIFIED = "uncertified"
    ENRICH_HELD = "enrich_held"
    DELIVER_HELD = "deliver_held"
    JOURNAL_TROUBLE = "journal_trouble"
    SETTINGS_TROUBLE = "settings_trouble"


class FeedEnabled(_Signal, frozen=True):
    """Gladly sends an organization's webhooks: told at the first look, and when it does again."""

    organization: OrganizationId


class DisabledBy(StrEnum):
    """Who disabled a webhook."""

    RETRY_LIMIT = "retry_limit"
    """Gladly, after its last retry."""
    HAND = "hand"
    """Somebody in Gladly, or another tool."""


class FeedDisabled(_Signal, frozen=True):
    """Gladly sends nothing; `since` is when it was disabled, or first seen so."""

    organization: OrganizationId
    by: DisabledBy
    since: datetime


class FeedMissing(_Signal, frozen=True):
    """Gladly knows of no webhook that leads here."""

    organization: OrganizationId


class FeedUnguarded(_Signal, frozen=True):
    """The webhook cannot be watched, or not be enabled again, until somebody mends what Gladly finds wrong."""

    organization: OrganizationId
    detail: str


class FeedReenabled(_Signal, frozen=True):
    """The service had the webhook enabled again."""

    organization: OrganizationId


class FeedSilent(_Signal, frozen=True):
    """Gladly has `events` since the last webhook that never came: they are being read from its Events API instead."""

    organization: OrganizationId
    since: datetime
    events: int


class FeedHeard(_Signal, frozen=True):
    """Webhooks come again after a silence."""

    organization: OrganizationId


class GapRecovered(_Signal, frozen=True):
    """What happened between two moments was read from Gladly's Events API: `new` events, and `known` ones.

    `unreadable` lines were no events.
    """

    organization: OrganizationId
    start: datetime
    end: datetime
    new: int
    known: int
    unreadable: int = 0


class GapUnread(_Signal, frozen=True):
    """What was missed cannot be read until somebody mends what Gladly finds wrong."""

    organization: OrganizationId
    detail: str


class GapLost(_Signal, frozen=True):
    """What was missed between two moments is older than the Events API reaches."""

    organization: OrganizationId
    start: datetime
    end: datetime


class AlarmRaised(_Signal, frozen=True):
    """Somebody is needed; told once, however often the cause is met. `organization` is None for the whole service."""

    organization: OrganizationId | None
    alarm: AlarmKind
    text: str
    hint: str


class AlarmEnded(_Signal, frozen=True):
    """What an alarm was about is over."""

    organization: OrganizationId | None
    alarm: AlarmKind


class AlarmsUnposted(_Signal, frozen=True):
    """Alarms could not be posted to the configured address, and were given up."""

    alarms: int
    detail: str


FeedSignal: TypeAlias = (
    FeedEnabled
    | FeedDisabled
    | FeedMissing
    | FeedUnguarded
    | FeedReenabled
    | FeedSilent
    | FeedHeard
    | GapRecovered
    | GapUnread
    | GapLost
    | AlarmRaised
    | AlarmEnded
    | AlarmsUnposted
)
