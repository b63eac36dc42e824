"""Who is let in: Basic credentials, static headers, or both; several at once; and nothing learned by trying."""

import base64
import hmac
from collections.abc import Callable
from typing import Any

import pytest

from gladly_segment.core.signals import WebhookAnswered
from tests.support.observer import RecordingObserver
from tests.unit.receive.conftest import (
    BOTH,
    CLOSED,
    HEADER,
    HEADER_VALUE,
    NEXT_HEADER_VALUE,
    NEXT_PASSWORD,
    PASSWORD,
    USERNAME,
    Answer,
    Reception,
    StartReception,
    basic,
    credentials,
    static,
)

SHA256_BYTES = 32

NOT_BASIC = [
    None,
    "",
    "Basic",
    "Basic ",
    "Basic !!!!",
    "Basic " + base64.b64encode(b"gladly").decode(),
    "Basic " + base64.b64encode(b"\xff\xfe:\xff").decode(),
    "Basic " + base64.b64encode(f"{USERNAME}:{PASSWORD}".encode()).decode()[:-1],
    "Bearer " + base64.b64encode(f"{USERNAME}:{PASSWORD}".encode()).decode(),
    f"Basic {USERNAME}:{PASSWORD}",
    "Basic größe",
    PASSWORD,
]


async def test_the_right_password_is_let_in(reception: Reception) -> None:
    assert (await reception.post()).status == 200


@pytest.mark.parametrize("scheme", ["Basic", "basic", "BASIC", "Basic  "])
async def test_the_schemes_case_and_blanks_do_not_matter(reception: Reception, scheme: str) -> None:
    login = base64.b64encode(f"{USERNAME}:{PASSWORD}".encode()).decode()

    answer = await reception.post(auth=None, headers={"Authorization": f"{scheme} {login}"})

    assert answer.status == 200


async def test_user_and_password_may_hold_any_character(start_reception: StartReception) -> None:
    reception = await start_reception(credentials("zoë", ["pä:ss wörd €"]))

    assert (await reception.post(auth=("zoë", "pä:ss wörd €"))).status == 200
    assert (await reception.post(auth=("zoë", "pä:ss wörd"))).status == 401


@pytest.mark.parametrize(
    "login",
    [
        (USERNAME, "wrong"),
        (USERNAME, ""),
        (USERNAME, PASSWORD.upper()),
        (USERNAME, PASSWORD + " "),
        ("somebody", PASSWORD),
        ("", PASSWORD),
        (USERNAME.upper(), PASSWORD),
    ],
)
async def test_any_other_login_is_refused(reception: Reception, login: tuple[str, str]) -> None:
    answer = await reception.post(auth=login)

    assert (answer.status, answer.code) == (401, "not_admitted")
    assert await reception.received() == []


@pytest.mark.parametrize("header", NOT_BASIC)
async def test_what_is_no_basic_login_is_refused(reception: Reception, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}

    assert (await reception.post(auth=None, headers=headers)).status == 401


async def test_a_header_that_is_no_text_is_refused(reception: Reception) -> None:
    request = b"POST /webhooks/shop HTTP/1.1\r\nHost: x\r\nAuthorization: Basic \xff\xfe\r\nContent-Length: 0\r\n"

    answer = await reception.raw(request + b"Connection: close\r\n\r\n")

    assert answer.startswith(b"HTTP/1.1 401 ")


async def test_during_a_change_of_passwords_both_are_valid(start_reception: StartReception) -> None:
    reception = await start_reception(basic(PASSWORD, NEXT_PASSWORD))

    assert [(await reception.post(auth=(USERNAME, each))).status for each in (PASSWORD, NEXT_PASSWORD, "other")] == [
        200,
        200,
        401,
    ]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({HEADER: HEADER_VALUE}, 200),
        ({HEADER: NEXT_HEADER_VALUE}, 200),
        ({HEADER.lower(): HEADER_VALUE}, 200),
        ({HEADER: HEADER_VALUE.upper()}, 401),
        ({HEADER: ""}, 401),
        ({}, 401),
        ({"X-Other": HEADER_VALUE}, 401),
    ],
)
async def test_static_headers_are_enough_where_no_password_is_set(
    start_reception: StartReception, headers: dict[str, str], status: int
) -> None:
    reception = await start_reception(static(HEADER_VALUE, NEXT_HEADER_VALUE))

    assert (await reception.post(auth=None, headers=headers)).status == status


async def test_every_header_that_is_set_must_be_there(start_reception: StartReception) -> None:
    two = credentials(None, [], {"X-One": ["1"], "X-Two": ["2"]})
    reception = await start_reception(two)

    statuses = [
        (await reception.post(auth=None, headers=headers)).status
        for headers in ({"X-One": "1", "X-Two": "2"}, {"X-One": "1"}, {"X-Two": "2"}, {"X-One": "2", "X-Two": "1"})
    ]

    assert statuses == [200, 401, 401, 401]


@pytest.mark.parametrize("password", [PASSWORD, NEXT_PASSWORD, "wrong", None])
@pytest.mark.parametrize("value", [HEADER_VALUE, NEXT_HEADER_VALUE, "wrong", None])
async def test_where_password_and_header_are_set_both_are_needed(
    start_reception: StartReception, password: str | None, value: str | None
) -> None:
    reception = await start_reception(BOTH)

    answer = await reception.post(
        auth=None if password is None else (USERNAME, password), headers={} if value is None else {HEADER: value}
    )

    right = password in (PASSWORD, NEXT_PASSWORD) and value in (HEADER_VALUE, NEXT_HEADER_VALUE)
    assert answer.status == (200 if right else 401)


async def test_without_any_credentials_nobody_is_let_in(start_reception: StartReception) -> None:
    reception = await start_reception(credentials(None, []))

    assert (await reception.post()).status == 401
    assert (await reception.post(auth=None)).status == 401


async def test_credentials_come_before_everything_else_about_a_request(reception: Reception) -> None:
    not_json, huge = b"{", b"x" * 1_000_000

    assert [(await reception.post(body, auth=(USERNAME, "wrong"))).status for body in (not_json, huge)] == [401, 401]


def without_date(answer: Answer) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name != "Date"}


@pytest.mark.parametrize("auth", [None, (USERNAME, "wrong"), (USERNAME, PASSWORD), ("nobody", "unknown organization")])
async def test_an_unknown_organization_looks_like_wrong_credentials_but_for_the_status(
    reception: Reception, auth: tuple[str, str] | None
) -> None:
    refused = await reception.post(auth=(USERNAME, "wrong"))

    unknown = await reception.post(organization="nowhere", auth=auth)

    assert (refused.status, unknown.status) == (401, 404)
    assert unknown.body == refused.body
    assert without_date(unknown) == without_date(refused)
    assert refused.headers["WWW-Authenticate"] == 'Basic realm="gladly-segment", charset="UTF-8"'


async def test_who_was_refused_is_told_without_naming_unknown_organizations(
    reception: Reception, observer: RecordingObserver
) -> None:
    await reception.post(auth=(USERNAME, "wrong"))
    await reception.post(organization="canary-nowhere")

    told = observer.of(WebhookAnswered)

    assert [(each.organization, each.status) for each in told] == [("shop", 401), (None, 404)]
    assert "canary" not in repr(observer.signals)


@pytest.fixture
def comparisons(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """The lengths of whatever is compared in constant time."""
    made: list[tuple[int, int]] = []
    compare: Callable[[Any, Any], bool] = hmac.compare_digest

    def counted(first: Any, second: Any) -> bool:
        made.append((len(first), len(second)))
        return compare(first, second)

    monkeypatch.setattr("gladly_segment.core.credentials.hmac.compare_digest", counted)
    return made


@pytest.mark.parametrize(
    ("password", "value"),
    [
        (PASSWORD, HEADER_VALUE),
        (NEXT_PASSWORD, NEXT_HEADER_VALUE),
        ("wrong", HEADER_VALUE),
        (PASSWORD, "wrong"),
        ("x" * 5_000, ""),
        (None, None),
    ],
)
async def test_every_comparison_is_made_in_constant_time_whatever_is_given(
    start_reception: StartReception, comparisons: list[tuple[int, int]], password: str | None, value: str | None
) -> None:
    reception = await start_reception(BOTH)

    await reception.post(
        auth=None if password is None else (USERNAME, password), headers={} if value is None else {HEADER: value}
    )

    assert comparisons == [(SHA256_BYTES, SHA256_BYTES)] * 4


async def test_for_an_unknown_organization_a_comparison_is_made_too(
    reception: Reception, comparisons: list[tuple[int, int]]
) -> None:
    await reception.post(CLOSED, organization="nowhere")

    assert comparisons == [(SHA256_BYTES, SHA256_BYTES)]


async def test_no_answer_and_no_signal_holds_a_credential(
    start_reception: StartReception, observer: RecordingObserver
) -> None:
    reception = await start_reception(BOTH)
    right: dict[str, Any] = {"auth": (USERNAME, PASSWORD), "headers": {HEADER: HEADER_VALUE}}

    answers = [
        await reception.post(CLOSED, **right),
        await reception.post(b"{", **right),
        await reception.post(b"x" * 300_000, **right),
        await reception.post(CLOSED, auth=(USERNAME, NEXT_PASSWORD)),
        await reception.ask("GET", "/readyz", headers={HEADER: HEADER_VALUE}),
    ]

    assert "canary" not in repr([(each.headers, each.body) for each in answers])
    assert "canary" not in repr(observer.signals)
