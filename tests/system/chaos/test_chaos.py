"""The short cut of `make chaos`: a kill at every boundary, a scenario of each kind, and what must be caught is."""

import pytest

from tests.system.chaos.dooms import BOUNDARIES, BROKEN, Doom
from tests.system.chaos.kills import BY_CHANCE, break_promise, run_day, run_kills
from tests.system.chaos.scenario import run_scenario
from tests.system.chaos.trials import SCENARIOS

SEED = 20261124

OF_A_KIND_WITH_OTHERS = {
    "Gladly: 5xx",
    "Gladly: slow drip",
    "Gladly: cut answers",
    "Segment: 413 for a large batch",
    "Segment: resets half-way",
    "Service: down while Gladly delivers",
    "Machine: clock +1 h while a stage is held",
    "Machine: the data directory cannot be made",
    "Damage: all of the database",
}
"""Left to `make chaos`."""


async def test_kills_at_every_boundary_lose_double_and_reorder_nothing() -> None:
    run = await run_kills(kills=6, seed=SEED)

    assert run.kills.keys() == {*BOUNDARIES, BY_CHANCE}
    assert run.judgement.ok, run.judgement


async def test_kills_on_a_day_with_merges_and_deletions_lose_double_and_reorder_nothing() -> None:
    run = await run_day(seed=SEED)

    assert sum(run.kills.values()) > 5
    assert run.judgement.ok, run.judgement.wrongs
    assert run.judgement.report.expected_suppressed == 2


@pytest.mark.parametrize("name", sorted(SCENARIOS.keys() - OF_A_KIND_WITH_OTHERS))
async def test_trouble_costs_no_event(name: str) -> None:
    judgement = await run_scenario(SCENARIOS[name], seed=SEED)

    assert judgement.ok, judgement
    assert judgement.report.accepted > 0


def test_only_scenarios_that_exist_are_left_out() -> None:
    assert SCENARIOS.keys() > OF_A_KIND_WITH_OTHERS


@pytest.mark.parametrize("doom", BROKEN)
async def test_a_broken_promise_is_caught(doom: Doom) -> None:
    judgement = await break_promise(doom, seed=SEED)

    assert not judgement.ok
