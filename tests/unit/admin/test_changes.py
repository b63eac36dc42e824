"""What changes something comes from our own page, or from a program with the token."""

import pytest

from tests.unit.admin.conftest import (
    BEARER,
    FROM_PAGE,
    OF_PROXY,
    OF_TOKEN,
    OPEN,
    TOKEN,
    USER_HEADER,
    Desk,
    Open,
    WatchedService,
)

PAUSE = "/organizations/shop/pause"
PERSON = {USER_HEADER: "ann@shop.example"}

FROM_ELSEWHERE = [
    {},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "none"},
    {"Sec-Fetch-Site": ""},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": ""},
]
IDS = [next((f"{name} {value}" for name, value in each.items()), "no word of it") for each in FROM_ELSEWHERE]


async def test_a_form_of_our_page_pauses_and_resumes(desk: Desk, service: WatchedService) -> None:
    session = (await desk.sign_in()).session
    form_token = (await desk.get("/", session)).form_token

    paused = await desk.post(PAUSE, {**session, **FROM_PAGE}, form_token=form_token)
    after_pause = service.paused
    resumed = await desk.post("/organizations/shop/resume", {**session, **FROM_PAGE}, form_token=form_token)

    assert (paused.location, resumed.location) == ("/", "/")
    assert after_pause == {"shop", "other-shop"}
    assert service.paused == {"other-shop"}


@pytest.mark.parametrize("back", ["/connect", "/settings?organization=shop"])
async def test_a_form_says_which_of_our_pages_comes_next(desk: Desk, back: str) -> None:
    assert (await desk.post(PAUSE, BEARER, back=back)).location == back


@pytest.mark.parametrize("back", ["//evil.example", "https://evil.example", "/\\evil.example", "/a\r\nSet-Cookie: b"])
async def test_no_form_leads_elsewhere(desk: Desk, service: WatchedService, back: str) -> None:
    answer = await desk.post(PAUSE, BEARER, back=back)

    assert (answer.status, answer.code) == (400, "bad_form")
    assert service.paused == {"other-shop"}


async def test_a_program_pauses_with_the_token_alone(desk: Desk, service: WatchedService) -> None:
    answer = await desk.ask("POST", PAUSE, BEARER, json={})

    assert answer.status == 200
    assert answer.json == {"name": "shop", "paused": True}
    assert service.paused == {"shop", "other-shop"}


async def test_a_script_of_our_page_sends_the_form_token_as_a_header(desk: Desk, service: WatchedService) -> None:
    session = (await desk.sign_in()).session
    form_token = (await desk.get("/", session)).form_token

    answer = await desk.ask("POST", PAUSE, {**session, **FROM_PAGE, "X-Form-Token": form_token})

    assert answer.json == {"name": "shop", "paused": True}


async def test_an_origin_that_is_ours_is_as_good(desk: Desk, service: WatchedService) -> None:
    session = (await desk.sign_in()).session
    form_token = (await desk.get("/", session)).form_token

    answer = await desk.post(PAUSE, {**session, "Origin": desk.url}, form_token=form_token)

    assert answer.location == "/"
    assert "shop" in service.paused


@pytest.mark.parametrize("elsewhere", FROM_ELSEWHERE, ids=IDS)
async def test_another_site_cannot_use_a_session(
    desk: Desk, service: WatchedService, elsewhere: dict[str, str]
) -> None:
    session = (await desk.sign_in()).session
    form_token = (await desk.get("/", session)).form_token

    answer = await desk.post(PAUSE, {**session, **elsewhere}, form_token=form_token)

    assert (answer.status, answer.code) == (403, "not_from_here")
    assert service.paused == {"other-shop"}


@pytest.mark.parametrize("elsewhere", FROM_ELSEWHERE, ids=IDS)
async def test_another_site_cannot_sign_anybody_in(desk: Desk, elsewhere: dict[str, str]) -> None:
    answer = await desk.post("/login", elsewhere, token=TOKEN)

    assert (answer.status, answer.code) == (403, "not_from_here")
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("elsewhere", FROM_ELSEWHERE, ids=IDS)
async def test_another_site_cannot_sign_anybody_out(desk: Desk, elsewhere: dict[str, str]) -> None:
    session = (await desk.sign_in()).session
    form_token = (await desk.get("/", session)).form_token

    answer = await desk.post("/logout", {**session, **elsewhere}, form_token=form_token)

    assert answer.code == "not_from_here"
    assert (await desk.get("/status.json", session)).status == 200


@pytest.mark.parametrize("form_token", ["", "x", "\xe9"])
async def test_a_session_needs_its_form_token(desk: Desk, service: WatchedService, form_token: str) -> None:
    session = (await desk.sign_in()).session

    answer = await desk.post(PAUSE, {**session, **FROM_PAGE}, form_token=form_token)

    assert (answer.status, answer.code) == (403, "no_form_token")
    assert service.paused == {"other-shop"}


async def test_the_form_token_of_another_session_is_none(desk: Desk) -> None:
    mine, other = (await desk.sign_in()).session, (await desk.sign_in()).session
    form_token = (await desk.get("/", other)).form_token

    answer = await desk.post(PAUSE, {**mine, **FROM_PAGE}, form_token=form_token)

    assert answer.code == "no_form_token"


async def test_a_person_named_by_the_proxy_needs_a_form_token_too(open_desk: Open, service: WatchedService) -> None:
    desk = await open_desk(OF_PROXY)
    form_token = (await desk.get("/", {**PERSON, **FROM_PAGE})).form_token
    other = (await desk.get("/", {USER_HEADER: "bob@shop.example", **FROM_PAGE})).form_token

    without = await desk.post(PAUSE, {**PERSON, **FROM_PAGE})
    of_another = await desk.post(PAUSE, {**PERSON, **FROM_PAGE}, form_token=other)
    from_elsewhere = await desk.post(PAUSE, {**PERSON, "Sec-Fetch-Site": "cross-site"}, form_token=form_token)
    before = service.paused
    right = await desk.post(PAUSE, {**PERSON, **FROM_PAGE}, form_token=form_token)

    assert [without.code, of_another.code] == ["no_form_token", "no_form_token"]
    assert from_elsewhere.code == "not_from_here"
    assert before == {"other-shop"}
    assert right.location == "/"


@pytest.mark.parametrize("elsewhere", FROM_ELSEWHERE, ids=IDS)
async def test_where_nobody_proves_anything_another_site_cannot_write_either(
    open_desk: Open, service: WatchedService, elsewhere: dict[str, str]
) -> None:
    desk = await open_desk(OPEN)
    form_token = (await desk.get("/")).form_token

    foreign = await desk.post(PAUSE, elsewhere, form_token=form_token)
    before = service.paused
    without = await desk.post(PAUSE, FROM_PAGE)
    right = await desk.post(PAUSE, FROM_PAGE, form_token=form_token)

    assert foreign.code == "not_from_here"
    assert before == {"other-shop"}
    assert without.code == "no_form_token"
    assert right.location == "/"


async def test_who_wished_it_is_noted(open_desk: Open, service: WatchedService) -> None:
    desk = await open_desk(OF_PROXY)
    person = {**PERSON, **FROM_PAGE}
    form_token = (await desk.get("/", person)).form_token

    await desk.post(PAUSE, person, form_token=form_token)
    named = service.by
    await (await open_desk(OF_TOKEN)).ask("POST", PAUSE, BEARER)

    assert (named, service.by) == ("ann@shop.example", "admin")


async def test_no_other_site_may_read_or_is_asked_before(desk: Desk) -> None:
    preflight = await desk.ask(
        "OPTIONS", PAUSE, {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    )

    assert preflight.status == 405
    assert [name for name in preflight.headers if name.lower().startswith("access-control")] == []


async def test_an_organization_that_is_not_there_cannot_be_paused(desk: Desk) -> None:
    answer = await desk.ask("POST", "/organizations/nowhere/pause", BEARER)

    assert (answer.status, answer.code) == (404, "no_such_organization")
