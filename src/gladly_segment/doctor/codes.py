"""The codes of all findings that are not well, and what findings of one code have in common."""

from enum import StrEnum

import msgspec

from gladly_segment.doctor.findings import Check, Severity


class Code(StrEnum):
    """Stable: monitoring may be built on them."""

    NOT_LOOKED_AT = "not_looked_at"
    LEFT_OUT = "left_out"
    NO_ORGANIZATION = "no_organization"
    ORGANIZATION_UNUSABLE = "organization_unusable"
    ORGANIZATION_PAUSED = "organization_paused"
    FILE_OPEN_TO_ALL = "file_open_to_all"
    SECRETS_CLOSED = "secrets_closed"
    WRITE_KEY_SHARED = "write_key_shared"
    WRITE_KEY_MISBOUND = "write_key_misbound"
    DATA_DIR_READ_ONLY = "data_dir_read_only"
    DATA_DIR_REMOTE = "data_dir_remote"
    DISK_FULL = "disk_full"
    DISK_FILLING = "disk_filling"
    NO_JOURNAL = "no_journal"
    JOURNAL_UNREADABLE = "journal_unreadable"
    JOURNAL_DAMAGED = "journal_damaged"
    JOURNAL_FULL = "journal_full"
    JOURNAL_FILLING = "journal_filling"
    SERVICE_DOWN = "service_down"
    LISTENER_SILENT = "listener_silent"
    SERVICE_NOT_READY = "service_not_ready"
    CLOCK_WRONG = "clock_wrong"
    CLOCK_SKEWED = "clock_skewed"
    GLADLY_UNREACHABLE = "gladly_unreachable"
    GLADLY_MISDIRECTED = "gladly_misdirected"
    GLADLY_TOKEN_REFUSED = "gladly_token_refused"  # noqa: S105 - a finding's name
    GLADLY_PERMISSION_MISSING = "gladly_permission_missing"
    GLADLY_UNAVAILABLE = "gladly_unavailable"
    GLADLY_THROTTLED = "gladly_throttled"
    GLADLY_SLOW = "gladly_slow"
    SEGMENT_UNREACHABLE = "segment_unreachable"
    SEGMENT_MISDIRECTED = "segment_misdirected"
    SEGMENT_UNAVAILABLE = "segment_unavailable"
    SEGMENT_SLOW = "segment_slow"
    SEGMENT_TEST_REFUSED = "segment_test_refused"
    WEBHOOK_MISSING = "webhook_missing"
    WEBHOOK_DISABLED = "webhook_disabled"
    WEBHOOK_ELSEWHERE = "webhook_elsewhere"
    WEBHOOK_EVENTS_MISSING = "webhook_events_missing"
    WEBHOOK_PROFILES_MISSING = "webhook_profiles_missing"
    WEBHOOK_WITHOUT_CREDENTIALS = "webhook_without_credentials"
    WEBHOOK_TWICE = "webhook_twice"
    WEBHOOKS_NEAR_LIMIT = "webhooks_near_limit"
    RIVAL_WEBHOOK = "rival_webhook"
    SEGMENT_APP_HIDDEN = "segment_app_hidden"
    NO_EVENT_YET = "no_event_yet"
    FEED_SILENT = "feed_silent"
    ENRICH_HELD = "enrich_held"
    DELIVER_HELD = "deliver_held"
    BACKLOG_AGEING = "backlog_ageing"
    BACKLOG_LATE = "backlog_late"
    BACKLOG_NEAR_LIMIT = "backlog_near_limit"
    HOURS_INCOMPLETE = "hours_incomplete"
    HOURS_UNCERTIFIED = "hours_uncertified"
    DEAD_LETTERS = "dead_letters"


class Kind(msgspec.Struct, frozen=True):
    """What findings of one code have in common; `{…}` in `mend` is filled in.

    `mend_in_settings` stands in its place for an organization that is declared in the settings.
    """

    check: Check | None
    severity: Severity
    why: str
    mend: str
    mend_in_settings: str = ""
