"""Negative controls: each fault of a service is caught by the very checker that is there for it."""

from pathlib import Path
from typing import Final

from gladly_segment.sandbox.gladly.options import GladlyOptions
from tests.system.past.broken import Fault
from tests.system.past.run import RETRIES_S, Order, prove

_BROKEN: Final = ("-m", "tests.system.past.broken")

CAUGHT_AS: Final = {
    Fault.LOSES: "lost",
    Fault.DOUBLES: "doubled",
    Fault.GREEDY: "answers 429",
    Fault.FORGETFUL: "asked for twice",
    Fault.LAZY: "rate used",
    Fault.PUSHY: "live p99, beside / alone",
}
"""What a judgement says of each, among other things."""

_RATES: Final = {Fault.GREEDY: 50, Fault.LAZY: 100, Fault.PUSHY: 30}
_RATE: Final = 400


async def caught(folder: Path, fault: Fault, *, seed: int) -> set[str]:
    """Run a small past with a fault, and tell what was found wrong."""
    order = Order(
        conversations=300,
        customers=100,
        months=1,
        kills=0,
        seed=seed,
        alone_s=2.0,
        live_per_s=4.0,
        options=GladlyOptions(rate_limit_per_s=_RATES.get(fault, _RATE), retry_after_s=RETRIES_S, seed=seed),
        program=(*_BROKEN, fault),
    )
    judgement = (await prove(folder, order)).judgement
    return {name for name, count in judgement.wrongs.items() if count} | set(judgement.missed)
