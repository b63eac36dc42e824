"""Holds drivers to the order of priorities."""

import pytest

from gladly_segment.core.lifecycle import Priority, Stage
from gladly_segment.core.records import Receipt
from gladly_segment.ports.journal import Journal
from tests.conformance.journal.contract import holds_to
from tests.conformance.journal.steps import claimed_keys, enrich
from tests.support.receipts import receipt

SMALLER_FIRST = "Those of a smaller `Priority` come before all others."


def of(priority: Priority, key: str, lane: str | None = None) -> Receipt:
    return receipt(key, lane=lane, priority=priority)


@holds_to(Journal.claim, SMALLER_FIRST)
@pytest.mark.parametrize("stage", Stage)
async def test_what_is_live_comes_before_a_gap_and_a_gap_before_replays(journal: Journal, stage: Stage) -> None:
    for priority in reversed(Priority):
        for number in (1, 2):
            await journal.append(of(priority, f"{priority.name} {number}"))
    if stage is Stage.DELIVER:
        await enrich(journal)

    assert await claimed_keys(journal, stage) == [
        "LIVE 1",
        "LIVE 2",
        "GAP 1",
        "GAP 2",
        "REPLAY 1",
        "REPLAY 2",
        "BACKFILL 1",
        "BACKFILL 2",
    ]


@holds_to(Journal.claim, SMALLER_FIRST)
async def test_a_limit_is_filled_from_the_smallest_on(journal: Journal) -> None:
    await journal.append(of(Priority.GAP, "gap"))
    await journal.append(of(Priority.LIVE, "live"))

    assert await claimed_keys(journal, Stage.ENRICH, limit=1) == ["live"]
    assert await claimed_keys(journal, Stage.ENRICH, limit=1) == ["gap"]


@holds_to(Journal, "only the earliest unsettled receipt is ever handed out for delivery")
async def test_a_smaller_priority_overtakes_nothing_in_its_lane(journal: Journal) -> None:
    await journal.append(of(Priority.GAP, "opened", lane="c-1"))
    await journal.append(of(Priority.LIVE, "closed", lane="c-1"))
    await enrich(journal)

    assert await claimed_keys(journal, Stage.DELIVER) == ["opened"]


@holds_to(Journal.append, "The unsettled ones of its lane have at least its `Priority` from then on")
async def test_nobody_waits_behind_what_waits_longer(journal: Journal) -> None:
    await journal.append(of(Priority.LIVE, "elsewhere"))
    await journal.append(of(Priority.REPLAY, "opened", lane="c-1"))
    await journal.append(of(Priority.GAP, "before"))
    await journal.append(of(Priority.LIVE, "closed", lane="c-1"))

    assert await claimed_keys(journal, Stage.ENRICH) == ["elsewhere", "opened", "closed", "before"]
