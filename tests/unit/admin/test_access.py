"""Who is let in."""

from ipaddress import ip_network

import msgspec
import pytest

from gladly_segment.admin import AccessRules
from tests.unit.admin.conftest import BEARER, OF_PROXY, OF_TOKEN, OPEN, TOKEN, USER_HEADER, Desk, Open

GUARDED = ("/", "/status.json", "/metrics", "/openapi.json")
FREE = ("/healthz", "/readyz", "/login", "/static/admin.css")
PERSON = {USER_HEADER: "ann@shop.example", "Sec-Fetch-Site": "none"}


@pytest.mark.parametrize("path", GUARDED)
async def test_the_token_lets_in_and_nothing_else_does(desk: Desk, path: str) -> None:
    right = await desk.get(path, BEARER)
    lower_case = await desk.get(path, {"Authorization": f"bearer {TOKEN}"})
    stranger = await desk.get(path)

    assert (right.status, lower_case.status) == (200, 200)
    assert (stranger.status, stranger.code) == (401, "not_signed_in")
    assert stranger.headers["WWW-Authenticate"] == 'Bearer realm="gladly-segment admin"'


@pytest.mark.parametrize("path", ["/organizations/shop/pause", "/organizations/shop/resume", "/logout"])
async def test_a_stranger_changes_nothing(desk: Desk, path: str) -> None:
    answer = await desk.post(path, {"Sec-Fetch-Site": "same-origin"})

    assert (answer.status, answer.code) == (401, "not_signed_in")


@pytest.mark.parametrize("path", FREE)
async def test_probes_and_the_login_page_are_for_everybody(desk: Desk, path: str) -> None:
    assert (await desk.get(path)).status == 200


@pytest.mark.parametrize(
    "authorization",
    [
        f"Bearer {TOKEN}x",
        f"Bearer {TOKEN[:-1]}",
        f"Bearer {TOKEN.upper()}",
        "Bearer ",
        "Bearer",
        f"Bearer Bearer {TOKEN}",
        "Bearer \xe9\xe9\xe9",
    ],
)
async def test_a_wrong_token_is_refused(desk: Desk, authorization: str) -> None:
    answer = await desk.get("/metrics", {"Authorization": authorization})

    assert (answer.status, answer.code) == (401, "wrong_token")


@pytest.mark.parametrize("authorization", [f"Basic {TOKEN}", TOKEN, f"Token {TOKEN}", ""])
async def test_a_token_shown_in_another_way_is_none(desk: Desk, authorization: str) -> None:
    answer = await desk.get("/metrics", {"Authorization": authorization})

    assert (answer.status, answer.code) == (401, "not_signed_in")


async def test_a_token_in_the_address_is_none(desk: Desk) -> None:
    assert (await desk.get(f"/metrics?token={TOKEN}")).status == 401


async def test_a_browser_that_is_not_signed_in_is_sent_to_the_login_page(desk: Desk) -> None:
    assert (await desk.get("/", {"Accept": "text/html,*/*;q=0.8"})).location == "/login"


async def test_without_a_token_set_a_browser_is_told_how_to_come_in(open_desk: Open) -> None:
    desk = await open_desk(OF_PROXY)

    answer = await desk.get("/", {"Accept": "text/html"})

    assert answer.status == 401
    assert "through the proxy over https" in answer.text
    assert (await desk.get("/login")).location == "/"
    assert (await desk.sign_in("x" * 30)).status == 401


async def test_whom_a_trusted_proxy_names_is_let_in_and_shown(open_desk: Open) -> None:
    desk = await open_desk(OF_PROXY)

    answer = await desk.get("/", PERSON)

    assert answer.status == 200
    assert "ann@shop.example" in answer.text


@pytest.mark.parametrize(
    "headers",
    [
        [(USER_HEADER, "ann@shop.example")],
        [(USER_HEADER, ""), ("Sec-Fetch-Site", "none")],
        [(USER_HEADER, " "), ("Sec-Fetch-Site", "none")],
        [(USER_HEADER, "eve@shop.example"), (USER_HEADER, "ann@shop.example"), ("Sec-Fetch-Site", "none")],
        [("X-Forwarded-User", "ann@shop.example"), ("Sec-Fetch-Site", "none")],
    ],
    ids=["not from a browser over https", "empty", "blank", "twice", "another header"],
)
async def test_a_name_that_is_not_told_as_agreed_lets_nobody_in(
    open_desk: Open, headers: list[tuple[str, str]]
) -> None:
    desk = await open_desk(OF_PROXY)

    answer = await desk.ask("GET", "/status.json", headers)  # type: ignore[arg-type]

    assert (answer.status, answer.code) == (401, "not_signed_in")


async def test_a_name_is_believed_of_trusted_proxies_only(open_desk: Open) -> None:
    elsewhere = msgspec.structs.replace(OF_PROXY, trusted_proxies=(ip_network("192.0.2.0/24"),))
    desk = await open_desk(elsewhere)

    assert (await desk.get("/status.json", PERSON)).status == 401


async def test_the_header_means_nothing_where_it_is_not_set(desk: Desk) -> None:
    assert (await desk.get("/status.json", PERSON)).status == 401


async def test_token_and_proxy_stand_side_by_side(open_desk: Open) -> None:
    desk = await open_desk(msgspec.structs.replace(OF_TOKEN, trusted_user_header=USER_HEADER))

    assert (await desk.get("/status.json", BEARER)).status == 200
    assert (await desk.get("/status.json", PERSON)).status == 200
    # A proxy may pass on a bearer token of its own.
    assert (await desk.get("/status.json", {**PERSON, "Authorization": "Bearer of-the-proxy"})).status == 200
    assert (await desk.get("/status.json")).status == 401


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:8081", "LOCALHOST", "127.1.2.3:80", "[::1]:8081", "[::1]"])
async def test_without_any_proof_set_this_machine_is_let_in(open_desk: Open, host: str) -> None:
    desk = await open_desk(OPEN)

    assert (await desk.get("/status.json", {"Host": host})).status == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8081",
        "127.0.0.1.evil.example",
        "localhost.evil.example:8081",
        "192.0.2.1:8081",
        "0.0.0.0:8081",
        "2130706433",
        "",
        "localhost,evil.example",
        "evil.example:@localhost",
        "[::2]",
    ],
)
@pytest.mark.parametrize("path", ["/status.json", "/healthz", "/login", "/nowhere"])
async def test_a_name_rebound_to_this_machine_is_let_nowhere(open_desk: Open, host: str, path: str) -> None:
    desk = await open_desk(OPEN)

    answer = await desk.get(path, {"Host": host})

    assert (answer.status, answer.code) == (421, "wrong_host")


async def test_with_a_token_every_host_is_answered(desk: Desk) -> None:
    assert (await desk.get("/status.json", {**BEARER, "Host": "admin.shop.example"})).status == 200


async def test_rules_never_show_the_token() -> None:
    assert TOKEN not in repr(AccessRules(token=OF_TOKEN.token))
