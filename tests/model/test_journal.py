"""The journal lives as its model does, whatever happens to it; and a journal that does not is found out."""

from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from gladly_segment.core.errors import StaleClaimError
from gladly_segment.ports.journal import Journal
from tests.conformance.journal.drivers import DRIVERS
from tests.model import broken_journals
from tests.model.journal_machine import JournalMachine

BROKEN: tuple[type[Any], ...] = (
    broken_journals.ForgetsClaims,
    broken_journals.PromotesOutOfOrder,
    broken_journals.LosesReceipts,
    broken_journals.TakesEveryReceipt,
    broken_journals.SettlesByHalves,
    broken_journals.SettlesOneByOne,
    broken_journals.HandsOutTooEarly,
    broken_journals.ForgetsAttempts,
    broken_journals.SleepsIn,
    broken_journals.ForgetsTheOrganization,
    broken_journals.MixesTraffic,
    broken_journals.KnowsNoPriority,
)


@pytest.mark.parametrize("name", DRIVERS)
def test_a_journal_lives_as_its_model_does(name: str) -> None:
    class Machine(JournalMachine):
        driver = DRIVERS[name]

    run_state_machine_as_test(Machine, settings=settings(max_examples=60, stateful_step_count=50))


@pytest.mark.parametrize("broken", BROKEN)
def test_a_broken_journal_is_found_out(broken: type[Any]) -> None:
    class Machine(JournalMachine):
        driver = DRIVERS["sqlite"]
        patience_s = 0.5

        def disguise(self, journal: Journal) -> Journal:
            return broken(journal)

    # Finding is enough: no time is spent on the shortest way to it.
    finding = settings(
        max_examples=500,
        stateful_step_count=50,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        report_multiple_bugs=False,
    )
    with pytest.raises((AssertionError, StaleClaimError, TimeoutError, pytest.fail.Exception)):
        run_state_machine_as_test(Machine, settings=finding)
