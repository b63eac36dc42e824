"""What was noticed is kept for each organization by itself."""

from gladly_segment.core.feed_signals import AlarmKind, AlarmRaised, FeedMissing
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.noticed import Noticed
from gladly_segment.core.signals import Change, JournalTrouble, OrganizationChanged, WebhookAnswered
from gladly_segment.core.situation import FeedSeen, FeedState
from gladly_segment.observe import Noticing
from tests.support.clock import START, ManualClock

SHOP, OTHER_SHOP = OrganizationId("shop"), OrganizationId("other-shop")


def test_organizations_are_kept_apart() -> None:
    noticing = Noticing(ManualClock())

    noticing.emit(FeedMissing(SHOP))
    noticing.emit(WebhookAnswered(OTHER_SHOP, 200, 0.1))

    assert noticing.of(SHOP) == Noticed(feed=FeedSeen(FeedState.MISSING))
    assert noticing.of(OTHER_SHOP) == Noticed(heard_at=START)


def test_of_an_organization_that_was_removed_nothing_is_kept() -> None:
    noticing = Noticing(ManualClock())
    noticing.emit(WebhookAnswered(SHOP, 200, 0.1))

    noticing.emit(OrganizationChanged(SHOP, Change.REMOVED))

    assert noticing.of(SHOP) == Noticed()


def test_what_is_not_about_one_organization_is_passed_over() -> None:
    noticing = Noticing(ManualClock())

    noticing.emit(JournalTrouble("full"))
    noticing.emit(WebhookAnswered(None, 404, 0.1))
    noticing.emit(AlarmRaised(SHOP, AlarmKind.FEED_MISSING, "text", "hint"))

    assert noticing.of(SHOP) == Noticed()
