"""Foreign errors and unwilling answers as failures that may be shown anywhere."""

import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http import HTTPStatus
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from gladly_segment.core.failures import Failure, FailureKind
from gladly_segment.transport.failures import ForeignError, answered, failure_of, retry_after_s

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
DATE_PARTS = ["Sun", ",", "01", "Mar", "2026", "12:00:00", "GMT", "+9999", "-", "9" * 20, ":"]
CANARY = "canary-4f1c"
CANARY_URL = URL(f"https://user:{CANARY}@{CANARY}.example/{CANARY}?{CANARY}")

Build = Callable[[Any], Exception]


def subclasses(kind: type[Exception]) -> Iterator[type[Exception]]:
    yield kind
    for each in kind.__subclasses__():
        yield from subclasses(each)


def of_an_answer(kind: Any) -> Exception:
    headers = CIMultiDictProxy(CIMultiDict({"Authorization": CANARY}))
    request = aiohttp.RequestInfo(CANARY_URL, "GET", headers, CANARY_URL)
    return kind(request, (), status=400, message=f"cannot read {CANARY}", headers=headers)


def of_a_connection(kind: Any) -> Exception:
    cause = ssl.SSLCertVerificationError(1, CANARY) if issubclass(kind, ssl.SSLError) else OSError(111, CANARY)
    key = SimpleNamespace(host=CANARY, port=443, ssl=True, is_ssl=True)
    return kind(CANARY, key, cause) if kind.__name__.startswith("Unix") else kind(key, cause)


def of_a_fingerprint(kind: Any) -> Exception:
    return kind(b"expected", b"got", CANARY, 443)


def of_a_text(kind: Any) -> Exception:
    return kind(f"{CANARY_URL}: cannot send {CANARY}")


BUILDERS: dict[type[Exception], Build] = {
    aiohttp.ClientResponseError: of_an_answer,
    aiohttp.ClientConnectorError: of_a_connection,
    aiohttp.ServerFingerprintMismatch: of_a_fingerprint,
    Exception: of_a_text,
}


def built(kind: type[Exception]) -> Exception:
    return next(build for base, build in BUILDERS.items() if issubclass(kind, base))(kind)


FOREIGN_ERRORS = sorted(
    {*subclasses(aiohttp.ClientError), TimeoutError, OSError, *subclasses(ConnectionError)}, key=str
)


@pytest.mark.parametrize("kind", FOREIGN_ERRORS, ids=lambda kind: kind.__name__)
def test_every_error_of_the_http_library_becomes_a_failure_without_address_or_payload(kind: type[Exception]) -> None:
    error = built(kind)
    assert CANARY in f"{error!r} {error} {vars(error)}"

    failure = failure_of(error)

    assert isinstance(error, ForeignError)
    assert failure.detail
    assert CANARY not in repr(failure)


def test_a_secret_in_the_text_of_an_error_would_be_noticed() -> None:
    error = built(aiohttp.ClientConnectionError)

    assert CANARY in repr(Failure(FailureKind.UNREACHABLE, str(error)))


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (TimeoutError, "no answer in time"),
        (aiohttp.ServerTimeoutError, "no answer in time"),
        (aiohttp.SocketTimeoutError, "no answer in time"),
        (aiohttp.ClientConnectorDNSError, "the host's name could not be resolved"),
        (aiohttp.ClientConnectorCertificateError, "no secure connection could be made"),
        (aiohttp.ClientConnectorSSLError, "no secure connection could be made"),
        (aiohttp.ClientConnectorError, "the host refused the connection or could not be reached"),
        (aiohttp.ClientPayloadError, "the answer broke off"),
        (aiohttp.ServerDisconnectedError, "the connection failed (ServerDisconnectedError)"),
        (ConnectionResetError, "the connection failed (ConnectionResetError)"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_no_answer_means_unreachable_and_says_why(kind: type[Exception], expected: str) -> None:
    assert failure_of(built(kind)) == Failure(FailureKind.UNREACHABLE, expected)


def test_an_address_that_is_no_url_is_misdirected() -> None:
    assert failure_of(built(aiohttp.InvalidURL)).kind is FailureKind.MISDIRECTED


@pytest.mark.parametrize("status", [*HTTPStatus])
def test_a_registered_status_is_named(status: HTTPStatus) -> None:
    failure = answered(FailureKind.REFUSED, status.value, 1.5)

    assert failure == Failure(FailureKind.REFUSED, f"answered {status.value} ({status.phrase})", status.value, 1.5)


@pytest.mark.parametrize("status", [299, 460, 520, 599])
def test_a_status_that_is_not_registered_is_told_as_a_number(status: int) -> None:
    failure = answered(FailureKind.UNAVAILABLE, status)

    assert failure.detail == f"answered {status} (not a registered status)"


@pytest.mark.parametrize(("header", "seconds"), [("0", 0.0), ("7", 7.0), (" 7 ", 7.0), ("86400", 86_400.0)])
def test_retry_after_in_seconds(header: str, seconds: float) -> None:
    assert retry_after_s(header, NOW) == seconds


@pytest.mark.parametrize(("wait_s", "seconds"), [(90, 90.0), (0, 0.0), (-90, 0.0)])
def test_retry_after_as_a_date_counts_from_now(wait_s: int, seconds: float) -> None:
    header = format_datetime(NOW + timedelta(seconds=wait_s), usegmt=True)

    assert retry_after_s(header, NOW) == seconds


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "-1",
        "1.5",
        "soon",
        "²",
        "Sun, 01 Mar 2026 12:01:30",
        "Sun, 01 Mar 99999999999999999999 12:00:00 GMT",
        "2026-03-01T12:01:30Z",
    ],
)
def test_anything_else_in_retry_after_counts_as_not_given(header: str | None) -> None:
    assert retry_after_s(header, NOW) is None


@given(st.one_of(st.text(), st.lists(st.sampled_from(DATE_PARTS)).map(" ".join)))
def test_no_retry_after_trips_anything_up(header: str) -> None:
    wait_s = retry_after_s(header, NOW)

    assert wait_s is None or wait_s >= 0.0
