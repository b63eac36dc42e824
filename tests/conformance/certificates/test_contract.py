"""The suite and the port hold each other: no sentence without a case, no case without a sentence."""

import pytest

from gladly_segment.ports.certificates import Certificates
from tests.conformance.certificates import test_certificates
from tests.conformance.journal.contract import CITED, sentences_of

CASES = f"{test_certificates.__name__}."


@pytest.mark.parametrize(
    "documented",
    [Certificates, Certificates.put, Certificates.certificates, Certificates.saying, Certificates.last],
)
def test_every_sentence_of_the_port_has_a_case(documented: object) -> None:
    cited = {sentence for case, sentences in CITED.items() if case.startswith(CASES) for sentence in sentences}

    assert set(sentences_of(documented)) - cited == set()


def test_every_case_cites_the_port() -> None:
    cases = {f"{CASES}{case}" for case in vars(test_certificates) if case.startswith("test_")}

    assert cases
    assert cases - CITED.keys() == set()
