"""What can be said of an event, or a conversation, by somebody who asks why."""

from enum import StrEnum

import msgspec


class Verdict(StrEnum):
    """What explains an event, or a conversation."""

    SENT = "sent"
    PARKED = "parked"
    DROPPED = "dropped"
    TYPE_IGNORED = "type_ignored"
    PROFILE_CHANGE = "profile_change"
    CUSTOMER_DELETED = "customer_deleted"
    CONVERSATION_GONE = "conversation_gone"
    CUSTOMER_ERASED = "customer_erased"
    NOT_WANTED = "not_wanted"
    NOT_RUNNING = "not_running"
    NOT_SERVED = "not_served"
    PAUSED = "paused"
    STAGE_HELD = "stage_held"
    BEHIND_ANOTHER = "behind_another"
    RETRY_DUE = "retry_due"
    WAITING_FOR_QUOTA = "waiting_for_quota"
    ABOUT_TO_BE_SENT = "about_to_be_sent"
    UNKNOWN_TO_GLADLY = "unknown_to_gladly"
    NO_LONGER_KEPT = "no_longer_kept"
    FEED_MISSING = "feed_missing"
    FEED_DISABLED = "feed_disabled"
    FEED_SILENT = "feed_silent"
    NEVER_RECEIVED = "never_received"


class Answer(msgspec.Struct, frozen=True):
    """`why` is one sentence for a person; `todo` says what to do, and is empty where nothing is to be done."""

    verdict: Verdict
    why: str
    todo: str = ""
