"""Which signals call somebody, and which are the end of it."""

from datetime import timedelta
from typing import get_args

import pytest

from gladly_segment.core.alarms import AllClear, Call, meaning
from gladly_segment.core.certificate import DifferenceKind
from gladly_segment.core.certificate_signals import (
    CertifyingFailed,
    CertifyingResumed,
    HoursComplete,
    HoursIncomplete,
)
from gladly_segment.core.feed_signals import (
    AlarmKind,
    DisabledBy,
    FeedDisabled,
    FeedEnabled,
    FeedHeard,
    FeedMissing,
    FeedReenabled,
    FeedSilent,
    FeedUnguarded,
    GapLost,
    GapRecovered,
    GapUnread,
)
from gladly_segment.core.lifecycle import Stage
from gladly_segment.core.signals import (
    Change,
    JournalTrouble,
    OrganizationChanged,
    SettingsTrouble,
    Signal,
    StageHeld,
    StageResumed,
)
from tests.support.clock import START
from tests.support.receipts import SHOP
from tests.unit.observe.conftest import ONE_OF_EACH

LATER = START + timedelta(hours=2)

CALLS: dict[AlarmKind, Signal] = {
    AlarmKind.FEED_DISABLED: FeedDisabled(SHOP, DisabledBy.HAND, START),
    AlarmKind.FEED_MISSING: FeedMissing(SHOP),
    AlarmKind.FEED_UNGUARDED: FeedUnguarded(SHOP, "answered 403 (Forbidden)"),
    AlarmKind.FEED_SILENT: FeedSilent(SHOP, START, 7),
    AlarmKind.GAP_UNREAD: GapUnread(SHOP, "answered 403 (Forbidden)"),
    AlarmKind.GAP_LOST: GapLost(SHOP, START, LATER),
    AlarmKind.INCOMPLETE: HoursIncomplete(SHOP, 2, START, (DifferenceKind.DOUBLED,)),
    AlarmKind.UNCERTIFIED: CertifyingFailed(SHOP, START, "answered 403 (Forbidden)"),
    AlarmKind.ENRICH_HELD: StageHeld(SHOP, Stage.ENRICH, "answered 401 (Unauthorized)", LATER),
    AlarmKind.DELIVER_HELD: StageHeld(SHOP, Stage.DELIVER, "answered 401 (Unauthorized)", LATER),
    AlarmKind.JOURNAL_TROUBLE: JournalTrouble("disk full"),
    AlarmKind.SETTINGS_TROUBLE: SettingsTrouble(SHOP, "this write key is bound to another"),
}

ENDS: list[tuple[Signal, set[AlarmKind]]] = [
    (FeedEnabled(SHOP), {AlarmKind.FEED_DISABLED, AlarmKind.FEED_MISSING, AlarmKind.FEED_UNGUARDED}),
    (FeedHeard(SHOP), {AlarmKind.FEED_SILENT}),
    (GapRecovered(SHOP, START, LATER, 0, 0), {AlarmKind.GAP_UNREAD}),
    (HoursComplete(SHOP), {AlarmKind.INCOMPLETE}),
    (CertifyingResumed(SHOP), {AlarmKind.UNCERTIFIED}),
    (StageResumed(SHOP, Stage.ENRICH), {AlarmKind.ENRICH_HELD}),
    (StageResumed(SHOP, Stage.DELIVER), {AlarmKind.DELIVER_HELD}),
    (OrganizationChanged(SHOP, Change.PAUSED), set(AlarmKind)),
    (OrganizationChanged(SHOP, Change.CHANGED), {AlarmKind.ENRICH_HELD, AlarmKind.DELIVER_HELD}),
    (OrganizationChanged(SHOP, Change.REMOVED), set(AlarmKind)),
]


@pytest.mark.parametrize("alarm", AlarmKind)
def test_each_kind_of_alarm_has_a_cause_and_says_what_to_do(alarm: AlarmKind) -> None:
    call = meaning(CALLS[alarm])

    assert isinstance(call, Call)
    assert call.alarm is alarm
    assert call.organization == (None if alarm is AlarmKind.JOURNAL_TROUBLE else SHOP)
    assert call.text.endswith(".")
    assert call.hint


@pytest.mark.parametrize(("signal", "alarms"), ENDS)
def test_what_is_over(signal: Signal, alarms: set[AlarmKind]) -> None:
    found = meaning(signal)

    assert isinstance(found, AllClear)
    assert (found.organization, set(found.alarms)) == (SHOP, alarms)


def test_all_other_signals_call_nobody() -> None:
    calling = {type(signal) for signal in CALLS.values()} | {type(signal) for signal, _ in ENDS}
    quiet = [each for each in ONE_OF_EACH if type(each) not in calling]

    assert {type(each) for each in quiet} == set(get_args(Signal)) - calling
    assert [each for each in quiet if meaning(each) is not None] == []


@pytest.mark.parametrize(
    "signal",
    [
        FeedDisabled(SHOP, DisabledBy.RETRY_LIMIT, START),
        FeedReenabled(SHOP),
        OrganizationChanged(SHOP, Change.ADDED),
        OrganizationChanged(SHOP, Change.RESUMED),
    ],
)
def test_what_the_service_mends_itself_calls_nobody(signal: Signal) -> None:
    assert meaning(signal) is None


def test_a_lost_span_is_told_exactly() -> None:
    call = meaning(GapLost(SHOP, START, LATER))

    assert isinstance(call, Call)
    assert "from 2026-03-01 12:00Z to 2026-03-01 14:00Z" in call.text


def test_the_one_who_is_called_for_a_disabled_webhook_is_told_the_clicks_and_the_command() -> None:
    call = meaning(FeedDisabled(SHOP, DisabledBy.HAND, START))

    assert isinstance(call, Call)
    assert "in Gladly (Settings, Webhooks)" in call.hint
    assert "/webhooks/shop" in call.hint
    assert "gladly-segment connect shop" in call.hint


def test_settings_that_are_nobodys_own_call_somebody_too() -> None:
    call = meaning(SettingsTrouble(None, "the file is not TOML"))

    assert isinstance(call, Call)
    assert (call.organization, call.alarm) == (None, AlarmKind.SETTINGS_TROUBLE)
