"""The suite and the ports hold each other: no sentence without a case, no case without a sentence."""

import importlib
from pathlib import Path

import pytest

from gladly_segment.ports.receipts import Changes, Receipts
from tests.conformance.journal.contract import CITED, sentences_of

CASES = sorted(path.stem for path in Path(__file__).parent.glob("test_*.py") if path != Path(__file__))
ERRORS = "Every method raises JournalUnavailableError."


@pytest.fixture(autouse=True, scope="module")
def all_cases() -> None:
    for name in CASES:
        importlib.import_module(f"tests.conformance.changes.{name}")


@pytest.mark.parametrize(
    "documented",
    [
        *(Receipts, Receipts.receipt, Receipts.lane, Receipts.ahead),
        *(Changes, Changes.head, Changes.last, Changes.after, Changes.walk, Changes.trim),
    ],
)
def test_every_sentence_of_the_ports_has_a_case(documented: object) -> None:
    cited = {sentence for sentences in CITED.values() for sentence in sentences}

    assert set(sentences_of(documented)) - cited - {ERRORS} == set()


@pytest.mark.parametrize("name", CASES)
def test_every_case_cites_the_ports(name: str) -> None:
    module = importlib.import_module(f"tests.conformance.changes.{name}")

    cases = {f"{module.__name__}.{case}" for case in vars(module) if case.startswith("test_")}

    assert cases
    assert cases - CITED.keys() == set()
