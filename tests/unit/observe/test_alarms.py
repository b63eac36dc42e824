"""Alarms are told when they begin, daily while they last, and when they are over."""

from datetime import timedelta

import msgspec
import pytest

from gladly_segment.core.feed_signals import (
    AlarmEnded,
    AlarmKind,
    AlarmRaised,
    DisabledBy,
    FeedDisabled,
    FeedEnabled,
    FeedUnguarded,
    GapLost,
)
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.lifecycle import Stage
from gladly_segment.core.signals import Change, JournalTrouble, OrganizationChanged, StageHeld, StageResumed
from gladly_segment.observe.alarms import Alarms, Notice, Phase
from tests.support.clock import START, ManualClock
from tests.support.observer import RecordingObserver
from tests.support.receipts import OTHER_SHOP, SHOP

DAY_S, MINUTE_S = 86_400, 60


class Office:
    """Alarms, and all who are told of them."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.observer = RecordingObserver()
        self.notices: list[Notice] = []
        self.alarms = Alarms(self.observer, self.notices.append, self.clock)

    def phases(self) -> list[tuple[AlarmKind, Phase]]:
        return [(each.alarm, each.state) for each in self.notices]


@pytest.fixture
def office() -> Office:
    return Office()


def disabled(organization: OrganizationId = SHOP) -> FeedDisabled:
    return FeedDisabled(organization, DisabledBy.HAND, START)


def test_a_new_alarm_is_told_at_once(office: Office) -> None:
    office.alarms.emit(disabled())

    assert [each.alarm for each in office.observer.of(AlarmRaised)] == [AlarmKind.FEED_DISABLED]
    (notice,) = office.notices
    assert (notice.alarm, notice.state) == (AlarmKind.FEED_DISABLED, Phase.RAISED)
    assert (notice.organization, notice.at) == (SHOP, START)
    assert notice.hint in notice.text


def test_it_is_posted_in_a_form_that_chat_tools_show() -> None:
    office = Office()
    office.alarms.emit(disabled())

    posted = msgspec.json.decode(msgspec.json.encode(office.notices[0]), type=dict[str, str])

    assert posted.keys() == {"text", "alarm", "state", "organization", "at", "hint"}
    assert posted["at"] == "2026-03-01T12:00:00Z"


def test_what_is_met_again_is_not_told_again(office: Office) -> None:
    for _ in range(3):
        office.alarms.emit(StageHeld(SHOP, Stage.ENRICH, "answered 401 (Unauthorized)", START))

    assert office.phases() == [(AlarmKind.ENRICH_HELD, Phase.RAISED)]


def test_organizations_and_kinds_are_told_apart(office: Office) -> None:
    office.alarms.emit(disabled(SHOP))
    office.alarms.emit(disabled(OTHER_SHOP))
    office.alarms.emit(FeedUnguarded(SHOP, "answered 403 (Forbidden)"))
    office.alarms.emit(StageResumed(SHOP, Stage.ENRICH))

    assert len(office.notices) == 3


def test_its_end_is_told(office: Office) -> None:
    office.alarms.emit(disabled())
    office.alarms.emit(FeedEnabled(SHOP))
    office.alarms.emit(FeedEnabled(SHOP))

    assert office.phases() == [(AlarmKind.FEED_DISABLED, Phase.RAISED), (AlarmKind.FEED_DISABLED, Phase.ENDED)]
    assert office.observer.of(AlarmEnded) == [AlarmEnded(SHOP, AlarmKind.FEED_DISABLED)]
    assert office.notices[1].text.startswith("Over: ")


def test_after_its_end_it_may_begin_again(office: Office) -> None:
    for _ in range(2):
        office.alarms.emit(disabled())
        office.alarms.emit(FeedEnabled(SHOP))

    assert len(office.notices) == 4


def test_what_lasts_is_told_again_once_a_day(office: Office) -> None:
    office.alarms.emit(disabled())
    for _ in range(50):
        office.clock.advance(3_600)
        office.alarms.look()

    assert office.phases() == [
        (AlarmKind.FEED_DISABLED, phase) for phase in (Phase.RAISED, Phase.ONGOING, Phase.ONGOING)
    ]
    assert office.notices[1].text.startswith("Still: ")
    assert len(office.observer.of(AlarmRaised)) == 1


def test_what_is_told_again_is_what_was_met_last(office: Office) -> None:
    office.alarms.emit(StageHeld(SHOP, Stage.ENRICH, "answered 401 (Unauthorized)", START))
    office.alarms.emit(StageHeld(SHOP, Stage.ENRICH, "answered 403 (Forbidden)", START))
    office.clock.advance(DAY_S)

    office.alarms.look()

    assert "403" in office.notices[1].text


def test_a_lost_gap_is_told_each_time_and_never_again(office: Office) -> None:
    office.alarms.emit(GapLost(SHOP, START, START + timedelta(hours=1)))
    office.alarms.emit(GapLost(SHOP, START, START + timedelta(hours=2)))
    office.clock.advance(DAY_S)
    office.alarms.look()

    assert office.phases() == [(AlarmKind.GAP_LOST, Phase.RAISED)] * 2


def test_trouble_of_the_journal_is_over_when_it_is_not_met_for_five_minutes(office: Office) -> None:
    office.alarms.emit(JournalTrouble("disk full"))
    for _ in range(4):
        office.clock.advance(MINUTE_S)
        office.alarms.look()
    office.alarms.emit(JournalTrouble("disk full"))
    for _ in range(4):
        office.clock.advance(MINUTE_S)
        office.alarms.look()
    assert len(office.notices) == 1

    office.clock.advance(MINUTE_S)
    office.alarms.look()

    assert office.phases()[1:] == [(AlarmKind.JOURNAL_TROUBLE, Phase.ENDED)]
    assert office.notices[1].organization is None


@pytest.mark.parametrize("change", [Change.REMOVED, Change.PAUSED])
def test_an_organization_that_stands_still_or_is_gone_calls_nobody(office: Office, change: Change) -> None:
    office.alarms.emit(disabled())

    office.alarms.emit(OrganizationChanged(SHOP, change))
    office.clock.advance(DAY_S)
    office.alarms.look()

    assert office.phases()[1:] == [(AlarmKind.FEED_DISABLED, Phase.ENDED)]
