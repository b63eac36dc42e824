from datetime import timedelta
from typing import Any, Final

import pytest

from gladly_segment.core.backfill import Phase
from gladly_segment.core.backfill_signals import (
    BackfillAdvanced,
    BackfillBegan,
    BackfillEnded,
    BackfillsUnusable,
    BackfillWaits,
)
from gladly_segment.core.certificate import DifferenceKind, Standing
from gladly_segment.core.certificate_signals import (
    Certified,
    CertifyingFailed,
    CertifyingResumed,
    Completeness,
    HoursComplete,
    HoursIncomplete,
)
from gladly_segment.core.failures import FailureKind
from gladly_segment.core.feed_signals import (
    AlarmEnded,
    AlarmKind,
    AlarmRaised,
    AlarmsUnposted,
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
from gladly_segment.core.history_signals import HistoryFollowed, HistoryRebuilt, HistoryShed, HistoryTrouble
from gladly_segment.core.ids import Lane, OrganizationId, ReceiptKey, Seq
from gladly_segment.core.lifecycle import Stage, State
from gladly_segment.core.mirror_signals import MirrorAnswered, MirrorTrouble
from gladly_segment.core.records import Appended, Source
from gladly_segment.core.signals import (
    AttemptFailed,
    BatchSent,
    Change,
    GladlyCalled,
    JournalTrouble,
    OrganizationChanged,
    ReceiptAppended,
    ReceiptSettled,
    SettingsTrouble,
    Signal,
    SpansDropped,
    StageHeld,
    StageResumed,
    TracingResumed,
    TracingTrouble,
    TurnedAway,
    TurnedAwayFor,
    WebhookAnswered,
    WorkEnded,
)
from gladly_segment.core.work import Work
from gladly_segment.observe.traces import Traces
from tests.support.clock import START, ManualClock
from tests.unit.observe.spans import Kept

SHOP: Final = OrganizationId("shop")
KEY: Final = ReceiptKey("0123456789abcdef0123456789abcdef01234567")
LANE: Final = Lane("conversation:c-1")


def appended(disposition: Appended = Appended.NEW, **fields: Any) -> ReceiptAppended:
    """Tell of a closing that came by webhook at `START`."""
    usual: dict[str, Any] = {"event_type": "CONVERSATION/CLOSED", "event_id": "e-1", "key": KEY, "lane": LANE}
    usual |= {"state": State.RECEIVED, "received_at": START, **fields}
    return ReceiptAppended(organization=SHOP, disposition=disposition, **usual)


def work(stage: Stage = Stage.ENRICH, key: ReceiptKey = KEY, *, after_s: float = 1.0, attempts: int = 0) -> Work:
    """An attempt `after_s` seconds after the receipt entered its state, at `START`."""
    began = START + timedelta(seconds=after_s)
    return Work(SHOP, stage, key, LANE, "CONVERSATION/CLOSED", START, attempts, began)


ONE_OF_EACH: Final[tuple[Signal, ...]] = (
    WebhookAnswered(SHOP, 200, 0.25),
    MirrorAnswered(SHOP, 200),
    MirrorTrouble("the mirror could not be written: disk full"),
    TurnedAway(TurnedAwayFor.SLOW),
    appended(traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
    ReceiptSettled(SHOP, Seq(7), State.DELIVERED, "", "", 0.5),
    AttemptFailed(SHOP, Stage.DELIVER, FailureKind.UNAVAILABLE, "answered 503 (Service Unavailable)", 3),
    WorkEnded(work(), State.RECEIVED, "", "answered 503 (Service Unavailable)"),
    StageHeld(SHOP, Stage.ENRICH, "answered 401 (Unauthorized)", START + timedelta(seconds=30)),
    StageResumed(SHOP, Stage.ENRICH),
    GladlyCalled(SHOP, "conversations", 200, 0.125, 10, 7),
    BatchSent(SHOP, 200, 3, 1_000, 0.0625),
    JournalTrouble("the journal could not be written: disk full"),
    SettingsTrouble(SHOP, "the setting gladly_token is missing"),
    OrganizationChanged(SHOP, Change.ADDED),
    FeedEnabled(SHOP),
    FeedDisabled(SHOP, DisabledBy.HAND, START),
    FeedMissing(SHOP),
    FeedUnguarded(SHOP, "answered 403 (Forbidden)"),
    FeedReenabled(SHOP),
    FeedSilent(SHOP, START, 12),
    FeedHeard(SHOP),
    GapRecovered(SHOP, START, START + timedelta(hours=2), 40, 3, 1),
    GapUnread(SHOP, "answered 403 (Forbidden)"),
    GapLost(SHOP, START, START + timedelta(hours=2)),
    AlarmRaised(SHOP, AlarmKind.FEED_MISSING, "Gladly sends nothing", "connect it"),
    AlarmEnded(SHOP, AlarmKind.FEED_MISSING),
    AlarmsUnposted(2, "answered 404 (Not Found)"),
    SpansDropped(512),
    TracingTrouble("the collector answered 401"),
    TracingResumed(),
    Certified(
        organization=SHOP,
        start=START,
        end=START + timedelta(hours=1),
        source=Source.EVENTS_API,
        standing=Standing.WAITING,
        at_gladly=40,
        in_journal=40,
        accepted=38,
        suppressed=1,
        differences={DifferenceKind.RECOVERED: 2, DifferenceKind.WAITING: 1},
    ),
    Completeness(SHOP, START + timedelta(hours=1), START, waiting=1, incomplete=0),
    HoursIncomplete(SHOP, 2, START, (DifferenceKind.DOUBLED,)),
    HoursComplete(SHOP),
    CertifyingFailed(SHOP, START, "answered 403 (Forbidden)"),
    CertifyingResumed(SHOP),
    BackfillBegan(SHOP, START - timedelta(days=90), START),
    BackfillAdvanced(SHOP, found=9, known=2, left_out=1, handed_over=5, ended=4),
    BackfillWaits(SHOP, "Gladly: answered 503 (Service Unavailable)"),
    BackfillEnded(SHOP, Phase.DONE),
    BackfillsUnusable(SHOP, "the file of backfills is damaged"),
    HistoryFollowed(1_000, 3),
    HistoryShed(),
    HistoryRebuilt(1_000),
    HistoryTrouble("the history cannot be written: disk full"),
)
"""A signal of every kind there is; a test holds it to the list of kinds."""


@pytest.fixture
def kept() -> Kept:
    return Kept()


@pytest.fixture
def traces(kept: Kept, clock: ManualClock) -> Traces:
    return Traces(kept, 1.0, clock)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()
