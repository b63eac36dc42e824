"""The page and its twins: the same numbers, each leading to the events that it counts."""

import re
from collections.abc import Mapping
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from gladly_segment.admin import Shown
from gladly_segment.admin.pages import STATIC_FILES
from gladly_segment.core.feed_signals import DisabledBy
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.lifecycle import Stage, State
from gladly_segment.core.moments import parse_moment
from gladly_segment.core.noticed import Noticed
from gladly_segment.core.records import Tally, Waiting
from gladly_segment.core.situation import FeedSeen, FeedState, Held
from gladly_segment.debugger.frame import STATIC
from gladly_segment.debugger.overview.figures import FIGURES
from gladly_segment.ports.history import Search
from tests.support.clock import START
from tests.support.desk import BEARER, FROM_PAGE, OTHER_SHOP, SHOP, Desk, WatchedService
from tests.support.history import HistoryOnAList, event, waiting
from tests.support.overview import WatchedOverview

HTML = {**BEARER, "Accept": "text/html"}
NAMES = [figure.name for figure in FIGURES]


def fill(history: HistoryOnAList) -> None:
    """Put events of each state of two shops into the last day, and one before it."""
    states = [State.DELIVERED] * 5 + [State.IGNORED] * 3 + [State.PARKED, State.PARKED, State.DROPPED, State.SUPPRESSED]
    for seq, state in enumerate(states):
        history.put(event(seq, state=state, received_at=START - timedelta(minutes=17 * seq)))
    history.put(waiting(50, received_at=START - timedelta(hours=3)))
    history.put(event(51, organization=OTHER_SHOP, received_at=START - timedelta(hours=5)))
    history.put(event(52, received_at=START - timedelta(days=3)))


def numbers_in(page: str) -> Mapping[str, tuple[int, str]]:
    """Give the page's numbers with their links, by figure."""
    found = re.findall(r'<a class="number" href="(.*?)" .*? data-figure="(\w+)">(.*?)</a>', page)
    return {name: (int(number.replace("\u202f", "")), unescape(href)) for href, name, number in found}


def rows_in(page: str) -> Mapping[str, list[tuple[int, str]]]:
    """Give the numbers of the table with their links, by organization."""
    rows = re.findall(r'<tr data-row id="row-(.*?)">(.*?)</tr>', page, re.DOTALL)
    return {
        name: [
            (int(number.replace("\u202f", "")), unescape(href))
            for href, number in re.findall(r'<td class="number"><a href="(.*?)".*?>(.*?)</a>', cells)
        ]
        for name, cells in rows
    }


async def listed(history: HistoryOnAList, href: str) -> int:
    """Count what the list of events finds at an address."""
    parts = urlsplit(href)
    assert parts.path == "/events"
    query: dict[str, Any] = parse_qs(parts.query)
    search = Search(
        organization=OrganizationId(query["organization"][0]) if "organization" in query else None,
        states=tuple(State(each) for each in query.get("state", ())),
        since=parse_moment(query["since"][0]) if "since" in query else None,
        until=parse_moment(query["until"][0]) if "until" in query else None,
    )
    return (await history.search(search, 1)).total


@pytest.mark.parametrize(
    "query", ["", "?range=1h", "?range=7d", "?range=all", "?organization=shop", "?since=200m", "?since=200m&until=30m"]
)
async def test_every_number_is_the_total_of_the_list_it_leads_to(
    desk: Desk, history: HistoryOnAList, query: str
) -> None:
    fill(history)

    page = (await desk.get(f"/{query}", BEARER)).text

    numbers, rows = numbers_in(page), rows_in(page)
    assert list(numbers) == NAMES
    assert numbers["received"][0] > 0
    for number, href in [*numbers.values(), *(cell for cells in rows.values() for cell in cells)]:
        assert await listed(history, href) == number, href


@pytest.mark.parametrize("query", ["", "?range=1h", "?range=all", "?organization=shop", "?since=200m&until=30m"])
async def test_cards_table_steps_and_json_add_up(desk: Desk, history: HistoryOnAList, query: str) -> None:
    fill(history)

    page, flow = (await desk.get(f"/{query}", BEARER)).text, (await desk.get(f"/flow.json{query}", BEARER)).json

    cards = [number for number, _ in numbers_in(page).values()]
    rows = [[number for number, _ in cells] for cells in rows_in(page).values()]
    steps = [each.split(",")[:6] for each in re.findall(r'data-values="\s*(.*?)\s*"', page)]
    assert cards[0] == sum(cards[1:]) > 0
    assert [sum(column) for column in zip(*rows, strict=True)] == cards
    assert [sum(int(step[place]) for step in steps) for place in range(6)] == cards[1:]
    assert [flow["whole"][name] for name in NAMES] == cards
    assert [[each[name] for name in NAMES] for each in flow["organizations"]] == rows
    assert [sum(each[name] for each in flow["spans"]) for name in NAMES] == cards


async def test_an_organization_shows_nothing_of_another(desk: Desk, history: HistoryOnAList) -> None:
    fill(history)

    page, flow = (
        (await desk.get("/?organization=shop", BEARER)).text,
        (await desk.get("/flow.json?organization=shop", BEARER)).json,
    )

    assert list(rows_in(page)) == ["shop"]
    assert [each["name"] for each in flow["organizations"]] == ["shop"]
    assert flow["whole"]["received"] == 13
    assert numbers_in((await desk.get("/", BEARER)).text)["received"][0] == 14


async def test_the_page_shows_how_everything_stands_as_the_json_says(
    desk: Desk, watched: WatchedOverview, history: HistoryOnAList
) -> None:
    watched.holds(
        [Tally(SHOP, State.READY, "", 4, 9), Tally(SHOP, State.PARKED, "", 2, 2)],
        [Waiting(SHOP, State.READY, START - timedelta(minutes=42))],
    )
    watched.noticed[SHOP] = Noticed(
        feed=FeedSeen(FeedState.DISABLED, START), disabled_by=DisabledBy.HAND, held=(Held(Stage.DELIVER, "401 no key"),)
    )

    page, status = (await desk.get("/", BEARER)).text, (await desk.get("/status.json", BEARER)).json

    _, shop = status["organizations"]
    assert (shop["waiting"], shop["waiting_since"]) == (4, "2026-03-01T11:18:00Z")
    assert shop["held"] == [{"stage": "deliver", "detail": "401 no key"}]
    assert shop["feed"]["disabled_by"] == "hand"
    assert status["journal"] == {
        "size_bytes": 5_000_000,
        "max_bytes": 50_000_000_000,
        "disk_free_bytes": 60_000_000_000,
    }
    assert status["history"]["behind"] == 0
    assert re.search(r'id="waiting-now" href="/events\?state=received&amp;state=ready">4</a>', page)
    assert re.search(r'id="parked-now" href="/dead">2</a>', page)
    assert "nothing passes <em>deliver</em>: 401 no key" in page
    assert re.search(r"<strong>shop</strong>: the webhook is <strong class=\"bad\">disabled</strong> by hand", page)


async def test_meanings_are_on_the_page_and_in_the_json(desk: Desk) -> None:
    page, status = (await desk.get("/", BEARER)).text, (await desk.get("/status.json", BEARER)).json

    assert list(status["meanings"]) == NAMES
    assert all(f"<dd>{meaning}</dd>" in page for meaning in status["meanings"].values())


async def test_each_organization_has_the_one_button_that_fits(desk: Desk) -> None:
    page = (await desk.get("/", BEARER)).text

    assert re.findall(r'action="(/org.*?)"', page) == ["/organizations/other-shop/resume", "/organizations/shop/pause"]


async def test_a_button_of_the_page_pauses(desk: Desk, service: WatchedService) -> None:
    session = (await desk.sign_in()).session
    form_token = (await desk.get("/", session)).form_token

    answer = await desk.post("/organizations/shop/pause", {**session, **FROM_PAGE}, form_token=form_token)

    assert answer.location == "/"
    assert service.paused == {"shop", "other-shop"}


async def test_without_organizations_the_page_says_how_to_begin(
    desk: Desk, service: WatchedService, watched: WatchedOverview
) -> None:
    service.shown = []
    watched.holds([])

    page = (await desk.get("/", BEARER)).text

    assert '<a href="/connect">Connect one</a>' in page
    assert "<table" not in page


async def test_without_events_the_page_says_where_to_look(desk: Desk, watched: WatchedOverview) -> None:
    watched.holds([])

    page = (await desk.get("/", BEARER)).text

    assert "No event has come in yet." in page
    assert "gladly-segment doctor" in page
    assert list(rows_in(page)) == ["other-shop", "shop"]


async def test_a_quiet_time_is_told_apart_from_nothing_ever(desk: Desk) -> None:
    page = (await desk.get("/", BEARER)).text

    assert "Nothing was received in this time." in page
    assert "No event has come in yet." not in page


async def test_without_the_history_the_page_shows_what_the_journal_knows(desk: Desk, history: HistoryOnAList) -> None:
    history.works = False

    page, status = await desk.get("/", BEARER), await desk.get("/status.json", BEARER)
    flow = await desk.get("/flow.json", BEARER)

    assert (page.status, status.status, status.json["history"]) == (200, 200, None)
    assert "The history cannot be read just now" in page.text
    assert 'action="/organizations/shop/pause"' in page.text
    assert (flow.status, flow.code) == (503, "no_history")


@pytest.mark.parametrize(
    ("query", "hint"),
    [
        ("since=yesterday", "since is no time: write 2026-11-24T06:00:00Z"),
        ("until=1x", "until is no time"),
        ("since=1h&until=2h", "since is not before until"),
        ("range=1y", "range"),
    ],
)
@pytest.mark.parametrize("path", ["/", "/flow.json"])
async def test_a_time_that_is_none_is_refused_with_a_hint(desk: Desk, path: str, query: str, hint: str) -> None:
    answer = await desk.get(f"{path}?{query}", BEARER)

    assert (answer.status, answer.code) == (400, "bad_query")
    assert hint in answer.json["error"]["hint"]


@pytest.mark.parametrize("path", ["/", "/flow.json"])
async def test_an_organization_that_is_not_there_is_told(desk: Desk, path: str) -> None:
    answer = await desk.get(f"{path}?organization=nowhere", BEARER)

    assert (answer.status, answer.code) == (404, "no_such_organization")


async def test_an_organization_that_was_removed_can_still_be_looked_at(
    desk: Desk, service: WatchedService, history: HistoryOnAList
) -> None:
    fill(history)
    service.shown = []

    answer = await desk.get("/?organization=shop", BEARER)

    assert answer.status == 200
    assert "removed" in answer.text


async def test_times_stay_in_the_address_from_range_to_zoom(desk: Desk, history: HistoryOnAList) -> None:
    fill(history)

    page = (await desk.get("/?organization=shop&range=1h", BEARER)).text

    ways = {text: unescape(href) for href, text in re.findall(r'<a class="way" href="(.*?)".*?>(.*?)</a>', page)}
    assert ways["1 h"] == "/?organization=shop&range=1h"
    assert ways["24 h"] == "/?organization=shop"
    assert ways["Zoom in"] == "/?organization=shop&since=2026-03-01T11%3A15%3A00Z&until=2026-03-01T11%3A46%3A00Z"
    assert ways["Zoom out"] == "/?organization=shop&since=2026-03-01T09%3A59%3A00Z"
    assert "Later" not in ways
    assert 'aria-current="true">1 h<' in page


async def test_names_are_shown_and_never_run(desk: Desk, service: WatchedService, watched: WatchedOverview) -> None:
    name = OrganizationId("<script>alert(1)</script>\"'")
    service.shown = [Shown(name, paused=False)]
    watched.noticed[name] = Noticed(held=(Held(Stage.ENRICH, "<img src=x onerror=alert(2)>"),), unguarded="</li><b>")

    page = (await desk.get("/", BEARER)).text

    assert not re.search(r"<script>|<img|<b>", page)
    assert "&lt;script&gt;" in page


async def test_the_page_holds_no_inline_script_and_no_style(desk: Desk, history: HistoryOnAList) -> None:
    fill(history)

    page = await desk.get("/", HTML)

    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert (
        re.findall(r"<script(?! type=\"module\" src=)|<style|\sstyle=|\son\w+=|javascript:|https?://", page.text) == []
    )
    used = set(re.findall(r'(?:src|href)="/static/(.*?)"', page.text))
    assert used <= STATIC.keys() | STATIC_FILES.keys()
    assert {"overview.js", "overview.css", "uPlot.min.css"} <= used
