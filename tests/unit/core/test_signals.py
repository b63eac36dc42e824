"""The names under which signals appear in logs: operators search for them."""

from typing import get_args

from gladly_segment.core.signals import Signal


def test_a_signal_is_named_by_its_tag() -> None:
    names = {signal.__struct_config__.tag for signal in get_args(Signal)}

    assert names == {
        "webhook_answered",
        "receipt_appended",
        "receipt_settled",
        "attempt_failed",
        "stage_held",
        "stage_resumed",
        "gladly_called",
        "batch_sent",
        "journal_trouble",
    }
