"""Holds drivers to what becomes of an erased customer's events."""

import pytest

from gladly_segment.core.identity import message_id
from gladly_segment.core.ids import CustomerId
from gladly_segment.core.lifecycle import IgnoreReason, ParkCause, Stage, SuppressReason
from gladly_segment.core.records import (
    Appended,
    Deferred,
    Delivered,
    Entry,
    Ignored,
    MadeReady,
    Parked,
    Settlement,
    Suppressed,
)
from gladly_segment.ports.journal import Journal
from tests.conformance.journal.contract import holds_to
from tests.conformance.journal.harness import Harness
from tests.conformance.journal.steps import claim, claimed_keys, enrich, fill, is_ready, made_ready
from tests.support.clock import START
from tests.support.journals import counts
from tests.support.receipts import OTHER_SHOP, conversation_event, merge_event, profile_event, receipt, taken_in

ANN = CustomerId("u-ann")
ENDED = "One that names an erased customer is NEW and has ended as suppressed, without its content."
STAYS = "An entry that was erased meanwhile stays so, whatever is to become of it."
NOT_SENT = "A track event of an erased customer is suppressed."
ERASED = {"suppressed/customer_erased": 1}
BODY = b'{"customerId": "u-ann"}'
LATE = {
    "a conversation": conversation_event("CLOSED", customer=ANN),
    "a profile": profile_event("UPDATED", ANN),
    "a merge from it": merge_event(ANN, "u-bob"),
    "a merge into it": merge_event("u-bob", ANN),
    "a type to come": b'{"type": "CUSTOMER/TO_COME", "content": {"customers": [{"\\u0069d": "u-\\u0061nn"}]}}',
}


async def erase_ann(harness: Harness, journal: Journal) -> None:
    """Erase a customer of whom something was received."""
    await journal.append(receipt("earlier", body=BODY))
    await harness.erase(ANN)


def ways_to_settle(entry: Entry) -> dict[str, Settlement]:
    return {
        "made ready": made_ready(entry),
        "suppressed": Suppressed(entry.seq, SuppressReason.CONVERSATION_GONE),
        "ignored": Ignored(entry.seq, IgnoreReason.PROFILE_CHANGE_NOTED),
        "parked": Parked(entry.seq, ParkCause.NO_USER),
        "deferred": Deferred(entry.seq, START, counted=True),
        "delivered": Delivered(entry.seq),
    }


OF_ENRICH = ("made ready", "suppressed", "ignored", "parked", "deferred")
OF_DELIVER = ("delivered", "parked", "deferred")


@pytest.mark.parametrize("body", LATE.values(), ids=LATE.keys())
@holds_to(Journal.append, ENDED)
async def test_what_names_an_erased_customer_ends_at_once(harness: Harness, journal: Journal, body: bytes) -> None:
    await erase_ann(harness, journal)

    appended = [await journal.append(taken_in(body)) for _ in range(2)]

    assert appended == [Appended.NEW, Appended.DUPLICATE]
    assert await counts(journal) == {"suppressed/customer_erased": 2}
    assert await claim(journal, Stage.ENRICH) == []


@holds_to(Journal.append, ENDED)
async def test_what_names_somebody_else_is_taken_as_ever(harness: Harness, journal: Journal) -> None:
    await erase_ann(harness, journal)

    await journal.append(taken_in(conversation_event("CLOSED", customer="u-anna")))
    await journal.append(taken_in(conversation_event("CLOSED", customer=ANN), organization=OTHER_SHOP))

    assert await counts(journal) == {"received": 1, **ERASED}
    assert len(await claim(journal, Stage.ENRICH)) == 1
    assert len(await claim(journal, Stage.ENRICH, organization=OTHER_SHOP)) == 1


@holds_to(Journal.append, ENDED)
async def test_an_erasure_outlasts_a_crash(harness: Harness, journal: Journal) -> None:
    await erase_ann(harness, journal)

    again = await harness.crash_and_reopen()
    await again.append(taken_in(conversation_event("CLOSED", customer=ANN)))

    assert await counts(again) == {"suppressed/customer_erased": 2}


@holds_to(Journal.append, ENDED)
async def test_what_ended_at_once_holds_nothing_up(harness: Harness, journal: Journal) -> None:
    await erase_ann(harness, journal)
    await journal.append(receipt("1", lane="c", body=BODY))
    await fill(journal, "2", lane="c")
    await enrich(journal)

    assert await claimed_keys(journal, Stage.DELIVER) == ["2"]


@pytest.mark.parametrize("way", OF_ENRICH)
@holds_to(Journal.settle, STAYS)
async def test_an_entry_erased_in_the_hands_of_enrich_stays_erased(
    harness: Harness, journal: Journal, way: str
) -> None:
    await journal.append(receipt("a", body=BODY))
    [entry] = await claim(journal, Stage.ENRICH)
    await harness.erase(ANN)

    await journal.settle([ways_to_settle(entry)[way]])

    assert await counts(journal) == ERASED
    assert [await claim(journal, stage) for stage in Stage] == [[], []]


@pytest.mark.parametrize("way", OF_DELIVER)
@holds_to(Journal.settle, STAYS)
async def test_an_entry_erased_in_the_hands_of_deliver_stays_erased_and_the_others_are_settled(
    harness: Harness, journal: Journal, way: str
) -> None:
    await journal.append(receipt("a", body=BODY))
    await fill(journal, "b")
    await enrich(journal)
    entries = await claim(journal, Stage.DELIVER)
    await harness.erase(ANN)

    await journal.settle([ways_to_settle(each)[way] if each.key == "a" else Delivered(each.seq) for each in entries])

    assert await counts(journal) == {"delivered": 1, **ERASED}


@holds_to(Journal.settle, STAYS)
async def test_later_events_of_an_erased_ones_lane_go_on(harness: Harness, journal: Journal) -> None:
    await journal.append(receipt("1", lane="c", body=BODY))
    await fill(journal, "2", lane="c")
    await enrich(journal)
    [first] = await claim(journal, Stage.DELIVER)

    await harness.erase(ANN)

    await is_ready(journal, Stage.DELIVER)
    assert await claimed_keys(journal, Stage.DELIVER) == ["2"]
    await journal.settle([Delivered(first.seq)])


@holds_to(Journal.settle, NOT_SENT)
async def test_a_track_event_that_came_to_an_erased_customer_in_a_merge_is_not_sent(
    harness: Harness, journal: Journal
) -> None:
    await erase_ann(harness, journal)
    await fill(journal, "1", "2", lane="c")
    first, second = await claim(journal, Stage.ENRICH)

    await journal.settle(
        [
            MadeReady(first.seq, b'{"userId":"u-ann"}', message_id(first.key)),
            MadeReady(second.seq, b'{"userId":"u-anna"}', message_id(second.key)),
        ]
    )

    assert await counts(journal) == {"ready": 1, "suppressed/customer_erased": 2}
    assert await claimed_keys(journal, Stage.DELIVER) == ["2"]
