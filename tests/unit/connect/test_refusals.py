"""Each refusal says what is wrong, and what to do about just that."""

import pytest

from gladly_segment.connect.probe import Answered, ProbeAnswer
from gladly_segment.connect.refusals import Reason, gladly_refusal, ping_refusal, refusal, segment_refusal
from gladly_segment.core.failures import Failure, FailureKind
from tests.unit.connect.doubles import ADDRESS, refused

NEEDS_ITS_OWN = {Reason.URL_TAKEN, Reason.PING_NOT_ANSWERED}


@pytest.mark.parametrize("reason", sorted(set(Reason) - NEEDS_ITS_OWN))
def test_every_reason_has_a_remedy(reason: Reason) -> None:
    assert len(refusal(reason, "what").hint) > 20


@pytest.mark.parametrize(
    ("seen", "what", "remedy"),
    [
        (Failure(FailureKind.UNREACHABLE, "the host's name could not be resolved"), "could not be resolved", "DNS"),
        (Failure(FailureKind.UNREACHABLE, "no secure connection could be made"), "secure connection", "certificate"),
        (Failure(FailureKind.UNAVAILABLE, "odd"), "odd", "proxy"),
        (Answered(200), "from here, it is answered", "outside"),
        (Answered(301), "redirected (301)", "follows no redirect"),
        (Answered(404), "something else answers 404", "/webhooks/"),
        (Answered(502), "the proxy answers 502", "where the service listens"),
        (Answered(401, "not_admitted"), "does not know this organization", "data directory"),
        (Answered(429, "too_many_failures"), "does not know this organization", "data directory"),
        (Answered(404, "not_found"), "a gladly-segment answers 404", "path as it is"),
        (Answered(405, "wrong_method"), "a gladly-segment answers 405", "POST"),
    ],
)
def test_a_missing_ping_is_explained_by_what_is_seen_from_here(seen: ProbeAnswer, what: str, remedy: str) -> None:
    error = ping_refusal(refused(), seen, ADDRESS)

    assert error.reason == "ping_not_answered"
    assert what in error.message
    assert ADDRESS in error.message
    assert "the PING event was not answered with 200" in error.message, "Gladly's own words are quoted"
    assert remedy in error.hint


@pytest.mark.parametrize("kind", FailureKind)
def test_every_kind_of_failure_of_either_vendor_is_explained(kind: FailureKind) -> None:
    failure = Failure(kind, "answered 418 (I'm a Teapot)", 418)

    for error in (gladly_refusal(failure, "agents"), segment_refusal(failure)):
        assert error.reason in set(Reason)
        assert error.hint


def test_a_permission_that_lacks_is_not_a_wrong_token() -> None:
    kind = FailureKind.UNAUTHORIZED

    assert gladly_refusal(Failure(kind, "answered 403", 403), "webhooks").reason == "no_permission"
    assert gladly_refusal(Failure(kind, "answered 401", 401), "webhooks").reason == "wrong_token"
