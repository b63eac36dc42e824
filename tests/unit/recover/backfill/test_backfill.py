"""Bringing in the past: all of it once, none of it twice, in order, and behind what happens now."""

from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from gladly_segment.core.backfill import Phase
from gladly_segment.core.backfill_signals import BackfillBegan, BackfillsUnusable, BackfillWaits
from gladly_segment.core.failures import Failure, FailureKind
from gladly_segment.core.ids import ConversationId
from gladly_segment.core.lifecycle import IgnoreReason, Priority, Stage
from gladly_segment.core.moments import format_moment
from gladly_segment.core.occurrence import EventKind
from gladly_segment.core.organization import Retention
from gladly_segment.core.past import ConversationMerged, Span, Unreadable
from gladly_segment.core.records import Ignored, Source
from gladly_segment.core.signals import ReceiptSettled
from gladly_segment.spool.file import FILE_NAME
from tests.support.pasts import closed, created, days_ago, happened
from tests.support.receipts import SHOP, conversation_event, taken_in
from tests.unit.recover.backfill.bringing import MOST_IN_HAND, Bringing

NO_ANSWER = Failure(FailureKind.UNREACHABLE, "no answer")


async def test_everything_that_happened_becomes_a_track_event_once_and_in_order(bringing: Bringing) -> None:
    bringing.play(30)
    await bringing.order()

    done = await bringing.carried_out()

    assert done.phase is Phase.DONE
    assert sorted(bringing.told_of()) == sorted((f"c-{n}", what) for n in range(30) for what in ("Created", "Closed"))
    for number in range(30):
        of_it = [what for conversation, what in bringing.told_of() if conversation == f"c-{number}"]
        assert of_it == ["Created", "Closed"]
    assert done.progress.outcomes == (("delivered", "", 60),)
    assert (done.progress.handed_over, done.progress.ended, done.progress.known) == (60, 60, 0)


async def test_a_plan_changes_nothing_and_is_carried_out_when_ordered_again(bringing: Bringing) -> None:
    bringing.play(4)
    await bringing.order(plan_only=True)

    planned = await bringing.carried_out()

    assert (planned.phase, bringing.sent()) == (Phase.PLANNED, [])
    assert planned.plan is not None
    assert (planned.plan.calls, planned.plan.track_events, planned.plan.rate_per_s) == (2 * 2 + 1, 8, 9.0)
    assert (planned.found.created, planned.found.closed, planned.found.customers) == (4, 4, 2)
    asked = list(bringing.lists.asked)
    await bringing.order()
    done = await bringing.carried_out()
    assert (done.phase, len(bringing.sent()), bringing.lists.asked) == (Phase.DONE, 8, asked)


async def test_what_live_delivered_is_not_sent_again(bringing: Bringing) -> None:
    told = bringing.play(2)
    live = [
        conversation_event("CREATED", "c-0", "u-0", told[0].at),
        # Rounded by the list: the webhook named another moment of the same second.
        conversation_event("CLOSED", "c-0", "u-0", told[1].at.replace(microsecond=700_000)),
    ]
    for body in live:
        await bringing.store.append(taken_in(body))
    await bringing.order()

    done = await bringing.carried_out()

    assert (done.progress.known, done.progress.handed_over) == (2, 2)
    assert done.plan is not None
    assert (done.plan.known, done.plan.track_events) == (2, 2)
    assert sorted(bringing.told_of()) == sorted((f"c-{n}", what) for n in range(2) for what in ("Created", "Closed"))


async def test_what_came_live_after_the_plan_is_not_sent_again_either(bringing: Bringing) -> None:
    told = bringing.play()
    await bringing.order(plan_only=True)
    await bringing.carried_out()
    rounded = conversation_event("CLOSED", "c-0", "u-0", told[1].at.replace(microsecond=700_000))
    await bringing.store.append(taken_in(rounded))
    await bringing.order()

    done = await bringing.carried_out()

    assert done.progress.known == 1
    assert sorted(bringing.told_of()) == [("c-0", "Closed"), ("c-0", "Created")]


async def test_what_retention_has_deleted_is_not_sent_again(bringing: Bringing) -> None:
    bringing.play()
    await bringing.order()
    await bringing.carried_out()
    retention = Retention(ended=timedelta(), dead=timedelta(), content=timedelta())
    while await bringing.store.forget(SHOP, retention, bringing.clock.now() + timedelta(days=1)):
        pass
    await bringing.order(40)

    again = await bringing.carried_out()

    assert (again.progress.known, again.progress.handed_over, len(bringing.sent())) == (2, 0, 2)


async def test_what_happened_exactly_at_the_end_belongs_to_the_time_after(bringing: Bringing) -> None:
    bringing.play()
    bringing.lists.happened += [closed(days_ago(2), "c-0", "u-0"), closed(days_ago(30), "c-0", "u-0")]
    await bringing.order(30, 2)

    assert (await bringing.carried_out()).found.closed == 2


async def test_what_is_soon_out_of_reach_is_read_first(bringing: Bringing) -> None:
    await bringing.order(30, 0.1)

    await bringing.carried_out()

    assert bringing.lists.sources()[:2] == [Source.EVENTS_API, Source.REPORT]


async def test_what_a_backfill_brought_another_one_does_not_bring_again(bringing: Bringing) -> None:
    bringing.play(3)
    await bringing.order()
    await bringing.carried_out()

    await bringing.order(40)
    again = await bringing.carried_out()

    assert (again.progress.known, again.progress.handed_over, len(bringing.sent())) == (6, 0, 6)


async def test_events_carry_where_they_go_only_if_somebody_said_so(bringing: Bringing) -> None:
    bringing.play()
    await bringing.order(integrations=b'{"All":false,"Warehouse":true}')
    await bringing.carried_out()
    bringing.lists.happened = [created(days_ago(9), "c-9", "u-9")]
    bringing.entities.play("c-9", "u-9")
    await bringing.order(10)

    await bringing.carried_out()

    assert [each["integrations"] for each in bringing.sent()] == [{"All": False, "Warehouse": True}] * 2 + [{}]


async def test_where_events_go_can_be_changed_on_the_way(bringing: Bringing) -> None:
    bringing.play(20)
    await bringing.order()
    async with bringing.working():
        await bringing.until(handed_over=MOST_IN_HAND)
        await bringing.order(integrations=b'{"All":false}')
        await bringing.observer.told(BackfillBegan, 2)
        async with bringing.staged():
            await bringing.ended()

    told = [each["integrations"] for each in bringing.sent()]
    assert len(told) == 40
    assert 40 - 2 * MOST_IN_HAND <= told.count({"All": False}) <= 40 - MOST_IN_HAND


async def test_each_part_comes_from_the_list_that_has_it(bringing: Bringing) -> None:
    bringing.lists.exported = [Span(days_ago(12), days_ago(10))]
    bringing.play(1, days=11)
    bringing.lists.happened += [created(days_ago(0.5), "c-9", "u-9"), created(days_ago(13), "c-8", "u-8")]
    bringing.entities.play("c-9", "u-9")
    bringing.entities.play("c-8", "u-8")
    await bringing.order(14, 0)

    done = await bringing.carried_out()

    assert {each.source for each in done.readings} == {Source.REPORT, Source.EXPORT, Source.EVENTS_API}
    assert bringing.lists.sources()[0] is not Source.EVENTS_API
    assert sorted(bringing.told_of()) == [
        *[("c-0", "Closed"), ("c-0", "Created"), ("c-8", "Created"), ("c-9", "Created")],
    ]


async def test_an_export_whose_file_is_gone_is_replaced_by_reports(bringing: Bringing) -> None:
    bringing.lists.exported = [Span(days_ago(29), days_ago(3))]
    bringing.lists.failures = [Failure(FailureKind.REFUSED, "gone", 404)]
    bringing.play()
    await bringing.order(29, 3)

    done = await bringing.carried_out()

    assert {each.source for each in done.readings} == {Source.REPORT}
    assert len(bringing.sent()) == 2


async def test_what_the_events_api_finds_too_old_by_its_clock_is_read_from_reports(bringing: Bringing) -> None:
    refused = Failure(FailureKind.REFUSED, "startAt is more than 24 hours ago", 400)
    bringing.lists.failures = [refused, refused]
    bringing.play(1, days=0.96)
    await bringing.order(2, 0.01)

    done = await bringing.carried_out()

    older, younger = done.readings
    assert (older.source, younger.source) == (Source.REPORT, Source.EVENTS_API)
    assert younger.span.end - younger.span.start < timedelta(hours=22)
    assert bringing.told_of() == [("c-0", "Created")]


async def test_a_refusal_of_what_is_young_is_trouble(bringing: Bringing) -> None:
    bringing.lists.failures = [Failure(FailureKind.REFUSED, "no", 400)]
    bringing.play(1, days=0.5)
    await bringing.order(0.6, 0.01)

    await bringing.carried_out()

    assert bringing.observer.of(BackfillWaits)[0].detail == "Gladly: no"


async def test_a_creation_that_is_not_certain_is_looked_up_and_left_out_when_it_was_before(bringing: Bringing) -> None:
    bringing.lists.exported = [Span(days_ago(20), days_ago(10))]
    for conversation, since in (("c-within", 15), ("c-before", 400)):
        bringing.entities.play(conversation, "u-1")
        there = bringing.entities.conversations[ConversationId(conversation)]
        changed = msgspec.structs.replace(there, created_at=format_moment(days_ago(since)))
        bringing.entities.conversations[ConversationId(conversation)] = changed
        bringing.lists.happened.append(
            happened(EventKind.CREATED, days_ago(12), conversation, "u-1", source=Source.EXPORT, certain=False)
        )
    await bringing.order(20, 10)

    done = await bringing.carried_out()

    assert bringing.told_of() == [("c-within", "Created")]
    assert (done.progress.left_out, done.progress.dealt_with, done.found.occurrences) == (1, 2, 2)
    (receipt,) = (await bringing.store.outcomes.of(SHOP, [ConversationId("c-within")]))[ConversationId("c-within")]
    assert receipt.occurred_at == days_ago(15)


async def test_what_gladly_no_longer_knows_ends_as_suppressed(bringing: Bringing) -> None:
    bringing.lists.happened = [created(days_ago(9), "c-gone", "u-gone"), closed(days_ago(8), "c-gone", "u-gone")]
    await bringing.order()

    done = await bringing.carried_out()

    assert done.progress.outcomes == (("suppressed", "customer_deleted", 2),)


async def test_lines_that_cannot_be_read_are_counted_and_merges_are_none(bringing: Bringing) -> None:
    bringing.play()
    merged = ConversationMerged(ConversationId("c-7"), None, days_ago(9))
    bringing.lists.happened += [Unreadable(7, "it names no time"), merged]
    await bringing.order(6, 3)

    assert (await bringing.carried_out()).found.unreadable == 1


async def test_no_more_than_a_few_wait_in_the_journal(bringing: Bringing) -> None:
    bringing.play(40)
    await bringing.order()

    async with bringing.working():
        await bringing.until(handed_over=MOST_IN_HAND)
        await bringing.observer.told(BackfillWaits)

    waiting = await bringing.store.outcomes.in_hand(SHOP, Priority.BACKFILL)
    assert MOST_IN_HAND <= waiting < 2 * MOST_IN_HAND
    assert "doctor" in (await bringing.shown()).trouble


async def test_a_few_are_not_done_before_they_have_ended(bringing: Bringing) -> None:
    bringing.play()
    await bringing.order()

    async with bringing.working():
        await bringing.until(handed_over=2)
        await bringing.observer.told(BackfillWaits)
        assert (await bringing.shown()).phase is Phase.SENDING
        async with bringing.staged():
            await bringing.ended()

    assert (await bringing.shown()).progress.outcomes == (("delivered", "", 2),)


async def test_of_two_closings_within_a_second_the_one_that_live_missed_is_sent(bringing: Bringing) -> None:
    told = bringing.play()
    soon_after = closed(told[1].at + timedelta(milliseconds=400), "c-0", "u-0")
    bringing.lists.happened.append(soon_after)
    await bringing.store.append(taken_in(conversation_event("CLOSED", "c-0", "u-0", told[1].at)))
    await bringing.order()

    done = await bringing.carried_out()

    assert (done.progress.known, done.progress.handed_over) == (1, 2)
    assert sorted(bringing.told_of()) == [("c-0", "Closed"), ("c-0", "Closed"), ("c-0", "Created")]


async def test_trouble_at_gladly_is_shown_while_it_lasts_and_nothing_is_read_twice(bringing: Bringing) -> None:
    bringing.play(2, days=15)
    bringing.lists.cut = [NO_ANSWER, NO_ANSWER]
    await bringing.order(16, 9.5)

    done = await bringing.carried_out()

    waits = [each.detail for each in bringing.observer.of(BackfillWaits)]
    assert waits.count("Gladly: no answer") == 1
    assert (done.trouble, len(bringing.sent()), len(set(bringing.lists.asked))) == ("", 4, len(done.readings))


@pytest.mark.parametrize("times", [1, 3])
async def test_a_journal_in_trouble_is_waited_for(bringing: Bringing, times: int) -> None:
    bringing.play(3)
    bringing.journal.troubles["append"] = times
    await bringing.order()

    done = await bringing.carried_out()

    assert (done.phase, len(bringing.sent())) == (Phase.DONE, 6)


async def test_an_unexpected_error_is_told_by_its_kind_and_does_not_end_the_service(bringing: Bringing) -> None:
    bringing.lists.exported = [Span(days_ago(20), days_ago(10))]
    bringing.entities.play("c-0", "u-0")
    bringing.entities.troubles.append(ZeroDivisionError("canary"))
    bringing.lists.happened = [
        happened(EventKind.CREATED, days_ago(12), "c-0", "u-0", source=Source.EXPORT, certain=False)
    ]
    await bringing.order(20, 10)

    await bringing.carried_out()

    assert bringing.observer.of(BackfillWaits)[0].detail == "an unexpected error: ZeroDivisionError"


async def test_stopped_it_rests_and_ordered_again_it_goes_on(bringing: Bringing) -> None:
    bringing.play(20)
    await bringing.order()
    async with bringing.working():
        await bringing.until(handed_over=MOST_IN_HAND)
        await bringing.spool.stop(SHOP)
        assert await bringing.ended() is Phase.STOPPED
    asked = list(bringing.lists.asked)

    await bringing.order()
    done = await bringing.carried_out()

    assert (done.phase, bringing.lists.asked) == (Phase.DONE, asked)
    assert (len(bringing.sent()), done.progress.handed_over) == (40, 40)


async def test_after_a_kill_at_any_moment_of_handing_over_nothing_is_missing_and_nothing_twice(
    bringing: Bringing,
) -> None:
    told = bringing.play(4)
    ordered = await bringing.order()
    await bringing.spool.gather(ordered.number, told)
    progress = ordered.progress
    # Noted as in hand before the journal has them: the first conversation reached it, the second did not.
    await bringing.spool.hand_over(ordered.number, taken=told[:4], progress=progress)
    for kind, occurrence in (("CREATED", told[0]), ("CLOSED", told[1])):
        there = taken_in(conversation_event(kind, "c-0", "u-0", occurrence.at))
        await bringing.store.append(msgspec.structs.replace(there, priority=Priority.BACKFILL))

    done = await bringing.carried_out()

    assert sorted(bringing.told_of()) == sorted((f"c-{n}", what) for n in range(4) for what in ("Created", "Closed"))
    assert (done.phase, done.progress.ended) == (Phase.DONE, 8)


async def test_a_backfill_begins_again_with_each_start(bringing: Bringing) -> None:
    bringing.play(20)
    await bringing.order()
    for _ in range(3):
        async with bringing.working():
            await bringing.observer.told(BackfillBegan, len(bringing.observer.of(BackfillBegan)) + 1)

    done = await bringing.carried_out()

    assert (done.phase, len(bringing.sent())) == (Phase.DONE, 40)
    assert len(set(bringing.told_of())) == 40


async def test_calls_are_counted_over_all_starts(bringing: Bringing) -> None:
    bringing.play(20)
    await bringing.order()
    async with bringing.served():
        await bringing.observer.told(ReceiptSettled, 2 * MOST_IN_HAND)
    noted, before = (await bringing.shown()).progress.calls, bringing.rate.calls()

    done = await bringing.carried_out()

    assert done.progress.calls == noted + bringing.rate.calls() - before
    assert noted > 0


async def test_a_file_that_cannot_be_used_is_told_once_and_waited_for(bringing: Bringing, tmp_path: Path) -> None:
    bringing.play()
    (tmp_path / FILE_NAME).write_bytes(b"no database at all" * 100)
    async with bringing.served():
        await bringing.observer.told(BackfillsUnusable)
        (tmp_path / FILE_NAME).unlink()
        await bringing.order()

        assert await bringing.ended() is Phase.DONE

    assert len(bringing.observer.of(BackfillsUnusable)) == 1


async def test_without_an_order_it_rests(bringing: Bringing) -> None:
    bringing.play()

    async with bringing.served():
        await bringing.order(plan_only=True)
        assert await bringing.ended() is Phase.PLANNED

    assert bringing.sent() == []


async def test_a_closing_of_now_takes_the_creation_before_it_along_and_leaves_the_rest_of_the_past_behind(
    bringing: Bringing,
) -> None:
    bringing.play(6)
    bringing.lists.happened.append(created(days_ago(3), "c-open", "u-open"))
    bringing.entities.play("c-open", "u-open")
    await bringing.order()
    async with bringing.working():
        await bringing.until(handed_over=MOST_IN_HAND)
    await bringing.store.append(taken_in(conversation_event("CLOSED", "c-open", "u-open")))

    claimed = await bringing.store.claim(Stage.ENRICH, SHOP, 2)

    assert {(each.event_type, each.lane) for each in claimed} == {
        ("CONVERSATION/CREATED", "conversation:c-open"),
        ("CONVERSATION/CLOSED", "conversation:c-open"),
    }
    await bringing.store.settle([Ignored(each.seq, IgnoreReason.TYPE_NOT_MAPPED) for each in claimed])
