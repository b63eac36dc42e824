"""What the guardian does at a look, and what it leaves to a person."""

import asyncio
from datetime import timedelta

import pytest

from gladly_segment.core.errors import CallFailedError, JournalDamagedError, WebhookRefusedError
from gladly_segment.core.failures import Failure, FailureKind
from gladly_segment.core.feed_signals import (
    DisabledBy,
    FeedDisabled,
    FeedEnabled,
    FeedMissing,
    FeedReenabled,
    FeedUnguarded,
    GapRecovered,
    GapUnread,
)
from gladly_segment.core.signals import JournalTrouble, Signal
from gladly_segment.ports.registry import Action, Feed
from gladly_segment.ports.webhooks import WebhookId
from tests.support.clock import START as NOW
from tests.support.clock import ManualClock
from tests.support.feeds import WEBHOOK, a_webhook
from tests.support.receipts import SHOP, conversation_event
from tests.unit.recover.conftest import Watch

H, M, S = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)

AWAY = Feed(organization=SHOP, webhook_id=WEBHOOK, whole_until=NOW - 3 * H)
SEEN = Feed(organization=SHOP, webhook_id=WEBHOOK, whole_until=NOW - M)

NOT_AVAILABLE = Failure(FailureKind.UNAVAILABLE, "answered 503 (Service Unavailable)")
FORBIDDEN = Failure(FailureKind.UNAUTHORIZED, "answered 403 (Forbidden)")
NO_PING = WebhookRefusedError(
    Failure(FailureKind.REFUSED, "answered 400 (Bad Request): the PING event was not answered with 200"),
    attr="url",
    refusal="the PING event was not answered with 200",
)


def gap(watch: Watch) -> None:
    """Let Gladly give up an hour ago, after the service had been away for three."""
    watch.feeds.noted = AWAY
    watch.webhooks.there[WEBHOOK] = a_webhook(gave_up=NOW - H)
    watch.past.events = [conversation_event("CLOSED", at=NOW - 2 * H)]


def of_the_feed(watch: Watch) -> list[Signal]:
    return [each for each in watch.observer.signals if type(each).__name__.startswith(("Feed", "Gap"))]


async def test_a_webhook_that_sends_is_noted_as_whole_with_its_id(watch: Watch) -> None:
    await watch.guardian.look()

    assert watch.feeds.noted == Feed(organization=SHOP, webhook_id=WEBHOOK, whole_until=NOW)
    assert of_the_feed(watch) == [FeedEnabled(SHOP)]
    assert watch.webhooks.calls == ["all"]


async def test_from_then_on_a_look_is_one_call_and_says_nothing_new(watch: Watch) -> None:
    await watch.guardian.look()
    watch.webhooks.calls.clear()

    await watch.guardian.look()

    assert watch.webhooks.calls == [f"read {WEBHOOK}"]
    assert of_the_feed(watch) == [FeedEnabled(SHOP)]


async def test_one_whose_id_is_gone_is_found_by_its_address(watch: Watch) -> None:
    watch.feeds.noted = Feed(organization=SHOP, webhook_id="w-0", whole_until=NOW - M)
    watch.webhooks.there[WebhookId("w-2")] = a_webhook(id_="w-2", url="https://events.example/webhooks/shop-2")

    await watch.guardian.look()

    assert watch.webhooks.calls == ["read w-0", "all"]
    assert watch.feeds.noted.webhook_id == WEBHOOK


async def test_of_two_that_lead_here_none_is_touched(watch: Watch) -> None:
    watch.webhooks.there = {
        WebhookId(name): a_webhook(id_=name, url=f"https://{name}.example/webhooks/shop", gave_up=NOW)
        for name in ("w-1", "w-2")
    }

    await watch.guardian.look()

    assert of_the_feed(watch) == [FeedUnguarded(SHOP, "2 webhooks lead to /webhooks/shop")]
    assert watch.webhooks.calls == ["all"]


async def test_what_gladly_gave_up_is_enabled_again_and_what_was_missed_is_recovered(watch: Watch) -> None:
    gap(watch)

    await watch.guardian.look()

    now = NOW + 20 * S
    assert watch.webhooks.calls == [f"read {WEBHOOK}", f"enable {WEBHOOK}"]
    assert of_the_feed(watch) == [
        FeedDisabled(SHOP, DisabledBy.RETRY_LIMIT, NOW - H),
        GapRecovered(SHOP, NOW - 5 * H, NOW, new=1, known=0),
        FeedReenabled(SHOP),
        FeedEnabled(SHOP),
        GapRecovered(SHOP, NOW - 20 * S, NOW, new=0, known=0),
        GapRecovered(SHOP, NOW - 20 * S, now, new=0, known=0),
    ]
    assert watch.feeds.noted == Feed(organization=SHOP, webhook_id=WEBHOOK, whole_until=now)
    assert watch.feeds.done == [
        Action(at=NOW, organization=SHOP, by="guardian", what="webhook_enabled", detail=WEBHOOK)
    ]


async def test_what_was_missed_is_read_before_gladly_sends_again(watch: Watch) -> None:
    gap(watch)
    watch.webhooks.refusal = NO_PING

    await watch.guardian.look()

    assert [each.new for each in watch.observer.of(GapRecovered)] == [1]


async def test_what_the_events_api_was_late_with_is_read_by_the_second_pass(watch: Watch) -> None:
    gap(watch)
    late = conversation_event("CREATED", "c-late", at=NOW - 5 * S)
    watch.past.late = {3: late}
    await watch.guardian.look()

    assert [each.new for each in watch.observer.of(GapRecovered)] == [1, 0, 1]


async def test_a_recovery_that_fails_does_not_keep_the_webhook_disabled_and_is_made_good_later(watch: Watch) -> None:
    gap(watch)
    watch.past.failure = NOT_AVAILABLE

    await watch.guardian.look()

    assert watch.webhooks.there[WEBHOOK].enabled
    assert watch.feeds.noted.whole_until == AWAY.whole_until
    watch.past.failure = None
    await watch.guardian.look()
    assert sum(each.new for each in watch.observer.of(GapRecovered)) == 1
    assert watch.feeds.noted.whole_until == watch.clock.now()


async def test_the_feed_is_not_whole_before_the_second_pass_has_succeeded_too(watch: Watch) -> None:
    watch.feeds.noted = AWAY
    watch.past.failing = {2: NOT_AVAILABLE}

    await watch.guardian.look()
    assert watch.feeds.noted.whole_until == AWAY.whole_until

    await watch.guardian.look()
    assert watch.feeds.noted.whole_until == watch.clock.now()


async def test_a_gap_that_began_a_moment_ago_is_made_good_after_a_failure_too(watch: Watch) -> None:
    gap(watch)
    watch.feeds.noted = SEEN
    watch.past.failure = NOT_AVAILABLE

    await watch.guardian.look()
    watch.past.failure = None
    await watch.guardian.look()

    assert sum(each.new for each in watch.observer.of(GapRecovered)) == 1


async def test_a_ping_that_is_not_answered_is_told_once_and_tried_again_at_every_look(watch: Watch) -> None:
    gap(watch)
    watch.webhooks.refusal = NO_PING

    await watch.guardian.look()
    await watch.guardian.look()

    assert watch.observer.of(FeedUnguarded) == [FeedUnguarded(SHOP, NO_PING.message)]
    assert len(watch.observer.of(FeedDisabled)) == 1
    assert watch.webhooks.calls.count(f"enable {WEBHOOK}") == 2

    watch.webhooks.refusal = None
    await watch.guardian.look()
    assert watch.observer.of(FeedEnabled) == [FeedEnabled(SHOP)]


async def test_what_was_disabled_by_hand_is_left_so_and_told_once(watch: Watch) -> None:
    watch.feeds.noted = SEEN
    watch.webhooks.there[WEBHOOK] = a_webhook(enabled=False)

    await watch.guardian.look()
    await watch.clock.sleep(60)
    await watch.guardian.look()

    assert of_the_feed(watch) == [FeedDisabled(SHOP, DisabledBy.HAND, NOW)]
    assert not watch.webhooks.there[WEBHOOK].enabled
    assert watch.past.asked == []
    assert watch.feeds.noted.whole_until == SEEN.whole_until


async def test_once_somebody_enables_it_what_was_missed_is_recovered(watch: Watch) -> None:
    watch.feeds.noted = SEEN
    watch.webhooks.there[WEBHOOK] = a_webhook(enabled=False)
    await watch.guardian.look()
    watch.past.events = [conversation_event("CLOSED", at=NOW + 30 * S)]
    await watch.clock.sleep(60)
    watch.webhooks.there[WEBHOOK] = a_webhook()

    await watch.guardian.look()

    assert sum(each.new for each in watch.observer.of(GapRecovered)) == 1
    assert watch.observer.of(FeedEnabled) == [FeedEnabled(SHOP)]
    assert watch.feeds.noted.disabled_since is None


async def test_each_change_is_told(watch: Watch) -> None:
    for enabled in (True, False, True, False):
        watch.webhooks.there[WEBHOOK] = a_webhook(enabled=enabled)
        await watch.guardian.look()

    told = [type(each) for each in of_the_feed(watch) if not isinstance(each, GapRecovered)]
    assert told == [FeedEnabled, FeedDisabled, FeedEnabled, FeedDisabled]


async def test_a_webhook_that_was_deleted_is_missed(watch: Watch) -> None:
    watch.feeds.noted = SEEN
    watch.webhooks.there = {}

    await watch.guardian.look()

    assert of_the_feed(watch) == [FeedMissing(SHOP)]


async def test_one_that_never_was_there_is_missed_after_a_while_only(watch: Watch) -> None:
    watch.webhooks.there = {}
    for _ in range(3):
        await watch.guardian.look()
        await watch.clock.sleep(60)
    assert of_the_feed(watch) == []

    await watch.guardian.look()

    assert of_the_feed(watch) == [FeedMissing(SHOP)]


async def test_after_an_absence_what_was_missed_is_recovered_though_the_webhook_sends(watch: Watch) -> None:
    watch.feeds.noted = AWAY
    watch.past.events = [conversation_event("CLOSED", at=NOW - 2 * H)]

    await watch.guardian.look()

    assert watch.past.asked[0] == (NOW - 5 * H, NOW)
    assert sum(each.new for each in watch.observer.of(GapRecovered)) == 1
    assert watch.webhooks.calls == [f"read {WEBHOOK}"]


async def test_a_past_that_may_not_be_read_is_told_once(watch: Watch) -> None:
    watch.feeds.noted = AWAY
    watch.past.failure = FORBIDDEN

    await watch.guardian.look()
    await watch.guardian.look()

    assert of_the_feed(watch) == [FeedEnabled(SHOP), GapUnread(SHOP, FORBIDDEN.detail)]
    assert watch.feeds.noted.whole_until == AWAY.whole_until


@pytest.mark.parametrize(
    "kind", [FailureKind.UNREACHABLE, FailureKind.THROTTLED, FailureKind.UNAVAILABLE, FailureKind.MALFORMED]
)
async def test_trouble_that_passes_is_not_told(watch: Watch, kind: FailureKind) -> None:
    watch.feeds.noted = SEEN
    watch.webhooks.failure = Failure(kind, "no answer in time")

    await watch.guardian.look()

    assert watch.observer.signals == []
    assert watch.feeds.noted == SEEN


async def test_trouble_that_does_not_pass_in_half_an_hour_is_told(watch: Watch) -> None:
    await watch.clock.sleep(600)
    await watch.guardian.look()
    watch.webhooks.failure = NOT_AVAILABLE
    await watch.clock.sleep(1_799)
    await watch.guardian.look()
    assert watch.observer.of(FeedUnguarded) == []

    await watch.clock.sleep(1)
    await watch.guardian.look()

    assert watch.observer.of(FeedUnguarded) == [FeedUnguarded(SHOP, NOT_AVAILABLE.detail)]


async def test_credentials_that_are_refused_are_told_once_and_when_it_is_over(watch: Watch) -> None:
    watch.webhooks.failure = FORBIDDEN
    await watch.guardian.look()
    await watch.guardian.look()
    assert of_the_feed(watch) == [FeedUnguarded(SHOP, FORBIDDEN.detail)]

    watch.webhooks.failure = None
    await watch.guardian.look()

    assert of_the_feed(watch)[1:] == [FeedEnabled(SHOP)]


async def test_a_journal_that_does_not_work_is_told_and_the_next_look_goes_on(watch: Watch) -> None:
    gap(watch)
    watch.journal.troubles["append"] = 1

    await watch.guardian.look()
    assert len(watch.observer.of(JournalTrouble)) == 1
    assert not watch.webhooks.there[WEBHOOK].enabled

    await watch.guardian.look()
    assert watch.webhooks.there[WEBHOOK].enabled


async def test_a_damaged_journal_stops_it(watch: Watch) -> None:
    watch.feeds.damage = JournalDamagedError("the journal is damaged")
    watch.listening.set()

    with pytest.raises(JournalDamagedError):
        await watch.guardian.run()


async def test_it_looks_every_minute_once_a_ping_would_be_answered(watch: Watch) -> None:
    clock = ManualClock()
    slow = Watch(watch.store, clock)
    running = asyncio.create_task(slow.guardian.run())
    await asyncio.sleep(0)
    assert slow.webhooks.calls == []

    slow.listening.set()
    await clock.asleep()

    # The first pause is the organization's own part of a minute.
    assert slow.webhooks.calls == ["all"]
    assert 0.0 < clock.next_waking_s < 60.0
    clock.advance(60)
    await clock.asleep()
    assert (slow.webhooks.calls, clock.next_waking_s) == (["all", f"read {WEBHOOK}"], 60.0)
    running.cancel()


async def test_a_refusal_with_no_reason_is_a_failed_call_like_any_other(watch: Watch) -> None:
    gap(watch)
    watch.webhooks.refusal = CallFailedError(NOT_AVAILABLE)

    await watch.guardian.look()

    assert watch.observer.of(FeedUnguarded) == []
