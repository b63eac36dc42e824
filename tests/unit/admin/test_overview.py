"""The overview: numbers that add up, each with its meaning."""

import re

from gladly_segment.admin import Shown
from gladly_segment.admin.overview import FIGURES, OrganizationStatus, Standing, overview
from gladly_segment.admin.pages import STATIC_FILES
from gladly_segment.core.lifecycle import State
from gladly_segment.core.records import Tally
from tests.unit.admin.conftest import BEARER, OTHER_SHOP, SHOP, Desk, WatchedService

PARTS = ("delivered", "suppressed", "ignored", "parked", "dropped", "waiting")


def test_every_state_is_counted_in_exactly_one_part() -> None:
    parts = [figure.states for figure in FIGURES if figure.name != "received"]

    assert sorted(state for states in parts for state in states) == sorted(State)
    assert [figure.name for figure in FIGURES] == ["received", *PARTS]


def test_the_parts_add_up_to_what_was_received() -> None:
    tallies = [Tally(SHOP, state, "", place + 1, 100) for place, state in enumerate(State)]

    (shop,) = overview([Shown(SHOP, paused=False)], tallies).organizations

    assert shop.received == sum(getattr(shop, part) for part in PARTS) == 28


def test_reasons_and_organizations_are_kept_apart() -> None:
    tallies = [
        Tally(SHOP, State.PARKED, "no_user", 2, 5),
        Tally(SHOP, State.PARKED, "event_incomplete", 3, 3),
        Tally(OTHER_SHOP, State.RECEIVED, "", 1, 1),
        Tally(OTHER_SHOP, State.READY, "", 1, 1),
    ]

    other, shop = overview([Shown(SHOP, paused=False), Shown(OTHER_SHOP, paused=True)], tallies).organizations

    assert (shop.name, shop.parked, shop.waiting, shop.standing) == (SHOP, 5, 0, Standing.ACTIVE)
    assert (other.name, other.parked, other.waiting, other.standing) == (OTHER_SHOP, 0, 2, Standing.PAUSED)


def test_an_organization_that_was_removed_is_shown_while_its_events_are_there() -> None:
    there, forgotten = Tally(SHOP, State.DELIVERED, "", 1, 9), Tally(OTHER_SHOP, State.DELIVERED, "", 0, 9)

    shown = overview([], [there, forgotten]).organizations

    assert [(each.name, each.standing) for each in shown] == [(SHOP, Standing.REMOVED)]


async def test_page_and_json_show_the_same_numbers_and_meanings(desk: Desk) -> None:
    page, status = (await desk.get("/", BEARER)).text, (await desk.get("/status.json", BEARER)).json

    rows = re.findall(r'<th scope="row">(.*?)</th>(.*?)</tr>', page, re.DOTALL)
    shown = {name: [int(number) for number in re.findall(r'"number">(\d+)', cells)] for name, cells in rows}

    names = [name for name in OrganizationStatus.__struct_encode_fields__ if name not in ("name", "standing")]
    assert shown == {each["name"]: [each[name] for name in names] for each in status["organizations"]}
    assert shown["shop"] == [10, 7, 0, 0, 2, 0, 1]
    assert set(status["meanings"]) == set(names)
    assert all(f"<dd>{meaning}</dd>" in page for meaning in status["meanings"].values())


async def test_each_organization_has_the_one_button_that_fits(desk: Desk, service: WatchedService) -> None:
    page = (await desk.get("/", BEARER)).text

    assert re.findall(r'action="(.*?)"', page) == ["/organizations/other-shop/resume", "/organizations/shop/pause"]


async def test_without_organizations_the_page_says_how_to_begin(desk: Desk, service: WatchedService) -> None:
    service.shown, service.tallies = [], []

    page = (await desk.get("/", BEARER)).text

    assert "gladly-segment connect" in page
    assert "<table>" not in page


async def test_without_events_the_page_says_where_to_look(desk: Desk, service: WatchedService) -> None:
    service.tallies = []

    page = (await desk.get("/", BEARER)).text

    assert "No event has come in yet." in page
    assert "<table>" in page


async def test_pages_hold_no_script_and_no_style(desk: Desk, service: WatchedService) -> None:
    html = {"Accept": "text/html"}
    pages = [
        await desk.get("/", BEARER),
        await desk.get("/login"),
        await desk.sign_in("x", html),
        await desk.get("/nowhere", html),
    ]

    for page in pages:
        assert page.headers["Content-Type"] == "text/html; charset=utf-8"
        assert re.findall(r"<script|<style|\sstyle=|\son\w+=|javascript:|https?://", page.text) == []
        used = re.findall(r'(?:src|href)="/static/(.*?)"', page.text)
        assert used == ["admin.css"]
        assert set(used) <= STATIC_FILES.keys()


def test_styles_fetch_nothing_from_elsewhere() -> None:
    for content, _ in STATIC_FILES.values():
        assert b"url(" not in content
        assert b"@import" not in content
