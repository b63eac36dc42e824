"""What every answer has in common, and how a refusal looks."""

import asyncio

import pytest
from yarl import URL

from gladly_segment.admin import Admin, Shown
from gladly_segment.admin.answers import PROBLEMS
from gladly_segment.admin.app import SECURITY_HEADERS
from gladly_segment.core.errors import GladlySegmentError
from gladly_segment.core.ids import OrganizationId
from tests.support.clock import ManualClock
from tests.support.observer import RecordingObserver
from tests.unit.admin.conftest import BEARER, FROM_PAGE, OF_TOKEN, Desk, Open, WatchedService

EVERY_KIND = [
    ("GET", "/", 200),
    ("GET", "/login", 303),
    ("GET", "/static/admin.css", 200),
    ("GET", "/metrics", 200),
    ("GET", "/status.json", 200),
    ("GET", "/openapi.json", 200),
    ("GET", "/healthz", 200),
    ("HEAD", "/", 200),
    ("GET", "/nowhere", 404),
    ("GET", "/static/nothing.css", 404),
    ("GET", "/static/../pages.py", 404),
    ("GET", "/static/..%2Fpages.py", 404),
    ("GET", "/organizations/shop/pause", 405),
    ("PUT", "/login", 405),
    ("POST", "/organizations/nowhere/pause", 404),
    ("POST", "/organizations/shop/pause", 200),
    ("POST", "/logout", 303),
]


@pytest.mark.parametrize(("method", "path", "status"), EVERY_KIND)
async def test_every_answer_tells_browsers_to_be_careful(desk: Desk, method: str, path: str, status: int) -> None:
    answer = await desk.ask(method, path, BEARER)

    assert answer.status == status
    assert {name: answer.headers.getall(name) for name in SECURITY_HEADERS} == {
        name: [value] for name, value in SECURITY_HEADERS.items()
    }


async def test_refusals_tell_browsers_the_same(desk: Desk, service: WatchedService) -> None:
    service.broken = True

    refusals = [await desk.get("/"), await desk.sign_in("x"), await desk.get("/readyz")]

    assert [each.status for each in refusals] == [401, 401, 500]
    assert all(each.headers["Content-Security-Policy"].startswith("default-src 'none'") for each in refusals)


def test_the_policy_allows_only_what_comes_from_here() -> None:
    directives = dict(each.split(" ", 1) for each in SECURITY_HEADERS["Content-Security-Policy"].split("; "))

    assert directives.pop("default-src") == "'none'"
    assert directives.pop("base-uri") == "'none'"
    assert directives.pop("frame-ancestors") == "'none'"
    assert set(directives) == {"style-src", "img-src", "script-src", "connect-src", "form-action"}
    assert set(directives.values()) == {"'self'"}


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "not_found"),
        ("GET", "/metrics/", 404, "not_found"),
        ("GET", "//metrics", 404, "not_found"),
        ("GET", "/%6Detrics", 404, "not_found"),
        ("POST", "/organizations/shop/shop/pause", 404, "not_found"),
        ("POST", "/organizations//pause", 404, "not_found"),
        ("POST", "/metrics", 405, "wrong_method"),
    ],
)
async def test_what_is_not_there_is_refused(desk: Desk, method: str, path: str, status: int, code: str) -> None:
    answer = await desk.ask(method, URL(desk.url + path, encoded=True), BEARER)

    assert (answer.status, answer.code) == (status, code)
    assert set(answer.json["error"]) == {"code", "message", "hint"}


async def test_what_is_no_http_is_refused_like_everything_else(desk: Desk) -> None:
    host, port = desk.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nAuthorization : Bearer canary\r\n\r\n")

    said = (await reader.read()).decode()
    writer.close()

    assert said.startswith("HTTP/1.0 400")
    assert '"code":"bad_request"' in said
    assert all(f"{name}: {value}" in said for name, value in SECURITY_HEADERS.items())
    assert "canary" not in said
    assert "aiohttp" not in said


async def test_the_methods_of_an_address_are_told(desk: Desk) -> None:
    answer = await desk.ask("DELETE", "/login", BEARER)

    assert answer.headers["Allow"] == "GET,HEAD,POST"


async def test_a_person_gets_a_refusal_as_a_page(desk: Desk) -> None:
    answer = await desk.get("/nowhere", {**BEARER, "Accept": "text/html,application/xhtml+xml"})

    assert answer.status == 404
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "There is nothing at this address." in answer.text


@pytest.mark.parametrize("body", [b"x" * 70_000, b"form_token=" + b"x" * 70_000])
async def test_a_body_that_is_too_large_is_refused(desk: Desk, body: bytes) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}

    answer = await desk.ask("POST", "/login", {**FROM_PAGE, **form}, data=body)

    assert (answer.status, answer.code) == (413, "body_too_large")


async def test_a_form_with_too_many_fields_is_refused(desk: Desk) -> None:
    answer = await desk.post("/login", FROM_PAGE, **{f"f{number}": "x" for number in range(1_001)})

    assert (answer.status, answer.code) == (400, "bad_request")


@pytest.mark.parametrize("body", [b"\xff\xfe=%zz&&==", b"", b"token", b"token=%ff%fe", b"token=a&token=b"])
@pytest.mark.parametrize(
    "content_type",
    ["application/x-www-form-urlencoded", "application/x-www-form-urlencoded; charset=nothing", "text/plain", "?"],
)
async def test_a_form_that_makes_no_sense_is_a_wrong_token(desk: Desk, body: bytes, content_type: str) -> None:
    answer = await desk.ask("POST", "/login", {**FROM_PAGE, "Content-Type": content_type}, data=body)

    assert (answer.status, answer.code) == (401, "wrong_token")


async def test_a_body_that_breaks_off_harms_nobody(desk: Desk) -> None:
    host, port = desk.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"POST /login HTTP/1.1\r\nHost: x\r\nSec-Fetch-Site: same-origin\r\nContent-Length: 90\r\n\r\nto")
    writer.close()
    await reader.read()

    assert (await desk.get("/healthz")).status == 200


@pytest.mark.parametrize("path", ["/readyz", "/metrics", "/status.json", "/"])
async def test_without_the_journal_it_is_said_so(desk: Desk, service: WatchedService, path: str) -> None:
    service.works = False

    answer = await desk.get(path, BEARER)

    assert (answer.status, answer.code) == (503, "not_durable")
    assert (await desk.get("/healthz")).status == 200


async def test_a_pause_that_is_not_durable_is_not_acknowledged(desk: Desk, service: WatchedService) -> None:
    service.works = False

    assert (await desk.ask("POST", "/organizations/shop/pause", BEARER)).status == 503


async def test_an_unexpected_error_shows_nothing_of_itself(
    desk: Desk, service: WatchedService, caplog: pytest.LogCaptureFixture
) -> None:
    service.broken = True

    answer = await desk.get("/status.json", BEARER)

    assert (answer.status, answer.code) == (500, "unexpected_error")
    assert "canary-detail" not in answer.text
    assert caplog.records[0].exc_info is not None


async def test_even_when_refusing_fails_the_answer_is_a_careful_one(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("gladly_segment.admin.app.refusal", None)

    answer = await desk.get("/nowhere", BEARER)

    assert (answer.status, answer.code) == (500, "unexpected_error")
    assert {name: answer.headers[name] for name in SECURITY_HEADERS} == dict(SECURITY_HEADERS)
    assert caplog.records[0].exc_info is not None


async def test_a_port_in_use_is_told_in_one_sentence(
    desk: Desk, service: WatchedService, clock: ManualClock, observer: RecordingObserver
) -> None:
    port = int(desk.url.rpartition(":")[2])

    with pytest.raises(GladlySegmentError, match=f"cannot listen on 127.0.0.1 port {port}: ") as error:
        await Admin(service, OF_TOKEN, clock=clock, observer=observer).start("127.0.0.1", port)

    assert error.value.hint == "set admin.port to a free one"


async def test_after_its_stop_nobody_is_answered(open_desk: Open) -> None:
    desk = await open_desk(OF_TOKEN)

    await desk.admin.stop()

    host, port = desk.url.removeprefix("http://").split(":")
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(host, int(port))


def test_every_problem_says_what_was_wrong_and_what_to_do() -> None:
    assert len({each.code for each in PROBLEMS}) == len(PROBLEMS)
    assert all(each.message.endswith(".") and each.hint.endswith(".") for each in PROBLEMS)


async def test_names_are_shown_and_never_run(desk: Desk, service: WatchedService) -> None:
    name = OrganizationId("<script>alert(1)</script>\"'")
    service.shown = [Shown(name, paused=False)]

    answer = await desk.get("/", BEARER)

    assert "<script>" not in answer.text
    assert "&lt;script&gt;" in answer.text
