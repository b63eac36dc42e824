"""Holds drivers to their acknowledgements when the process is killed (SIGKILL) in the midst of its work."""

import pytest

from gladly_segment.core.lifecycle import Stage
from gladly_segment.core.records import Appended, Delivered
from gladly_segment.ports.journal import Journal
from tests.conformance.journal.contract import holds_to
from tests.conformance.journal.harness import Driver, Harness
from tests.conformance.journal.other_process import working_elsewhere
from tests.conformance.journal.steps import claim
from tests.support.receipts import receipt

LINES_BEFORE_THE_KILL = 400


async def delivered(journal: Journal) -> list[str]:
    """Deliver all that is ready; give the keys in that order."""
    keys: list[str] = []
    while heads := await claim(journal, Stage.DELIVER, limit=1000):
        keys += [head.key for head in heads]
        await journal.settle([Delivered(head.seq) for head in heads])
    return keys


@pytest.mark.usefixtures("opens_in_other_processes")
@holds_to(Journal.append, "Make a receipt durable; return only once it would survive a power cut.")
@holds_to(Journal.settle, "Make the outcome of claimed entries durable")
@holds_to(Journal, "after a crash every receipt is back in its last durable state and can be claimed again")
@holds_to(Journal, "Log order is the order of `append`.")
async def test_all_that_was_acknowledged_survives_a_kill_in_log_order(driver: Driver, harness: Harness) -> None:
    async with working_elsewhere(driver, harness.location) as other:
        await other.says(LINES_BEFORE_THE_KILL)
        said = [line.split() for line in await other.kill()]
    appended = [key for what, key in said if what == "appended"]
    settled = [key for what, key in said if what == "settled"]
    assert appended
    assert settled

    journal = await harness.open()

    assert {await journal.append(receipt(key)) for key in appended} == {Appended.DUPLICATE}
    enriched = await delivered(journal)
    assert set(settled) <= set(enriched)
    to_enrich = [entry.key for entry in await claim(journal, Stage.ENRICH, limit=100_000)]
    assert set(appended) <= {*enriched, *to_enrich}
    for lane in {key.partition("-")[0] for key in appended}:
        # What is numbered on within a lane has no gap, in the order in which it is delivered and then enriched.
        numbers = [int(key.partition("-")[2]) for key in enriched + to_enrich if key.startswith(f"{lane}-")]
        assert numbers == list(range(len(numbers)))
