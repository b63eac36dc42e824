"""`gladly-segment demo`."""

from typing import Annotated

from cyclopts import Parameter, validators
from rich.console import Console

from gladly_segment.cli.demo.run import run_demo
from gladly_segment.cli.loop import run


def demo_command(
    *,
    conversations: Annotated[int, Parameter(validator=validators.Number(gte=8, lte=5000))] = 220,
    seed: int = 1,
) -> int:
    """Play a day in a shop on this machine and check what arrived at Segment.

    Starts simulators of Gladly and Segment and the service between them, each a process of its own. Exit status 1
    when anything was lost, doubled, out of order or unfaithful.

    Parameters
    ----------
    conversations
        How many conversations the day has.
    seed
        Where the day's chances are drawn from.
    """
    return run(run_demo(Console(), conversations=conversations, seed=seed))
