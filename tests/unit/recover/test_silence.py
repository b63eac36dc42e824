"""A feed that is silent against its rhythm: Gladly is asked whether there is anything to be heard."""

from datetime import timedelta

import pytest

from gladly_segment.core.failures import Failure, FailureKind
from gladly_segment.core.feed_signals import FeedHeard, FeedSilent, GapLost, GapUnread
from tests.support.clock import START
from tests.support.receipts import SHOP, conversation_event
from tests.unit.recover.conftest import Watch

H, M = timedelta(hours=1), timedelta(minutes=1)
NOW = START + 10 * M


def silence(watch: Watch, hours: int = 4) -> None:
    watch.pulses.beats_always(NOW)
    watch.pulses.silent_for(hours * H, NOW)


@pytest.fixture(autouse=True)
async def it_has_run_for_a_while(watch: Watch) -> None:
    """The first look is ten minutes after the start: that is `NOW`."""
    await watch.clock.sleep(600)


async def test_events_that_gladly_knows_of_and_that_did_not_come_are_recovered_and_told(watch: Watch) -> None:
    silence(watch)
    watch.past.events = [conversation_event("CLOSED", f"c-{number}", at=NOW - H) for number in range(3)]

    await watch.silence.look()

    assert watch.observer.of(FeedSilent) == [FeedSilent(SHOP, NOW - 4 * H, 3)]


async def test_it_is_told_once_and_goes_on_being_recovered(watch: Watch) -> None:
    silence(watch)
    watch.past.events = [conversation_event("CLOSED", "c-1", at=NOW - H)]
    await watch.silence.look()
    watch.past.events.append(conversation_event("CLOSED", "c-2", at=NOW))
    await watch.clock.sleep(600)

    await watch.silence.look()

    assert len(watch.observer.of(FeedSilent)) == 1
    assert len(watch.past.asked) == 2
    assert watch.observer.of(FeedHeard) == []


async def test_it_is_over_when_a_webhook_comes(watch: Watch) -> None:
    silence(watch)
    watch.past.events = [conversation_event("CLOSED", "c-1", at=NOW - H)]
    await watch.silence.look()
    await watch.clock.sleep(600)
    watch.pulses.silent_for(M, watch.clock.now())

    await watch.silence.look()
    await watch.clock.sleep(600)
    await watch.silence.look()

    assert watch.observer.of(FeedHeard) == [FeedHeard(SHOP)]


async def test_a_quiet_day_is_no_alarm(watch: Watch) -> None:
    silence(watch, hours=48)

    await watch.silence.look()

    assert watch.observer.of(FeedSilent) == []
    assert watch.observer.of(GapLost) == []
    assert watch.past.asked == [(NOW - 12 * H, NOW - 6 * M)]


async def test_an_event_that_may_still_come_is_not_asked_for(watch: Watch) -> None:
    silence(watch)
    watch.past.events = [conversation_event("CLOSED", at=NOW - 5 * M)]

    await watch.silence.look()

    assert watch.observer.of(FeedSilent) == []


async def test_a_usual_pause_asks_nothing(watch: Watch) -> None:
    watch.pulses.beats_always(NOW)
    watch.pulses.silent_for(2 * H, NOW)

    await watch.silence.look()

    assert watch.past.asked == []


async def test_before_the_first_event_nothing_is_asked(watch: Watch) -> None:
    watch.pulses.beats_always(NOW)

    await watch.silence.look()

    assert watch.past.asked == []


async def test_the_rhythm_is_looked_at_every_ten_minutes(watch: Watch) -> None:
    for _ in range(20):
        await watch.guardian.look()
        await watch.clock.sleep(60)

    assert watch.pulses.asked == 2


async def test_a_past_that_may_not_be_read_is_told(watch: Watch) -> None:
    silence(watch)
    watch.past.failure = Failure(FailureKind.UNAUTHORIZED, "answered 403 (Forbidden)")

    await watch.guardian.look()

    assert watch.observer.of(GapUnread) == [GapUnread(SHOP, "answered 403 (Forbidden)")]
