"""Every error that is raised on purpose has a code of its own, a sentence and perhaps a hint."""

from collections.abc import Iterator

import pytest

from gladly_segment.core.errors import CallFailedError, GladlySegmentError, SettingsError
from gladly_segment.core.failures import Failure, FailureKind


def family(root: type[GladlySegmentError]) -> Iterator[type[GladlySegmentError]]:
    for member in root.__subclasses__():
        yield member
        yield from family(member)


def test_each_has_a_code_of_its_own() -> None:
    codes = [GladlySegmentError.code, *(member.code for member in family(GladlySegmentError))]

    assert len(set(codes)) == len(codes) > 1


def test_one_is_shown_by_its_sentence() -> None:
    error = SettingsError("gladly.url is missing", hint="for example https://acme.gladly.com")

    assert (str(error), error.hint) == ("gladly.url is missing", "for example https://acme.gladly.com")


def test_a_failed_call_tells_what_the_retry_decision_needs() -> None:
    failure = Failure(FailureKind.UNAVAILABLE, "answered 503 (Service Unavailable)", 503, 7.0)

    with pytest.raises(CallFailedError, match=r"answered 503 \(Service Unavailable\)") as caught:
        raise CallFailedError(failure)

    assert caught.value.failure == failure
