"""The suite and the port hold each other: no sentence without a case, no case without a sentence."""

import importlib
from pathlib import Path

import pytest

from gladly_segment.ports.journal import Journal
from tests.conformance.journal.contract import CITED, holds_to, sentences_of

CASES = sorted(path.stem for path in Path(__file__).parent.glob("test_*.py") if path != Path(__file__))

ABOUT_CALLERS = {
    "Called by receive and recover.",
    "Called by the one worker of the stage, organization and traffic.",
    "Called by the stage that claimed them.",
}


@pytest.fixture(autouse=True, scope="module")
def all_cases() -> None:
    for name in CASES:
        importlib.import_module(f"tests.conformance.journal.{name}")


@pytest.mark.parametrize(
    "documented", [Journal, Journal.append, Journal.ready, Journal.claim, Journal.settle, Journal.probe, Journal.tally]
)
def test_every_sentence_of_the_port_has_a_case(documented: object) -> None:
    cited = {sentence for sentences in CITED.values() for sentence in sentences}

    promises = sentences_of(documented)[1:] if documented is Journal else sentences_of(documented)

    assert set(promises) - cited - ABOUT_CALLERS == set()


@pytest.mark.parametrize("name", CASES)
def test_every_case_cites_the_port(name: str) -> None:
    module = importlib.import_module(f"tests.conformance.journal.{name}")

    cases = {f"{module.__name__}.{case}" for case in vars(module) if case.startswith("test_")}

    assert cases
    assert cases - CITED.keys() == set()


def test_a_case_cannot_cite_what_the_port_does_not_say() -> None:
    with pytest.raises(ValueError, match="does not say"):
        holds_to(Journal.append, "A receipt may get lost.")
