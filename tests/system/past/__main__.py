"""`python -m tests.system.past`: bring in months beside live traffic, with kills. Exit status 1 if that goes wrong."""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

from gladly_segment.sandbox.gladly.options import GladlyOptions
from tests.system.past.broken import Fault
from tests.system.past.controls import CAUGHT_AS, caught
from tests.system.past.report import WIDTH, table
from tests.system.past.run import RETRIES_S, Order, Proof, prove

_CONVERSATIONS_A_CUSTOMER = 3


class _Asked(argparse.Namespace):
    conversations: int
    months: int
    kills: int
    stops: int
    seed: int
    rate: int
    alone: float


def main() -> None:
    """Run what the command line asks for."""
    asked = _read()
    order = Order(
        conversations=asked.conversations,
        customers=max(asked.conversations // _CONVERSATIONS_A_CUSTOMER, 1),
        months=asked.months,
        kills=asked.kills,
        stops=asked.stops,
        seed=asked.seed,
        alone_s=asked.alone,
        options=GladlyOptions(rate_limit_per_s=asked.rate, seed=asked.seed, retry_after_s=RETRIES_S),
    )
    proof, missed = asyncio.run(_run(order))
    _say("\n" + table(proof))
    _say(f"{'negative controls caught':<{WIDTH}} {len(CAUGHT_AS) - len(missed)} of {len(CAUGHT_AS)}")
    _explain(proof)
    sys.exit(0 if proof.judgement.ok and proof.kills == asked.kills and not missed else 1)


async def _run(order: Order) -> tuple[Proof, list[Fault]]:
    with tempfile.TemporaryDirectory(prefix="past-") as folder:
        proof = await prove(Path(folder), order, _say)
    missed: list[Fault] = []
    for fault, wrong in CAUGHT_AS.items():
        with tempfile.TemporaryDirectory(prefix="past-") as folder:
            found = await caught(Path(folder), fault, seed=order.seed)
        _say(f"control, {fault}: {wrong if wrong in found else 'NOT CAUGHT'}")
        missed += [] if wrong in found else [fault]
    return proof, missed


def _read() -> _Asked:
    parser = argparse.ArgumentParser(prog="python -m tests.system.past", description=__doc__)
    parser.add_argument("--conversations", type=int, default=100_000)
    parser.add_argument("--months", type=int, default=3)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--stops", type=int, default=2, help="how often to stop and go on, with live traffic alone")
    parser.add_argument("--seed", type=int, default=20261124, help="of all that is drawn")
    parser.add_argument("--rate", type=int, default=125, help="Gladly's requests a second and method, by contract")
    parser.add_argument("--alone", type=float, default=40, help="seconds of live traffic alone, each time")
    return parser.parse_args(namespace=_Asked())


def _explain(proof: Proof) -> None:
    report = proof.judgement.report
    for findings in (report.lost, report.doubled, report.out_of_order, report.unfaithful, report.unexplained):
        for each in findings[:5]:
            _say(f"{each.id}: {each.detail}")
    for each in proof.refused[:5]:
        _say(f"429: {each}")
    for path, count in list(proof.judgement.repeated.items())[:5]:
        _say(f"{path}: {count} times too often")


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - what this program is for


if __name__ == "__main__":
    main()
