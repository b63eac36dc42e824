"""Holds drivers to `Receipts`."""

import asyncio

from gladly_segment.core.ids import Lane, Seq
from gladly_segment.core.lifecycle import ParkCause, Stage, State
from gladly_segment.core.records import Parked
from gladly_segment.ports.journal import Journal
from gladly_segment.ports.receipts import Receipts
from tests.conformance.changes.harness import Harness
from tests.conformance.journal.contract import holds_to
from tests.conformance.journal.steps import PATIENCE_S, claim, fill
from tests.support.receipts import OTHER_SHOP, SHOP, receipt


@holds_to(Receipts.receipt, "Give a receipt with its history; None where there is none (any more).")
async def test_a_receipt_is_given_with_what_befell_it(journal: Journal, receipts: Receipts) -> None:
    await fill(journal, "a", "b", lane="one")
    _, b = await claim(journal, Stage.ENRICH)
    await journal.settle([Parked(b.seq, ParkCause.NO_USER, "why")])

    found = await receipts.receipt(b.seq)

    assert found is not None
    assert (found.seq, found.state, found.detail, len(found.attempts)) == (b.seq, State.PARKED, "why", 1)
    assert await receipts.receipt(Seq(99)) is None


@holds_to(Receipts.lane, "Give all receipts of a lane with their histories, in log order.")
async def test_a_lane_is_given_in_order(journal: Journal, receipts: Receipts) -> None:
    await fill(journal, "a", "b", lane="one")
    await fill(journal, "c", lane="two")
    await journal.append(receipt("d", lane="one", organization=OTHER_SHOP))
    entries = await claim(journal, Stage.ENRICH)
    await journal.settle([Parked(entries[0].seq, ParkCause.NO_USER)])

    found = await receipts.lane(SHOP, Lane("one"))

    assert [(each.event_id, len(each.attempts)) for each in found] == [("event of a", 1), ("event of b", 0)]


@holds_to(
    Receipts.ahead,
    "Tell how many receipts of its organization come before one that waits for Gladly; others are left out.",
)
async def test_those_that_come_before_are_counted(journal: Journal, receipts: Receipts) -> None:
    await journal.append(receipt("elsewhere", organization=OTHER_SHOP))
    await fill(journal, "a", "b", "c")
    [first] = await claim(journal, Stage.ENRICH, 1)
    await journal.settle([Parked(first.seq, ParkCause.NO_USER)])

    assert await receipts.ahead([first.seq, Seq(3), Seq(4), Seq(99)]) == {3: 0, 4: 1}


@holds_to(Receipts, "Reads beside the journal's writer and never waits for it, nor lets it wait.")
async def test_reading_does_not_wait_for_what_is_written(
    harness: Harness, journal: Journal, receipts: Receipts
) -> None:
    await fill(journal, "a")
    await harness.hold_the_writer()

    async with asyncio.timeout(PATIENCE_S):
        found = await receipts.receipt(Seq(1))

    assert found is not None
