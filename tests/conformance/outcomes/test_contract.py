"""The suite and the port hold each other: no sentence without a case, no case without a sentence."""

import pytest

from gladly_segment.ports.outcomes import Forgotten, Outcome, Outcomes
from tests.conformance.journal.contract import CITED, sentences_of
from tests.conformance.outcomes import test_outcomes

CASES = f"{test_outcomes.__name__}."


@pytest.mark.parametrize(
    "documented", [Outcome, Forgotten, Outcomes, Outcomes.within, Outcomes.of, Outcomes.forgotten, Outcomes.in_hand]
)
def test_every_sentence_of_the_port_has_a_case(documented: object) -> None:
    cited = {sentence for case, sentences in CITED.items() if case.startswith(CASES) for sentence in sentences}

    assert set(sentences_of(documented)) - cited == set()


def test_every_case_cites_the_port() -> None:
    cases = {f"{CASES}{case}" for case in vars(test_outcomes) if case.startswith("test_")}

    assert cases
    assert cases - CITED.keys() == set()
