"""`python -m tests.system.chaos`: every fault, and so many kills, until something is lost. Exit status 1 if it is."""

import argparse
import asyncio
import sys
from collections.abc import Sequence

from tests.system.chaos.report import progress_line, table
from tests.system.chaos.trials import Outcome, Trial, attempt, trials


class _Order(argparse.Namespace):
    kills: int
    seed: int
    only: str
    jobs: int


def main() -> None:
    """Run what the command line asks for."""
    order = _read_order()
    chosen = [each for each in trials(kills=order.kills, seed=order.seed) if order.only in ("", each.name)]
    if not chosen:
        sys.exit(f"there is no trial {order.only!r}")
    outcomes = asyncio.run(_run(chosen, order.jobs))
    _say("\n" + table(outcomes, kills=order.kills, seed=order.seed))
    for outcome in outcomes:
        if not outcome.ok:
            _say(f"\n{outcome.trial.name}: {outcome.wrong}\n{outcome.judgement}")
    sys.exit(0 if all(outcome.ok for outcome in outcomes) else 1)


def _read_order() -> _Order:
    parser = argparse.ArgumentParser(prog="python -m tests.system.chaos", description=__doc__)
    parser.add_argument("--kills", type=int, default=200, help="how often to kill the service, at least")
    parser.add_argument("--seed", type=int, default=20261124, help="of all that is drawn")
    parser.add_argument("--only", default="", help="the name of the one trial to run")
    parser.add_argument("--jobs", type=int, default=4, help="trials to run side by side")
    return parser.parse_args(namespace=_Order())


async def _run(chosen: Sequence[Trial], jobs: int) -> Sequence[Outcome]:
    places = asyncio.Semaphore(jobs)
    done = 0

    async def one(trial: Trial) -> Outcome:
        nonlocal done
        async with places:
            outcome = await attempt(trial)
        done += 1
        _say(progress_line(outcome, done, len(chosen)))
        return outcome

    return await asyncio.gather(*map(one, chosen))


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - what this program is for


if __name__ == "__main__":
    main()
