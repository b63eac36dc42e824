"""Holds drivers to `Curator.replay`."""

from datetime import timedelta

import pytest

from gladly_segment.core.identity import message_id
from gladly_segment.core.ids import ReceiptKey
from gladly_segment.core.lifecycle import Stage, State, SuppressReason
from gladly_segment.core.provenance import Fetched, Origin, Resource
from gladly_segment.core.records import Delivered, MadeReady, Selection, Suppressed, Tally
from gladly_segment.ports.curator import Curator, Replayed
from gladly_segment.ports.journal import Journal
from tests.conformance.curator.harness import Harness
from tests.conformance.curator.steps import (
    ALL,
    by_key,
    deliver,
    fill_every_state,
    park,
    states,
    told,
    work_off,
)
from tests.conformance.journal.contract import holds_to
from tests.conformance.journal.steps import claim, claimed_keys, enrich, fill, made_ready
from tests.support.clock import START
from tests.support.receipts import OTHER_SHOP, SHOP, receipt

AGAIN = "Deliver again what was delivered, under the same messageId; with `remap`, enrich and map it anew first."
SUPPRESSED_TOO = "With `remap`, what was suppressed is looked at again too."
HOW_MANY = "Tells how many receipts are on their way."
WITHOUT_CONTENT = "A receipt whose content is no longer kept stays as it is, and is counted."
BACKLOG = 700


@holds_to(Curator.replay, AGAIN)
@holds_to(Curator.replay, HOW_MANY)
async def test_what_was_delivered_is_delivered_again_as_it_was(journal: Journal, curator: Curator) -> None:
    await fill(journal, "a")
    await work_off(journal)

    assert await curator.replay(ALL, remap=False) == Replayed(1)

    [entry] = await claim(journal, Stage.DELIVER)
    assert (entry.key, entry.payload, entry.message_id) == ("a", b"payload of a", message_id(ReceiptKey("a")))
    assert await claim(journal, Stage.ENRICH) == []


@holds_to(Curator.replay, AGAIN)
async def test_with_remap_it_is_enriched_and_mapped_anew_under_the_same_message_id(
    journal: Journal, curator: Curator
) -> None:
    await fill(journal, "a")
    await work_off(journal)

    assert await curator.replay(ALL, remap=True) == Replayed(1)

    assert await claim(journal, Stage.DELIVER) == []
    [entry] = await claim(journal, Stage.ENRICH)
    assert (entry.key, entry.payload, entry.message_id) == ("a", b"", message_id(ReceiptKey("a")))


@pytest.mark.parametrize(
    ("remap", "moved"),
    [
        (False, {"delivered": State.READY}),
        (True, {"delivered": State.RECEIVED, "suppressed": State.RECEIVED}),
    ],
)
@holds_to(Curator.replay, SUPPRESSED_TOO)
@holds_to(Curator.replay, HOW_MANY)
async def test_nothing_else_is_replayed(
    journal: Journal, curator: Curator, remap: bool, moved: dict[str, State]
) -> None:
    await fill_every_state(journal)
    before = await by_key(curator)

    assert await curator.replay(Selection(states=tuple(State)), remap=remap) == Replayed(len(moved))

    after = await by_key(curator)
    assert {key: each.state for key, each in after.items() if each != before[key]} == moved


@holds_to(Curator.replay, SUPPRESSED_TOO)
async def test_what_was_suppressed_may_be_delivered_now(journal: Journal, curator: Curator) -> None:
    await fill(journal, "a")
    [entry] = await claim(journal, Stage.ENRICH)
    await journal.settle([Suppressed(entry.seq, SuppressReason.CUSTOMER_DELETED)])

    await curator.replay(ALL, remap=True)

    assert await work_off(journal) == ["a"]


@pytest.mark.parametrize("remap", [False, True])
@holds_to(Curator.replay, AGAIN)
async def test_what_was_fetched_goes_with_the_track_event(journal: Journal, curator: Curator, remap: bool) -> None:
    def made_of(age_s: float) -> tuple[Fetched, ...]:
        return (Fetched(resource=Resource.CUSTOMER_PROFILE, id="u-1", origin=Origin.MEMORY, age_s=age_s),)

    async def make_ready(age_s: float) -> None:
        entries = await claim(journal, Stage.ENRICH)
        await journal.settle([MadeReady(each.seq, b"{}", message_id(each.key), (), made_of(age_s)) for each in entries])

    await fill(journal, "a")
    await make_ready(1.0)
    await deliver(journal)

    await curator.replay(ALL, remap=remap)
    while_it_waits = (await told(curator, "a")).fetched
    await make_ready(2.0)
    await deliver(journal)

    assert while_it_waits == (() if remap else made_of(1.0))
    assert (await told(curator, "a")).fetched == made_of(2.0 if remap else 1.0)


@holds_to(Curator.replay, AGAIN)
async def test_a_conversation_is_replayed_in_its_order(journal: Journal, curator: Curator) -> None:
    await fill(journal, "1", "2", "3", lane="c")
    await work_off(journal)

    assert await curator.replay(ALL, remap=True) == Replayed(3)
    for entry in reversed(await claim(journal, Stage.ENRICH)):
        await journal.settle([made_ready(entry)])

    assert await deliver(journal) == ["1", "2", "3"]


@holds_to(Curator.replay, AGAIN)
async def test_later_events_of_a_replayed_conversation_wait_for_it(journal: Journal, curator: Curator) -> None:
    await fill(journal, "1", "2", lane="c")
    await work_off(journal)
    await fill(journal, "3", lane="c")
    await enrich(journal)

    await curator.replay(ALL, remap=False)

    assert await deliver(journal) == ["1", "2", "3"]


@holds_to(Curator.replay, HOW_MANY)
async def test_what_is_on_its_way_already_is_not_sent_again(journal: Journal, curator: Curator) -> None:
    await fill(journal, "a")
    await work_off(journal)

    assert [await curator.replay(ALL, remap=False) for _ in range(2)] == [Replayed(1), Replayed(0)]

    assert await deliver(journal) == ["a"]


@holds_to(Curator.replay, AGAIN)
async def test_a_replay_is_restricted_to_an_organization_and_times_of_receiving(
    harness: Harness, journal: Journal, curator: Curator
) -> None:
    harness.clock.advance(600)
    for number in range(4):
        await journal.append(receipt(f"{number}", at=START + timedelta(minutes=number)))
    await work_off(journal)
    await journal.append(receipt("elsewhere", organization=OTHER_SHOP, at=START + timedelta(minutes=1)))
    [entry] = await claim(journal, Stage.ENRICH, organization=OTHER_SHOP)
    await journal.settle([Suppressed(entry.seq, SuppressReason.CUSTOMER_DELETED)])
    window = Selection(organization=SHOP, since=START + timedelta(minutes=1), until=START + timedelta(minutes=3))

    assert await curator.replay(window, remap=True) == Replayed(2)

    found = await states(curator)
    assert {key for key, state in found.items() if state is State.RECEIVED} == {"1", "2"}


@pytest.mark.parametrize("stage", Stage)
@holds_to(Curator.replay, AGAIN)
async def test_live_events_overtake_a_large_replay(journal: Journal, curator: Curator, stage: Stage) -> None:
    await fill(journal, *(f"old {number}" for number in range(BACKLOG)))
    await work_off(journal)

    assert await curator.replay(ALL, remap=stage is Stage.ENRICH) == Replayed(BACKLOG)
    in_flight = await claim(journal, stage, 100)
    await fill(journal, "live 1", "live 2")
    if stage is Stage.DELIVER:
        await enrich(journal)

    assert {entry.key.split()[0] for entry in in_flight} == {"old"}
    assert (await claimed_keys(journal, stage, 4))[:2] == ["live 1", "live 2"]
    assert len(await claim(journal, stage, BACKLOG)) == BACKLOG - 102


@holds_to(Curator.replay, AGAIN)
async def test_a_remapped_replay_stays_behind_live_events_in_delivery(journal: Journal, curator: Curator) -> None:
    await fill(journal, "old")
    await work_off(journal)
    await curator.replay(ALL, remap=True)
    await enrich(journal)
    await fill(journal, "live")
    await enrich(journal)

    assert await claimed_keys(journal, Stage.DELIVER) == ["live", "old"]


@holds_to(Curator.replay, HOW_MANY)
async def test_tallies_and_history_follow_a_replay(journal: Journal, curator: Curator) -> None:
    await fill(journal, "a")
    await work_off(journal)
    await curator.replay(ALL, remap=False)
    waiting = set(await journal.tally())
    await deliver(journal)

    assert waiting == {
        Tally(SHOP, State.RECEIVED, "", 0, 1),
        Tally(SHOP, State.READY, "", 1, 2),
        Tally(SHOP, State.DELIVERED, "", 0, 1),
    }
    assert Tally(SHOP, State.DELIVERED, "", 1, 2) in await journal.tally()
    steps = [(each.by, each.outcome) for each in (await told(curator, "a")).attempts]
    assert steps == [
        ("enrich", "ready"),
        ("deliver", "delivered"),
        ("person", "ready"),
        ("deliver", "delivered"),
    ]


@holds_to(Curator.replay, AGAIN)
async def test_a_replay_leaves_dead_letters_alone(journal: Journal, curator: Curator) -> None:
    await park(journal, "a")

    assert await curator.replay(ALL, remap=True) == Replayed(0)

    assert await states(curator) == {"a": State.PARKED}


@holds_to(Curator.replay, AGAIN)
async def test_an_event_of_a_replayed_conversation_that_is_in_flight_is_delivered_once(
    journal: Journal, curator: Curator
) -> None:
    await fill(journal, "1", "2", lane="c")
    await enrich(journal)
    [first] = await claim(journal, Stage.DELIVER)
    await journal.settle([Delivered(first.seq)])
    [second] = await claim(journal, Stage.DELIVER)

    assert await curator.replay(ALL, remap=False) == Replayed(1)
    await journal.settle([Delivered(second.seq)])

    assert await deliver(journal) == ["1"]


@pytest.mark.parametrize("remap", [False, True])
@holds_to(Curator.replay, WITHOUT_CONTENT)
async def test_what_has_no_content_any_more_is_counted_and_stays(
    harness: Harness, journal: Journal, curator: Curator, remap: bool
) -> None:
    await fill(journal, "a", "b")
    await work_off(journal)
    await harness.forget_content()
    await fill(journal, "c")
    await work_off(journal)
    before = await by_key(curator)

    assert await curator.replay(ALL, remap=remap) == Replayed(1, without_content=2)

    after = await by_key(curator)
    assert (after["a"], after["b"]) == (before["a"], before["b"])
    assert await work_off(journal) == ["c"]
