"""Holds drivers to `Curator.dead`."""

from datetime import timedelta

from gladly_segment.core.lifecycle import ParkCause, Stage, State
from gladly_segment.core.records import Parked, Selection
from gladly_segment.ports.curator import DETAILS, Curator, DeadGroup
from gladly_segment.ports.journal import Journal
from tests.conformance.curator.steps import ALL, BAD_EVENT, VENDOR_TROUBLE, fill_every_state, park
from tests.conformance.journal.contract import holds_to
from tests.conformance.journal.steps import claim, fill
from tests.support.clock import START
from tests.support.receipts import OTHER_SHOP, SHOP, receipt

GROUPED = "Group dead letters, of one organization or of all, by organization and cause, the largest group first."


async def park_with(journal: Journal, cause: ParkCause, *details: str) -> None:
    for number, detail in enumerate(details):
        await fill(journal, f"{cause} {number} {detail}")
        [entry] = await claim(journal, Stage.ENRICH)
        await journal.settle([Parked(entry.seq, cause, detail)])


@holds_to(Curator.dead, GROUPED)
async def test_letters_are_grouped_by_cause_the_most_frequent_first(journal: Journal, curator: Curator) -> None:
    await park(journal, "a", cause=BAD_EVENT)
    await park(journal, "b", "c", cause=VENDOR_TROUBLE)

    groups = await curator.dead(None)

    assert [(each.organization, each.cause, each.letters) for each in groups] == [
        (SHOP, VENDOR_TROUBLE, 2),
        (SHOP, BAD_EVENT, 1),
    ]


@holds_to(Curator.dead, GROUPED)
async def test_each_organization_has_groups_of_its_own(journal: Journal, curator: Curator) -> None:
    for shop in (SHOP, OTHER_SHOP):
        await journal.append(receipt("a", organization=shop, state=State.PARKED, reason=ParkCause.EVENT_INCOMPLETE))

    assert {each.organization for each in await curator.dead(None)} == {SHOP, OTHER_SHOP}
    assert [(each.organization, each.letters) for each in await curator.dead(OTHER_SHOP)] == [(OTHER_SHOP, 1)]


@holds_to(Curator.dead, GROUPED)
async def test_a_group_tells_its_times_and_its_latest_details_once_each(journal: Journal, curator: Curator) -> None:
    for hour in (2, 0, 1):
        await journal.append(
            receipt(
                f"at {hour}",
                at=START + timedelta(hours=hour),
                state=State.PARKED,
                reason=ParkCause.EVENT_INCOMPLETE,
            )
        )
    await park_with(journal, BAD_EVENT, "40000 bytes", "33000 bytes", "50000 bytes", "33000 bytes", "60000 bytes")

    large, incomplete = await curator.dead(None)

    assert incomplete == DeadGroup(
        organization=SHOP,
        cause=ParkCause.EVENT_INCOMPLETE,
        letters=3,
        oldest=START,
        newest=START + timedelta(hours=2),
        details=(),
    )
    assert large.details == ("60000 bytes", "33000 bytes", "50000 bytes")
    assert len(large.details) == DETAILS


@holds_to(Curator.dead, GROUPED)
async def test_only_dead_letters_are_in_groups_and_the_tally_counts_the_same(
    journal: Journal, curator: Curator
) -> None:
    await fill_every_state(journal)
    await park(journal, "b", "c", cause=BAD_EVENT)
    await curator.drop(Selection(cause=VENDOR_TROUBLE))

    groups = {(each.cause, each.letters) for each in await curator.dead(None)}

    tallies = await journal.tally()
    assert groups == {
        (ParkCause(each.reason), each.count) for each in tallies if each.state is State.PARKED and each.count
    }
    assert {cause for cause, _ in groups} == {BAD_EVENT}


@holds_to(Curator.dead, GROUPED)
async def test_without_dead_letters_there_are_no_groups(journal: Journal, curator: Curator) -> None:
    await park(journal, "a")
    await curator.retry(ALL)

    assert await curator.dead(None) == []
