"""Recovering what was missed."""

from datetime import timedelta

import pytest

from gladly_segment.core.errors import CallFailedError, JournalUnavailableError
from gladly_segment.core.failures import Failure, FailureKind
from gladly_segment.core.feed_signals import GapLost, GapRecovered
from gladly_segment.core.lifecycle import Stage
from gladly_segment.core.records import Appended
from gladly_segment.core.signals import ReceiptAppended
from gladly_segment.ports.registry import Feed
from tests.support.clock import START as NOW
from tests.support.receipts import SHOP, conversation_event, merge_event, profile_event, taken_in
from tests.unit.recover.conftest import Watch

H, M, S = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)
OUT_OF_ORDER = Failure(FailureKind.UNAVAILABLE, "answered 503 (Service Unavailable)")


async def claimed(watch: Watch) -> list[str]:
    """The types of what can be enriched, in order."""
    return [each.event_type for each in await watch.store.claim(Stage.ENRICH, SHOP, 1_000)]


async def test_what_is_missing_is_appended_and_what_came_by_webhook_is_known(watch: Watch) -> None:
    came, missed = conversation_event("CREATED", at=NOW - H), conversation_event("CLOSED", at=NOW - 30 * M)
    await watch.store.append(taken_in(came))
    watch.past.events = [came, missed]

    new = await watch.recovery.run(NOW - 2 * H, NOW)

    assert new == 1
    assert watch.observer.of(GapRecovered) == [GapRecovered(SHOP, NOW - 2 * H, NOW, new=1, known=1)]
    assert [each.disposition for each in watch.observer.of(ReceiptAppended)] == [Appended.NEW]
    assert await claimed(watch) == ["CONVERSATION/CREATED", "CONVERSATION/CLOSED"]


async def test_only_what_leads_to_a_track_event_or_tells_of_a_profile_is_appended(watch: Watch) -> None:
    watch.past.events = [
        conversation_event("CREATED", at=NOW - H),
        conversation_event("REOPENED", at=NOW - H),
        conversation_event("TOPIC_ADDED", at=NOW - H),
        profile_event("UPDATED", at=NOW - H),
        merge_event("u-1", "u-2", at=NOW - H),
        b'{"type":"TASK/CREATED","id":"t-1"}',
    ]

    assert await watch.recovery.run(NOW - 2 * H, NOW) == 3

    assert await claimed(watch) == ["CONVERSATION/CREATED", "CUSTOMER_PROFILE/UPDATED", "CUSTOMER/MERGED"]


async def test_lines_that_are_no_events_are_counted_and_hold_up_nobody(watch: Watch) -> None:
    watch.past.events = [b"<html>", b"[]", conversation_event("CLOSED", at=NOW - H)]

    await watch.recovery.run(NOW - 2 * H, NOW)

    assert watch.observer.of(GapRecovered) == [GapRecovered(SHOP, NOW - 2 * H, NOW, 1, 0, unreadable=2)]


async def test_live_events_are_enriched_before_recovered_ones(watch: Watch) -> None:
    watch.past.events = [conversation_event("CLOSED", "c-old", at=NOW - H)]
    await watch.recovery.run(NOW - 2 * H, NOW)
    await watch.store.append(taken_in(conversation_event("CREATED", "c-live", at=NOW)))

    assert await claimed(watch) == ["CONVERSATION/CREATED", "CONVERSATION/CLOSED"]


async def test_the_journal_takes_them_in_the_order_in_which_they_happened(watch: Watch) -> None:
    numbers = range(300)
    watch.past.events = [conversation_event("CLOSED", f"c-{number}", at=NOW - H + number * S) for number in numbers]

    await watch.recovery.run(NOW - 2 * H, NOW)

    entries = await watch.store.claim(Stage.ENRICH, SHOP, 1_000)
    assert [each.lane for each in entries] == [f"conversation:c-{number}" for number in numbers]
    assert [each.seq for each in entries] == sorted(each.seq for each in entries)


async def test_a_second_run_asks_only_for_what_the_first_may_not_have_been_shown(watch: Watch) -> None:
    await watch.recovery.run(NOW - 2 * H, NOW)
    await watch.clock.sleep(60)

    await watch.recovery.run(NOW - 2 * H, NOW + M)

    assert watch.past.asked == [(NOW - 2 * H, NOW), (NOW - 20 * S, NOW + M)]


async def test_a_run_that_reaches_back_further_asks_for_all(watch: Watch) -> None:
    await watch.recovery.run(NOW - 2 * H, NOW)

    await watch.recovery.run(NOW - 3 * H, NOW)

    assert watch.past.asked[1] == (NOW - 3 * H, NOW)


async def test_what_is_out_of_reach_is_told_exactly(watch: Watch) -> None:
    await watch.recovery.run(NOW - 30 * H, NOW)

    oldest = NOW - 24 * H + M
    assert watch.past.asked == [(oldest, NOW)]
    assert watch.observer.of(GapLost) == [GapLost(SHOP, NOW - 30 * H, oldest)]


async def test_what_is_out_of_reach_is_told_once(watch: Watch) -> None:
    await watch.recovery.run(NOW - 30 * H, NOW)

    await watch.clock.sleep(3600)
    await watch.recovery.run(NOW - 30 * H, NOW + H)

    assert len(watch.observer.of(GapLost)) == 1


async def test_nothing_is_told_lost_that_is_in_reach(watch: Watch) -> None:
    await watch.recovery.run(NOW - 24 * H + M, NOW)

    assert watch.observer.of(GapLost) == []


async def test_a_gap_that_is_out_of_reach_as_a_whole_is_not_asked_for(watch: Watch) -> None:
    await watch.recovery.run(NOW - 40 * H, NOW - 30 * H)

    assert watch.past.asked == []
    assert watch.observer.of(GapLost) == [GapLost(SHOP, NOW - 40 * H, NOW - 30 * H)]


async def test_trouble_on_the_way_leaves_what_was_given_and_the_next_run_does_the_rest(watch: Watch) -> None:
    watch.past.events = [
        conversation_event("CLOSED", f"c-{number}", at=NOW - 3 * H + number * S) for number in range(3_000)
    ]
    watch.past.failure, watch.past.given = OUT_OF_ORDER, 2_500

    with pytest.raises(CallFailedError):
        await watch.recovery.run(NOW - 4 * H, NOW)

    assert watch.observer.of(GapRecovered) == []
    # Noted durably, for a process to come, and remembered for this one.
    assert watch.feeds.noted.whole_until == NOW - 3 * H + 2_047 * S
    watch.past.failure = None
    await watch.recovery.run(NOW - 4 * H, NOW)
    assert watch.past.asked[1] == (NOW - 3 * H + 2_027 * S, NOW)
    assert len(await claimed(watch)) == 1_000
    assert len(await claimed(watch)) == 1_000
    assert len(await claimed(watch)) == 1_000


async def test_progress_never_goes_back(watch: Watch) -> None:
    watch.feeds.noted = Feed(organization=SHOP, whole_until=NOW)
    watch.past.events = [
        conversation_event("CLOSED", f"c-{number}", at=NOW - H + number * S) for number in range(2_000)
    ]

    await watch.recovery.run(NOW - 2 * H, NOW)

    assert watch.feeds.notes == []


async def test_when_the_journal_does_not_work_nothing_is_taken_for_recovered(watch: Watch) -> None:
    watch.past.events = [conversation_event("CLOSED", at=NOW - H)]
    watch.journal.troubles["append"] = 1

    with pytest.raises(JournalUnavailableError):
        await watch.recovery.run(NOW - 2 * H, NOW)

    assert await watch.recovery.run(NOW - 2 * H, NOW) == 1
