"""The names under which signals appear in logs: operators search for them."""

from typing import get_args

from gladly_segment.core.signals import Signal


def test_a_signal_is_named_by_its_tag() -> None:
    names = {signal.__struct_config__.tag for signal in get_args(Signal)}

    assert names == {
        "webhook_answered",
        "mirror_answered",
        "mirror_trouble",
        "receipt_appended",
        "receipt_settled",
        "attempt_failed",
        "stage_held",
        "stage_resumed",
        "gladly_called",
        "batch_sent",
        "journal_trouble",
        "settings_trouble",
        "organization_changed",
        "turned_away",
        "feed_enabled",
        "feed_disabled",
        "feed_missing",
        "feed_unguarded",
        "feed_reenabled",
        "feed_silent",
        "feed_heard",
        "gap_recovered",
        "gap_unread",
        "gap_lost",
        "alarm_raised",
        "alarm_ended",
        "alarms_unposted",
        "work_ended",
        "spans_dropped",
        "tracing_trouble",
        "tracing_resumed",
        "history_followed",
        "history_shed",
        "history_rebuilt",
        "history_trouble",
        "backfill_began",
        "backfill_advanced",
        "backfill_waits",
        "backfill_ended",
        "backfills_unusable",
        "certified",
        "completeness",
        "hours_incomplete",
        "hours_complete",
        "certifying_failed",
        "certifying_resumed",
    }
