"""Holds drivers to the order of a lane, and to the freedom of all others."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from gladly_segment.core.lifecycle import IgnoreReason, ParkCause, Stage, SuppressReason
from gladly_segment.core.records import Deferred, Delivered, Entry, Ignored, Parked, Settlement, Suppressed
from gladly_segment.ports.journal import Journal
from tests.conformance.journal.contract import holds_to
from tests.conformance.journal.harness import Harness
from tests.conformance.journal.steps import claim, claimed_keys, enrich, fill, made_ready
from tests.support.clock import START
from tests.support.receipts import OTHER_SHOP, receipt

LATER = START + timedelta(seconds=60)

ENDS_BEFORE_DELIVERY: list[Callable[[Entry], Settlement]] = [
    lambda entry: Suppressed(entry.seq, SuppressReason.CUSTOMER_DELETED),
    lambda entry: Ignored(entry.seq, IgnoreReason.PROFILE_CHANGE_NOTED),
    lambda entry: Parked(entry.seq, ParkCause.UNEXPECTED_ERROR),
]
ENDS_OF_DELIVERY: list[Callable[[Entry], Settlement]] = [
    lambda entry: Delivered(entry.seq),
    lambda entry: Parked(entry.seq, ParkCause.REQUEST_REFUSED),
]


@holds_to(Journal, "Receipts are enriched side by side")
async def test_all_of_a_lane_are_enriched_side_by_side(journal: Journal) -> None:
    await fill(journal, "a", "b", "c", lane="lane")

    assert await claimed_keys(journal, Stage.ENRICH) == ["a", "b", "c"]


@pytest.mark.parametrize("end", ENDS_OF_DELIVERY)
@holds_to(Journal, "only the earliest unsettled receipt is ever handed out for delivery")
@holds_to(Journal.settle, "and free the next entries of their lanes")
async def test_the_next_of_a_lane_is_handed_out_once_the_one_before_is_settled(
    journal: Journal, end: Callable[[Entry], Settlement]
) -> None:
    await fill(journal, "a", "b", "c", lane="lane")
    await enrich(journal)

    for key in "abc":
        [entry] = await claim(journal, Stage.DELIVER)
        assert entry.key == key
        assert await claimed_keys(journal, Stage.DELIVER) == []
        await journal.settle([end(entry)])

    assert await claimed_keys(journal, Stage.DELIVER) == []


@holds_to(Journal, "only the earliest unsettled receipt is ever handed out for delivery")
async def test_an_event_that_is_ready_waits_for_an_earlier_one_that_is_not(journal: Journal) -> None:
    await fill(journal, "a", "b", lane="lane")
    a, b = await claim(journal, Stage.ENRICH)

    await journal.settle([made_ready(b)])
    assert await claimed_keys(journal, Stage.DELIVER) == []

    await journal.settle([made_ready(a)])
    assert await claimed_keys(journal, Stage.DELIVER) == ["a"]


@pytest.mark.parametrize("end", ENDS_BEFORE_DELIVERY)
@holds_to(Journal.settle, "and free the next entries of their lanes")
async def test_a_head_that_is_never_delivered_frees_the_next(
    harness: Harness, journal: Journal, end: Callable[[Entry], Settlement]
) -> None:
    await fill(journal, "a", "b", "c", lane="lane")
    a, b, c = await claim(journal, Stage.ENRICH)
    await journal.settle([made_ready(b), made_ready(c)])

    await journal.settle([end(a)])

    journal = await harness.crash_and_reopen()
    assert await claimed_keys(journal, Stage.DELIVER) == ["b"]


@pytest.mark.parametrize("end", ENDS_BEFORE_DELIVERY)
@holds_to(Journal, "only the earliest unsettled receipt is ever handed out for delivery")
async def test_one_that_drops_out_from_the_middle_frees_nobody_behind_it(
    journal: Journal, end: Callable[[Entry], Settlement]
) -> None:
    await fill(journal, "a", "b", "c", lane="lane")
    a, b, c = await claim(journal, Stage.ENRICH)

    await journal.settle([end(b), made_ready(c)])
    assert await claimed_keys(journal, Stage.DELIVER) == []

    await journal.settle([made_ready(a)])
    [head] = await claim(journal, Stage.DELIVER)
    assert head.key == "a"
    await journal.settle([Delivered(head.seq)])
    assert await claimed_keys(journal, Stage.DELIVER) == ["c"]


@holds_to(Journal, "lanes do not wait for one another")
async def test_a_lane_that_is_held_up_holds_up_no_other(journal: Journal) -> None:
    await fill(journal, "a", "b", lane="held up in delivery")
    await enrich(journal)
    [a] = await claim(journal, Stage.DELIVER)
    await journal.settle([Deferred(a.seq, LATER, counted=True)])
    await fill(journal, "c", lane="held up in enriching")
    await fill(journal, "d", "e", lane="free")
    c, d, e = await claim(journal, Stage.ENRICH)
    await journal.settle([Deferred(c.seq, LATER, counted=True), made_ready(d), made_ready(e)])

    assert await claimed_keys(journal, Stage.DELIVER) == ["d"]


@holds_to(Journal, "only the earliest unsettled receipt is ever handed out for delivery")
async def test_a_deferred_head_keeps_its_place(harness: Harness, journal: Journal) -> None:
    await fill(journal, "a", "b", lane="lane")
    await enrich(journal)
    [a] = await claim(journal, Stage.DELIVER)
    await journal.settle([Deferred(a.seq, LATER, counted=True)])

    journal = await harness.crash_and_reopen()

    assert await claimed_keys(journal, Stage.DELIVER) == []
    harness.clock.advance(60)
    assert await claimed_keys(journal, Stage.DELIVER) == ["a"]


@holds_to(Journal, "only the earliest unsettled receipt is ever handed out for delivery")
async def test_a_lane_whose_receipts_are_all_settled_begins_anew(journal: Journal) -> None:
    await fill(journal, "a", lane="lane")
    [a] = await claim(journal, Stage.ENRICH)
    await journal.settle([Suppressed(a.seq, SuppressReason.CONVERSATION_GONE)])

    await fill(journal, "b", lane="lane")
    await enrich(journal)

    assert await claimed_keys(journal, Stage.DELIVER) == ["b"]


@holds_to(Journal, "only the earliest unsettled receipt is ever handed out for delivery")
async def test_what_is_appended_while_the_head_is_being_delivered_waits_behind_it(journal: Journal) -> None:
    await fill(journal, "a", lane="lane")
    await enrich(journal)
    [a] = await claim(journal, Stage.DELIVER)

    await fill(journal, "b", lane="lane")
    await enrich(journal)
    assert await claimed_keys(journal, Stage.DELIVER) == []

    await journal.settle([Delivered(a.seq)])
    assert await claimed_keys(journal, Stage.DELIVER) == ["b"]


@holds_to(Journal.settle, "and free the next entries of their lanes")
async def test_one_settlement_frees_the_next_of_every_lane_in_it(journal: Journal) -> None:
    for key in ("a1", "b1", "a2", "b2"):
        await fill(journal, key, lane=key[0])
    await enrich(journal)
    heads = await claim(journal, Stage.DELIVER)
    assert [head.key for head in heads] == ["a1", "b1"]

    await journal.settle([Delivered(head.seq) for head in heads])

    assert await claimed_keys(journal, Stage.DELIVER) == ["a2", "b2"]


@holds_to(Journal, "Keys, lanes and claims are an organization's own.")
async def test_a_lane_of_the_same_name_of_another_organization_is_another_lane(journal: Journal) -> None:
    await journal.append(receipt("a", lane="lane"))
    await journal.append(receipt("b", lane="lane", organization=OTHER_SHOP))
    [b] = await claim(journal, Stage.ENRICH, organization=OTHER_SHOP)

    await journal.settle([made_ready(b)])

    assert [entry.key for entry in await claim(journal, Stage.DELIVER, organization=OTHER_SHOP)] == ["b"]
    assert await claimed_keys(journal, Stage.DELIVER) == []
