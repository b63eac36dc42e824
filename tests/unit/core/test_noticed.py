"""What was last noticed of an organization."""

from datetime import datetime, timedelta

import pytest

from gladly_segment.core.certificate_signals import Completeness
from gladly_segment.core.feed_signals import (
    DisabledBy,
    FeedDisabled,
    FeedEnabled,
    FeedHeard,
    FeedMissing,
    FeedReenabled,
    FeedSilent,
    FeedUnguarded,
)
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.lifecycle import Stage
from gladly_segment.core.noticed import Noticeable, Noticed, notice
from gladly_segment.core.signals import (
    Change,
    GladlyCalled,
    OrganizationChanged,
    StageHeld,
    StageResumed,
    WebhookAnswered,
)
from gladly_segment.core.situation import FeedSeen, FeedState, Held
from tests.support.clock import START

SHOP = OrganizationId("shop")
ENRICH = StageHeld(SHOP, Stage.ENRICH, "401 token", START)
DELIVER = StageHeld(SHOP, Stage.DELIVER, "401 key", START)
THROTTLED = GladlyCalled(SHOP, "customers", 429, 0.1)


def noticed(*signals: Noticeable, at: datetime = START, before: Noticed | None = None) -> Noticed:
    found = before or Noticed()
    for signal in signals:
        found = notice(found, signal, at)
    return found


@pytest.mark.parametrize(
    ("signal", "feed", "by"),
    [
        (FeedEnabled(SHOP), FeedSeen(FeedState.ENABLED), None),
        (FeedReenabled(SHOP), FeedSeen(FeedState.ENABLED), None),
        (FeedHeard(SHOP), FeedSeen(FeedState.ENABLED), None),
        (FeedMissing(SHOP), FeedSeen(FeedState.MISSING), None),
        (FeedSilent(SHOP, START, 3), FeedSeen(FeedState.SILENT, START), None),
        (FeedDisabled(SHOP, DisabledBy.HAND, START), FeedSeen(FeedState.DISABLED, START), DisabledBy.HAND),
    ],
)
def test_a_look_at_the_webhook_tells_how_it_is_and_ends_what_was_before(
    signal: Noticeable, feed: FeedSeen, by: DisabledBy | None
) -> None:
    before = noticed(FeedDisabled(SHOP, DisabledBy.RETRY_LIMIT, START), FeedUnguarded(SHOP, "403"))

    found = noticed(signal, before=before)

    assert (found.feed, found.disabled_by, found.unguarded) == (feed, by, "")


def test_a_webhook_that_cannot_be_watched_is_as_it_was_seen_last() -> None:
    found = noticed(FeedEnabled(SHOP), FeedUnguarded(SHOP, "403"))

    assert (found.feed, found.unguarded) == (FeedSeen(FeedState.ENABLED), "403")


def test_each_stage_is_held_and_goes_on_by_itself() -> None:
    both = noticed(ENRICH, DELIVER, StageHeld(SHOP, Stage.ENRICH, "403", START))
    one = noticed(StageResumed(SHOP, Stage.ENRICH), before=both)

    assert set(both.held) == {Held(Stage.ENRICH, "403"), Held(Stage.DELIVER, "401 key")}
    assert one.held == (Held(Stage.DELIVER, "401 key"),)


def test_what_gladly_tells_of_its_rate_stays_until_it_tells_again() -> None:
    told = noticed(GladlyCalled(SHOP, "customers", 200, 0.1, 10, 4))

    found = noticed(GladlyCalled(SHOP, "customers", 0, 0.1), at=START + timedelta(seconds=9), before=told)

    assert (found.limit_per_s, found.left, found.asked_at) == (10, 4, START)


def test_answers_429_are_counted_for_an_hour() -> None:
    found = Noticed()
    for minutes in (0, 0, 30, 60, 95):
        found = noticed(THROTTLED, at=START + timedelta(minutes=minutes), before=found)

    end = START + timedelta(minutes=95)
    assert found.throttled_since(end - timedelta(hours=1)) == 2
    assert found.throttled_since(end - timedelta(minutes=1)) == 1
    assert len(found.throttled) == 2


def test_it_is_known_up_to_when_everything_is_complete() -> None:
    complete, certified = START - timedelta(hours=5), START - timedelta(hours=1)
    told = Completeness(SHOP, certified_until=certified, complete_until=complete, waiting=0, incomplete=1)

    found = noticed(told, OrganizationChanged(SHOP, Change.PAUSED))

    assert (found.complete_until, found.certified_until) == (complete, certified)


def test_only_a_webhook_that_was_taken_was_heard() -> None:
    taken = noticed(WebhookAnswered(SHOP, 200, 0.1))

    refused = noticed(WebhookAnswered(SHOP, 503, 0.1), at=START + timedelta(hours=1), before=taken)

    assert refused.heard_at == START
    assert noticed(WebhookAnswered(SHOP, 401, 0.1)).heard_at is None


@pytest.mark.parametrize("change", [Change.PAUSED, Change.RESUMED, Change.CHANGED, Change.ADDED])
def test_another_pipeline_knows_of_no_trouble_yet(change: Change) -> None:
    before = noticed(
        WebhookAnswered(SHOP, 200, 0.1),
        GladlyCalled(SHOP, "customers", 200, 0.1, 10, 4),
        FeedDisabled(SHOP, DisabledBy.HAND, START),
        FeedUnguarded(SHOP, "403"),
        ENRICH,
    )

    found = noticed(OrganizationChanged(SHOP, change), before=before)

    assert (found.feed, found.disabled_by, found.unguarded, found.held) == (None, None, "", ())
    assert (found.heard_at, found.left) == (START, 4)
