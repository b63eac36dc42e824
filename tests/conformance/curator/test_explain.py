"""Holds drivers to `Curator.explain` and `Curator.find`."""

from datetime import timedelta

from gladly_segment.core.identity import message_id
from gladly_segment.core.ids import Lane, ReceiptKey, Seq
from gladly_segment.core.lifecycle import ParkCause, Stage, State, SuppressReason
from gladly_segment.core.provenance import Fetched, Origin, Resource
from gladly_segment.core.records import (
    Attempt,
    Deferred,
    Delivered,
    History,
    MadeReady,
    MappingNote,
    Selection,
    Source,
    Suppressed,
)
from gladly_segment.ports.curator import Curator
from gladly_segment.ports.journal import Journal
from tests.conformance.curator.harness import Harness
from tests.conformance.curator.steps import ALL, EVERYTHING, by_key, fill_every_state, park, park_unmapped, work_off
from tests.conformance.journal.contract import holds_to
from tests.conformance.journal.steps import claim, fill
from tests.support.clock import START
from tests.support.receipts import OTHER_SHOP, SHOP, receipt

WHOLE_LANE = "Give all receipts of a conversation's lane with their histories, in log order."
SELECTED = "Give the receipts that a selection means, in log order, without their histories."
PORTION = "The first ones behind a place in the log, up to a limit: with the last one's place, the next are found."

FETCHED = (
    Fetched(resource=Resource.CONVERSATION, id="c-1", origin=Origin.GLADLY, age_s=0.0),
    Fetched(resource=Resource.CUSTOMER_PROFILE, id="u-\u00fc", origin=Origin.MEMORY, age_s=12.345, found=False),
    Fetched(resource=Resource.AGENTS, origin=Origin.MEMORY, age_s=3600.0),
)


def keys(histories: object) -> list[str]:
    assert isinstance(histories, list)
    return [each.event_id.removeprefix("event of ") for each in histories]  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]


@holds_to(Curator.explain, WHOLE_LANE)
async def test_a_receipt_is_told_whole_with_every_step(harness: Harness, journal: Journal, curator: Curator) -> None:
    await journal.append(receipt("a", lane="c", body=b'{"type": "x"}'))
    [entry] = await claim(journal, Stage.ENRICH)
    due_at = START + timedelta(seconds=2)
    await journal.settle([Deferred(entry.seq, due_at, counted=True, detail="HTTP 503")])
    harness.clock.advance(2)
    [entry] = await claim(journal, Stage.ENRICH)
    note = MappingNote.PHONE_NOT_A_NUMBER
    await journal.settle([MadeReady(entry.seq, b'{"event": "x"}', message_id(entry.key), (note,), FETCHED)])
    [entry] = await claim(journal, Stage.DELIVER)
    harness.clock.advance(1)
    await journal.settle([Delivered(entry.seq, "200 in 35 ms, 1 event in the batch")])

    [told] = await curator.explain(SHOP, Lane("c"))

    assert told == History(
        seq=entry.seq,
        organization=SHOP,
        lane=Lane("c"),
        event_type="CONVERSATION/CLOSED",
        event_id="event of a",
        occurred_at=START,
        received_at=START,
        source=Source.WEBHOOK,
        state=State.DELIVERED,
        reason="",
        detail="",
        attempts_failed=0,
        due_at=START + timedelta(seconds=3),
        message_id=message_id(ReceiptKey("a")),
        notes=(note,),
        body=b'{"type": "x"}',
        payload=b'{"event": "x"}',
        fetched=FETCHED,
        attempts=(
            Attempt(START, "enrich", "deferred", "", "HTTP 503", due_at),
            Attempt(due_at, "enrich", "ready", "", "", None),
            Attempt(
                START + timedelta(seconds=3), "deliver", "delivered", "", "200 in 35 ms, 1 event in the batch", None
            ),
        ),
    )


@holds_to(Curator.explain, WHOLE_LANE)
async def test_what_was_suppressed_tells_what_was_not_found(journal: Journal, curator: Curator) -> None:
    await fill(journal, "a", lane="c")
    [entry] = await claim(journal, Stage.ENRICH)
    await journal.settle([Suppressed(entry.seq, SuppressReason.CUSTOMER_DELETED, FETCHED)])

    [told] = await curator.explain(None, Lane("c"))

    assert told.fetched == FETCHED


@holds_to(Curator.explain, WHOLE_LANE)
async def test_a_receipt_that_waits_tells_when_it_is_due(journal: Journal, curator: Curator) -> None:
    await fill(journal, "a", lane="c")
    [entry] = await claim(journal, Stage.ENRICH)
    due_at = START + timedelta(seconds=2)
    await journal.settle([Deferred(entry.seq, due_at, counted=True, detail="HTTP 503")])

    [told] = await curator.explain(None, Lane("c"))

    assert (told.state, told.due_at, told.attempts_failed, told.detail) == (State.RECEIVED, due_at, 1, "HTTP 503")


@holds_to(Curator.explain, WHOLE_LANE)
async def test_a_lane_is_told_in_log_order_and_no_other(journal: Journal, curator: Curator) -> None:
    await park_unmapped(journal, "1", lane="c", cause=ParkCause.NO_USER)
    await fill(journal, "2", lane="c")
    await fill(journal, "other lane")
    await work_off(journal)
    await fill(journal, "3", lane="c")

    assert keys(await curator.explain(None, Lane("c"))) == ["1", "2", "3"]


@holds_to(Curator.explain, WHOLE_LANE)
async def test_without_an_organization_the_lane_is_told_of_all_in_log_order(journal: Journal, curator: Curator) -> None:
    await journal.append(receipt("1", lane="c", organization=SHOP))
    await journal.append(receipt("2", lane="c", organization=OTHER_SHOP))
    await journal.append(receipt("3", lane="c", organization=SHOP))

    assert keys(await curator.explain(None, Lane("c"))) == ["1", "2", "3"]
    assert keys(await curator.explain(SHOP, Lane("c"))) == ["1", "3"]
    assert keys(await curator.explain(None, Lane("never received"))) == []


@holds_to(Curator.find, SELECTED, PORTION)
async def test_the_receipts_of_a_selection_are_found_in_log_order(journal: Journal, curator: Curator) -> None:
    await park(journal, "b", "a", cause=ParkCause.REQUEST_REFUSED)
    await park(journal, "c", cause=ParkCause.NO_USER)
    await fill_every_state(journal)
    dead = Selection(states=(State.PARKED,))

    found = await curator.find(dead, EVERYTHING)

    assert keys(found) == ["b", "a", "c", "parked"]
    assert [each.attempts for each in found] == [()] * 4
    assert keys(await curator.find(dead, 2)) == ["b", "a"]
    assert keys(await curator.find(dead, 2, after=found[1].seq)) == ["c", "parked"]
    assert await curator.find(dead, 2, after=found[3].seq) == []
    assert keys(await curator.find(Selection(states=(State.PARKED,), cause=ParkCause.NO_USER), 9)) == ["c"]
    assert keys(await curator.find(Selection(organization=SHOP, states=(State.PARKED,)), 1)) == ["b"]
    assert keys(await curator.find(Selection(organization=OTHER_SHOP, states=(State.PARKED,)), 9)) == []
    assert keys(await curator.find(Selection(seqs=(found[2].seq, found[0].seq, Seq(999))), 9)) == ["b", "c"]
    assert await curator.find(Selection(seqs=()), 9) == []


@holds_to(Curator.find, SELECTED)
async def test_times_of_receiving_restrict_from_one_until_before_another(journal: Journal, curator: Curator) -> None:
    for number in range(4):
        await journal.append(receipt(f"{number}", at=START + timedelta(seconds=number)))
    since, until = START + timedelta(seconds=1), START + timedelta(seconds=3)

    assert keys(await curator.find(Selection(since=since, until=until), 9)) == ["1", "2"]
    assert keys(await curator.find(Selection(since=since), 9)) == ["1", "2", "3"]
    assert keys(await curator.find(Selection(until=until), 9)) == ["0", "1", "2"]


@holds_to(Curator.explain, WHOLE_LANE)
@holds_to(Curator.find, SELECTED)
async def test_looking_changes_nothing(journal: Journal, curator: Curator) -> None:
    await fill_every_state(journal)
    before, tallies = await by_key(curator), await journal.tally()

    for each in before.values():
        await curator.explain(None, each.lane)
    await curator.find(ALL, EVERYTHING)

    assert await by_key(curator) == before
    assert await journal.tally() == tallies
