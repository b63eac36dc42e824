"""Signing in with the token, and out again."""

from http.cookies import SimpleCookie

import msgspec
import pytest

from gladly_segment.admin.sessions import LIFETIME_S, MOST, Sessions
from tests.support.clock import ManualClock
from tests.unit.admin.conftest import FROM_PAGE, OF_TOKEN, TOKEN, Desk, Open


async def test_the_token_at_the_login_form_begins_a_session(desk: Desk) -> None:
    signed_in = await desk.sign_in()

    page = await desk.get("/", signed_in.session)

    assert signed_in.location == "/"
    assert page.status == 200
    assert "Sign out" in page.text
    assert TOKEN not in signed_in.headers["Set-Cookie"] + page.text


async def test_a_wrong_token_begins_none(desk: Desk) -> None:
    answer = await desk.sign_in("x" * len(TOKEN))

    assert (answer.status, answer.code) == (401, "wrong_token")
    assert "Set-Cookie" not in answer.headers


async def test_a_person_is_told_in_the_form_what_was_wrong(desk: Desk) -> None:
    answer = await desk.sign_in("x" * len(TOKEN), {"Accept": "text/html"})

    assert answer.status == 401
    assert "That is not the admin token." in answer.text
    assert '<form method="post" action="/login">' in answer.text


@pytest.mark.parametrize(
    ("headers", "secure"),
    [({}, False), ({"X-Forwarded-Proto": "https"}, True), ({"X-Forwarded-Proto": "http"}, False)],
)
async def test_scripts_and_other_sites_never_get_the_cookie(desk: Desk, headers: dict[str, str], secure: bool) -> None:
    cookie = SimpleCookie((await desk.sign_in(headers=headers)).headers["Set-Cookie"])["gladly_segment_session"]

    assert len(cookie.value) >= 40
    assert cookie["httponly"]
    assert cookie["samesite"] == "Strict"
    assert cookie["path"] == "/"
    assert cookie["domain"] == ""
    assert cookie["max-age"] == str(12 * 3600)
    assert bool(cookie["secure"]) is secure


async def test_https_told_by_a_stranger_is_not_believed(open_desk: Open) -> None:
    desk = await open_desk(msgspec.structs.replace(OF_TOKEN, trusted_proxies=()))

    assert "Secure" not in (await desk.sign_in(headers={"X-Forwarded-Proto": "https"})).headers["Set-Cookie"]


async def test_a_session_ends_after_twelve_hours(desk: Desk, clock: ManualClock) -> None:
    session = (await desk.sign_in()).session

    clock.advance(LIFETIME_S - 1)
    before = await desk.get("/status.json", session)
    clock.advance(1)
    after = await desk.get("/status.json", session)

    assert (before.status, after.status) == (200, 401)


async def test_signing_out_ends_the_session_here_and_in_the_browser(desk: Desk) -> None:
    session = (await desk.sign_in()).session
    form_token = (await desk.get("/", session)).form_token

    answer = await desk.post("/logout", {**session, **FROM_PAGE}, form_token=form_token)

    assert answer.location == "/login"
    assert "Max-Age=0" in answer.headers["Set-Cookie"]
    assert (await desk.get("/status.json", session)).status == 401


async def test_signing_in_anew_ends_the_session_before(desk: Desk) -> None:
    first = (await desk.sign_in()).session

    second = (await desk.sign_in(headers=first)).session

    assert first != second
    assert (await desk.get("/status.json", first)).status == 401
    assert (await desk.get("/status.json", second)).status == 200


async def test_a_session_is_unknown_after_a_restart(open_desk: Open) -> None:
    session = (await (await open_desk(OF_TOKEN)).sign_in()).session

    assert (await (await open_desk(OF_TOKEN)).get("/status.json", session)).status == 401


@pytest.mark.parametrize("cookie", ["", "x" * 43, "\xe9", '"', "=;=;"])
async def test_a_made_up_session_is_none(desk: Desk, cookie: str) -> None:
    await desk.sign_in()

    assert (await desk.get("/status.json", {"Cookie": f"gladly_segment_session={cookie}"})).status == 401


async def test_whoever_is_signed_in_sees_the_overview_in_place_of_the_form(desk: Desk) -> None:
    assert (await desk.get("/login", (await desk.sign_in()).session)).location == "/"


def test_the_oldest_session_ends_where_there_are_too_many(clock: ManualClock) -> None:
    sessions = Sessions(clock)

    opened = [sessions.open() for _ in range(MOST + 1)]

    assert sessions.find(opened[0].key) is None
    assert all(sessions.find(each.key) == each for each in opened[1:])


def test_sessions_and_their_form_tokens_are_all_different(clock: ManualClock) -> None:
    sessions = Sessions(clock)

    opened = [sessions.open() for _ in range(50)]

    assert len({text for each in opened for text in (each.key, each.form_token)}) == 100
