"""Holds drivers to their promise that a running service takes notice of what a person changed."""

import pytest

from gladly_segment.core.errors import JournalUnavailableError
from gladly_segment.core.lifecycle import ParkCause, Stage
from gladly_segment.ports.curator import Curator
from gladly_segment.ports.journal import Journal
from tests.conformance.curator.harness import Harness
from tests.conformance.curator.steps import ALL, BAD_EVENT, VENDOR_TROUBLE, park, work_off
from tests.conformance.journal.contract import holds_to
from tests.conformance.journal.steps import Waiting, fill

NOTICE = "Works beside a running service, which takes notice of changes within a second."


@pytest.mark.parametrize(("cause", "stage"), [(VENDOR_TROUBLE, Stage.DELIVER), (BAD_EVENT, Stage.ENRICH)])
@holds_to(Curator, NOTICE)
async def test_a_retry_wakes_the_stage_that_waits(
    journal: Journal, curator: Curator, cause: ParkCause, stage: Stage
) -> None:
    await park(journal, "a", cause=cause)
    waiting = Waiting(journal, stage)
    await waiting.began()

    await curator.retry(ALL)

    assert await waiting.keys() == ["a"]


@pytest.mark.parametrize(("remap", "stage"), [(False, Stage.DELIVER), (True, Stage.ENRICH)])
@holds_to(Curator, NOTICE)
async def test_a_replay_wakes_the_stage_that_waits(
    journal: Journal, curator: Curator, remap: bool, stage: Stage
) -> None:
    await fill(journal, "a")
    await work_off(journal)
    waiting = Waiting(journal, stage)
    await waiting.began()

    await curator.replay(ALL, remap=remap)

    assert await waiting.keys() == ["a"]


@holds_to(Curator, "Every method raises JournalUnavailableError.")
async def test_whoever_is_gone_can_do_nothing_more(harness: Harness, journal: Journal, curator: Curator) -> None:
    await fill(journal, "a")
    await harness.close()

    for asked in (
        curator.find(ALL, 1),
        curator.dead(None),
        curator.retry(ALL),
        curator.drop(ALL),
        curator.replay(ALL, remap=True),
    ):
        with pytest.raises(JournalUnavailableError):
            await asked
