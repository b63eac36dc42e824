"""Holds what reads outcomes to `Outcomes`."""

import asyncio
from datetime import timedelta

import pytest

from gladly_segment.core.errors import JournalUnavailableError
from gladly_segment.core.identity import created_key, message_id
from gladly_segment.core.ids import ConversationId, CustomerId, Lane
from gladly_segment.core.lifecycle import IgnoreReason, ParkCause, Priority, Stage, State, SuppressReason
from gladly_segment.core.occurrence import EventKind
from gladly_segment.core.records import Deferred, Receipt, Source
from gladly_segment.mapping.registry import MAPPINGS
from gladly_segment.ports.outcomes import Forgotten, Outcome, Outcomes
from tests.conformance.journal.contract import holds_to
from tests.conformance.journal.steps import PATIENCE_S
from tests.conformance.outcomes.conftest import Kept
from tests.support.clock import START
from tests.support.receipts import OTHER_SHOP, SHOP, conversation_event, receipt, taken_in

WITHIN = "Give the receipts of mapped events that occurred within [start, end) by Gladly's time, in that order."
OF = "Give the receipts of mapped events of up to 500 conversations, in log order; those without are left out."
FORGOTTEN = "Give what is known of up to 500 occurrences whose receipts were deleted by retention; others are left out."
IN_HAND = "Count the receipts of a priority that have not ended; cheap while those that are not live are few."
RECEIPT = "A receipt of a mapped event, without its content."
HOUR = timedelta(hours=1)
MS = timedelta(milliseconds=1)
ENDS = {
    State.DELIVERED: "",
    State.SUPPRESSED: "customer_deleted",
    State.PARKED: "no_user",
    State.DROPPED: "by_hand",
}


def created(conversation: str, at_ms: int = 0, customer: str = "u-1") -> Receipt:
    return taken_in(conversation_event("CREATED", conversation, customer, START + at_ms * MS))


def closed(conversation: str, at_ms: int = 0, customer: str = "u-1") -> Receipt:
    return taken_in(conversation_event("CLOSED", conversation, customer, START + at_ms * MS))


async def told(kept: Kept) -> list[tuple[str, str]]:
    """Give conversation and kind of what is told of the hour from the start."""
    found = await kept.outcomes.within(SHOP, START, START + HOUR)
    return [(each.conversation, each.kind) for each in found]


@holds_to(Outcome, RECEIPT)
@holds_to(Outcome, "`occurred_at` is Gladly's own time, in whole milliseconds.")
async def test_an_outcome_is_what_the_journal_has_of_it(kept: Kept) -> None:
    appended = closed("c-1", 7)

    await kept.bring(appended, State.DELIVERED)

    [outcome] = await kept.outcomes.within(SHOP, START, START + HOUR)
    assert outcome == Outcome(
        seq=outcome.seq,
        key=appended.key,
        conversation=ConversationId("c-1"),
        kind=EventKind.CLOSED,
        occurred_at=START + 7 * MS,
        event_id=appended.event_id,
        source=Source.WEBHOOK,
        state=State.DELIVERED,
        reason="",
        message_id=message_id(appended.key),
    )


@pytest.mark.parametrize("state", [State.RECEIVED, State.READY, *ENDS])
@holds_to(Outcome, RECEIPT)
@holds_to(Outcome, "`message_id` is empty where no track event was ever made of it.")
async def test_every_state_is_told_with_its_reason(kept: Kept, state: State) -> None:
    appended = created("c-1")
    await kept.bring(appended, state)

    [outcome] = await kept.outcomes.within(SHOP, START, START + HOUR)

    assert (outcome.state, outcome.reason) == (state, ENDS.get(state, ""))
    assert outcome.message_id == (message_id(appended.key) if state in (State.READY, State.DELIVERED) else "")


@holds_to(Outcomes.within, WITHIN)
async def test_what_occurred_at_the_beginning_is_within_and_at_the_end_is_not(kept: Kept) -> None:
    hour_ms = HOUR // MS
    for name, at_ms in (("after", hour_ms), ("last", hour_ms - 1), ("first", 0), ("before", -1), ("middle", 5)):
        await kept.journal.append(closed(name, at_ms))

    assert [name for name, _ in await told(kept)] == ["first", "middle", "last"]


@holds_to(Outcomes.within, WITHIN)
async def test_at_the_same_moment_the_log_decides(kept: Kept) -> None:
    for name in "bac":
        await kept.journal.append(closed(name))

    assert [name for name, _ in await told(kept)] == ["b", "a", "c"]


@pytest.mark.parametrize("event_type", MAPPINGS)
@holds_to(Outcomes.within, WITHIN)
@holds_to(Outcomes.of, OF)
async def test_every_mapped_event_is_told(kept: Kept, event_type: str) -> None:
    await kept.journal.append(taken_in(conversation_event(event_type.removeprefix("CONVERSATION/"), "c-1")))

    assert await told(kept) == [("c-1", MAPPINGS[event_type].kind)]
    found = await kept.outcomes.of(SHOP, [ConversationId("c-1")])
    assert [each.kind for each in found[ConversationId("c-1")]] == [MAPPINGS[event_type].kind]


@holds_to(Outcomes.within, WITHIN)
@holds_to(Outcomes.of, OF)
async def test_what_is_not_mapped_or_of_another_organization_is_not_told(kept: Kept) -> None:
    await kept.journal.append(taken_in(conversation_event("NOTE_ADDED", "c-1")))
    await kept.journal.append(taken_in(conversation_event("CREATED", "c-1"), organization=OTHER_SHOP))

    assert await told(kept) == []
    assert await kept.outcomes.of(SHOP, [ConversationId("c-1")]) == {}


@holds_to(Outcomes.within, "What names no conversation is left out: it is a dead letter that tells of nothing.")
async def test_what_names_no_conversation_is_left_out(kept: Kept) -> None:
    await kept.journal.append(receipt("a", state=State.PARKED, reason=ParkCause.EVENT_INCOMPLETE))
    await kept.journal.append(closed("c-1"))

    assert await told(kept) == [("c-1", "closed")]


@holds_to(Outcomes.of, OF)
async def test_conversations_are_told_in_log_order(kept: Kept) -> None:
    for appended in (closed("c-1", 9), created("c-2"), created("c-1"), closed("c-1", 99), created("c-3")):
        await kept.journal.append(appended)
    asked = [ConversationId(name) for name in ("c-1", "c-2", "c-unknown")]

    found = await kept.outcomes.of(SHOP, asked)

    assert {name: [each.kind for each in outcomes] for name, outcomes in found.items()} == {
        "c-1": ["closed", "created", "closed"],
        "c-2": ["created"],
    }
    assert await kept.outcomes.of(SHOP, []) == {}


@holds_to(Outcomes.of, OF)
@holds_to(Outcomes.forgotten, FORGOTTEN)
async def test_as_many_may_be_asked_for_at_once(kept: Kept) -> None:
    await kept.bring(created("c-499"), State.DELIVERED)
    conversations = [ConversationId(f"c-{number}") for number in range(500)]

    assert list(await kept.outcomes.of(SHOP, conversations)) == ["c-499"]
    await kept.forget()
    keys = [created_key(SHOP, each) for each in conversations]
    assert list(await kept.outcomes.forgotten(SHOP, keys)) == [keys[-1]]


@pytest.mark.parametrize("state", ENDS)
@holds_to(Outcomes.forgotten, FORGOTTEN)
@holds_to(Forgotten, "How an occurrence ended whose receipt is no longer kept.")
async def test_of_what_is_forgotten_it_is_known_how_it_ended(kept: Kept, state: State) -> None:
    old, waiting = created("c-1"), created("c-2")
    await kept.bring(old, state)
    await kept.journal.append(waiting)

    await kept.forget()

    assert await kept.outcomes.forgotten(SHOP, [old.key, waiting.key]) == {old.key: Forgotten(state, ENDS[state])}
    assert await kept.outcomes.forgotten(OTHER_SHOP, [old.key]) == {}
    assert await kept.outcomes.forgotten(SHOP, []) == {}
    assert await told(kept) == [("c-2", "created")]


@holds_to(Outcomes.forgotten, FORGOTTEN)
async def test_of_what_is_not_mapped_nothing_is_known(kept: Kept) -> None:
    note = taken_in(conversation_event("NOTE_ADDED", "c-1"))
    await kept.journal.append(note)
    assert (note.state, note.reason) == (State.IGNORED, IgnoreReason.TYPE_NOT_MAPPED)

    await kept.forget()

    assert await kept.outcomes.forgotten(SHOP, [note.key]) == {}


@holds_to(Outcomes.within, WITHIN)
@holds_to(Outcomes.forgotten, FORGOTTEN)
async def test_what_was_erased_is_told_as_it_ended(kept: Kept) -> None:
    sent, waiting, later = (created(f"c-{number}", customer="u-ann") for number in (1, 2, 3))
    await kept.bring(sent, State.DELIVERED)
    await kept.journal.append(waiting)
    await kept.erase(CustomerId("u-ann"))
    await kept.journal.append(later)
    erased = SuppressReason.CUSTOMER_ERASED

    outcomes = await kept.outcomes.within(SHOP, START, START + HOUR)
    await kept.forget()

    assert [(each.conversation, each.state, each.reason) for each in outcomes] == [
        ("c-1", State.DELIVERED, ""),
        ("c-2", State.SUPPRESSED, erased),
        ("c-3", State.SUPPRESSED, erased),
    ]
    assert await kept.outcomes.forgotten(SHOP, [sent.key, waiting.key, later.key]) == {
        sent.key: Forgotten(State.DELIVERED, ""),
        waiting.key: Forgotten(State.SUPPRESSED, erased),
        later.key: Forgotten(State.SUPPRESSED, erased),
    }


@pytest.mark.parametrize("priority", Priority)
@holds_to(Outcomes.in_hand, IN_HAND)
async def test_what_has_not_ended_is_counted_by_priority(kept: Kept, priority: Priority) -> None:
    for other in Priority:
        await kept.journal.append(receipt(f"of {other}", priority=other))
    await kept.journal.append(receipt("elsewhere", priority=priority, organization=OTHER_SHOP))
    await kept.journal.append(receipt("dead", priority=priority, state=State.PARKED, reason=ParkCause.NO_USER))
    for name, state in (("sent", State.DELIVERED), ("ready", State.READY), ("ready behind it", State.READY)):
        lane = Lane("one") if state is State.READY else None
        await claim_all(kept)
        await kept.bring(receipt(name, priority=priority, lane=lane), state)

    assert await kept.outcomes.in_hand(SHOP, priority) == 3
    assert [await kept.outcomes.in_hand(SHOP, each) for each in Priority if each is not priority] == [1, 1, 1]


@holds_to(Outcomes.in_hand, "One that was pulled up or reopened counts by the priority that it has since.")
async def test_what_was_pulled_up_counts_where_it_is(kept: Kept) -> None:
    await kept.journal.append(receipt("opened", lane="c-1", priority=Priority.BACKFILL))
    await kept.journal.append(receipt("closed", lane="c-1", priority=Priority.GAP))

    assert await kept.outcomes.in_hand(SHOP, Priority.BACKFILL) == 0
    assert await kept.outcomes.in_hand(SHOP, Priority.GAP) == 2


@holds_to(Outcomes.in_hand, IN_HAND)
async def test_what_is_claimed_or_put_off_is_in_hand(kept: Kept) -> None:
    await kept.journal.append(receipt("a", priority=Priority.BACKFILL))
    [entry] = await kept.journal.claim(Stage.ENRICH, SHOP, 1)
    claimed = await kept.outcomes.in_hand(SHOP, Priority.BACKFILL)
    await kept.journal.settle([Deferred(entry.seq, START + HOUR, counted=True)])

    assert (claimed, await kept.outcomes.in_hand(SHOP, Priority.BACKFILL)) == (1, 1)


@holds_to(Outcomes, "Reads beside the journal's writer and never waits for it.")
async def test_reading_does_not_wait_for_what_is_written(kept: Kept) -> None:
    await kept.journal.append(closed("c-1"))

    with kept.held():
        async with asyncio.timeout(PATIENCE_S):
            found = await told(kept)

    assert found == [("c-1", "closed")]


@holds_to(Outcomes, "Every method raises JournalUnavailableError.")
async def test_what_is_closed_says_so(kept: Kept) -> None:
    await kept.journal.close()

    with pytest.raises(JournalUnavailableError):
        await kept.journal.outcomes.in_hand(SHOP, Priority.BACKFILL)


async def claim_all(kept: Kept) -> None:
    for stage in Stage:
        await kept.journal.claim(stage, SHOP, 100)
