"""Everything that is tried, by name, and what it came to."""

import random
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import msgspec

from tests.system.chaos.damage import DAMAGES
from tests.system.chaos.dooms import BROKEN, Doom
from tests.system.chaos.gladly_faults import GLADLY_FAULTS
from tests.system.chaos.judgement import Judgement
from tests.system.chaos.kills import break_promise, run_day, run_kills
from tests.system.chaos.machine import MACHINE_FAULTS
from tests.system.chaos.scenario import Scenario, run_scenario
from tests.system.chaos.segment_faults import SEGMENT_FAULTS
from tests.system.chaos.service_faults import SERVICE_FAULTS

SCENARIOS: Final[Mapping[str, Scenario]] = {
    **GLADLY_FAULTS,
    **SEGMENT_FAULTS,
    **SERVICE_FAULTS,
    **MACHINE_FAULTS,
    **DAMAGES,
}

_KILLS_A_WORLD = 10
"""Few, so that each judgement stays small."""

_DAYS = 3
"""Of a shop, with everything that happens to customers."""


class Trial(msgspec.Struct, frozen=True):
    """One world with one kind of trouble; `is_control` says that the judgement must find something wrong."""

    name: str
    seed: int
    is_control: bool
    run: Callable[[int], Awaitable[tuple[Mapping[str, int], Judgement]]]


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a trial came to: its judgement, or the error that ended it."""

    trial: Trial
    seconds: float
    kills: Mapping[str, int] = {}
    judgement: Judgement | None = None
    error: str = ""

    @property
    def ok(self) -> bool:
        """Nothing is wrong; or, in a negative control, something is and was found."""
        return self.judgement is not None and self.judgement.ok is not self.trial.is_control

    @property
    def wrong(self) -> str:
        """What is, in one line."""
        if self.judgement is None:
            return self.error
        if self.trial.is_control:
            return "" if self.ok else "not caught"
        return ", ".join(f"{count} {what}" for what, count in self.judgement.wrongs.items() if count)


def trials(*, kills: int, seed: int) -> list[Trial]:
    """List what is to be tried; each trial's seed comes from `seed` and its name only."""
    worlds = -(-kills // _KILLS_A_WORLD)
    found = [Trial(f"kills {number:02}", 0, False, _kills(_KILLS_A_WORLD)) for number in range(1, worlds + 1)]
    found += [Trial(f"a day with kills {number}", 0, False, _day) for number in range(1, _DAYS + 1)]
    found += [Trial(name, 0, False, _scenario(scenario)) for name, scenario in SCENARIOS.items()]
    found += [Trial(f"control: {doom}", 0, True, _control(doom)) for doom in BROKEN]
    return [msgspec.structs.replace(each, seed=_seed(seed, each.name)) for each in found]


async def attempt(trial: Trial) -> Outcome:
    """Run a trial; whatever goes wrong is its outcome."""
    began = time.monotonic()
    try:
        kills, judgement = await trial.run(trial.seed)
    except Exception as error:  # noqa: BLE001 - one trial's end must not end the others
        return Outcome(trial=trial, seconds=time.monotonic() - began, error=f"{type(error).__name__}: {error}")
    return Outcome(trial=trial, seconds=time.monotonic() - began, kills=kills, judgement=judgement)


def _kills(kills: int) -> Callable[[int], Awaitable[tuple[Mapping[str, int], Judgement]]]:
    async def run(seed: int) -> tuple[Mapping[str, int], Judgement]:
        found = await run_kills(kills=kills, seed=seed)
        return found.kills, found.judgement

    return run


async def _day(seed: int) -> tuple[Mapping[str, int], Judgement]:
    found = await run_day(seed=seed)
    return found.kills, found.judgement


def _scenario(scenario: Scenario) -> Callable[[int], Awaitable[tuple[Mapping[str, int], Judgement]]]:
    async def run(seed: int) -> tuple[Mapping[str, int], Judgement]:
        return {}, await run_scenario(scenario, seed=seed)

    return run


def _control(doom: Doom) -> Callable[[int], Awaitable[tuple[Mapping[str, int], Judgement]]]:
    async def run(seed: int) -> tuple[Mapping[str, int], Judgement]:
        return {}, await break_promise(doom, seed=seed)

    return run


def _seed(seed: int, name: str) -> int:
    return random.Random(f"{seed}/{name}").getrandbits(32)  # noqa: S311 - repeatable, not secret
