"""The list of events and its JSON twin."""

import html

import pytest

from gladly_segment.core.lifecycle import State
from gladly_segment.debugger.events.handlers import ON_A_PAGE
from tests.support.desk import OTHER_SHOP, Desk
from tests.support.history import COUNTED, HistoryOnAList, event, waiting

PAGE = {"Accept": "text/html"}


async def test_events_are_listed_newest_first(desk: Desk, history: HistoryOnAList) -> None:
    history.put(event(1))
    history.put(waiting(2))

    listed = (await desk.get("/events.json")).json

    assert [each["number"] for each in listed["events"]] == [2, 1]
    assert (listed["total"], listed["atLeast"], listed["nextBefore"]) == (2, False, None)
    assert listed["events"][1]["customerName"] == "Ann Smith 1"


async def test_the_page_shows_what_its_twin_holds(desk: Desk, history: HistoryOnAList) -> None:
    history.put(event(1, state=State.PARKED, reason="no_user", organization=OTHER_SHOP, attempts=3))

    page = (await desk.get("/events", PAGE)).text

    for text in ("Ann Smith 1", "customer-1", "conversation-1", "parked", "no_user", "0.250", "other-shop", "1 event<"):
        assert text in page, text


async def test_the_next_page_begins_where_this_one_ends(desk: Desk, history: HistoryOnAList) -> None:
    for seq in range(1, ON_A_PAGE + 11):
        history.put(event(seq))

    first = (await desk.get("/events.json")).json
    second = (await desk.get(f"/events.json?before={first['nextBefore']}")).json

    numbers = [each["number"] for page in (first, second) for each in page["events"]]
    assert numbers == list(range(ON_A_PAGE + 10, 0, -1))
    assert second["nextBefore"] is None
    assert f'href="/events?before={first["nextBefore"]}"' in (await desk.get("/events", PAGE)).text


async def test_many_are_counted_up_to_a_bound(desk: Desk, history: HistoryOnAList) -> None:
    for seq in range(1, COUNTED + 2):
        history.put(event(seq))

    assert "1\u202f000+ events" in (await desk.get("/events", PAGE)).text
    assert (await desk.get("/events.json")).json["atLeast"] is True


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("", [6, 5, 4, 3, 2, 1]),
        ("q=%20%20", [6, 5, 4, 3, 2, 1]),
        ("q=customer-4", [4]),
        ("q=NOBODY", []),
        ("organization=other-shop", [3]),
        ("type=CONVERSATION/CREATED", [2]),
        ("state=parked", [4]),
        ("state=parked&state=received", [5, 4]),
        ("reason=no_user", [4]),
        ("slower=0.25", [6]),
        ("slower=0.2499", [6, 4, 3, 2, 1]),
        ("since=2026-03-01T12:00:04Z", [6, 5, 4]),
        ("until=2026-03-01T12:00:03Z", [2, 1]),
        ("since=1m", [6, 5, 4, 3, 2, 1]),
        ("before=3", [2, 1]),
        ("state=parked&organization=other-shop", []),
        ("something=else", [6, 5, 4, 3, 2, 1]),
    ],
)
async def test_the_list_is_restricted_by_what_stands_in_the_address(
    desk: Desk, history: HistoryOnAList, query: str, numbers: list[int]
) -> None:
    history.put(event(1))
    history.put(event(2, event_type="CONVERSATION/CREATED"))
    history.put(event(3, organization=OTHER_SHOP))
    history.put(event(4, state=State.PARKED, reason="no_user"))
    history.put(waiting(5))
    history.put(event(6, latency_ms=9_000))

    answer = await desk.get(f"/events.json?{query}")

    assert [each["number"] for each in answer.json["events"]] == numbers


@pytest.mark.parametrize(
    ("query", "hint"),
    [
        ("state=lost", "lost"),
        ("since=yesterday", "since is no time: write"),
        ("until=12", "until is no time: write"),
        ("slower=-1", "slower"),
        ("slower=nan", "slower"),
        ("slower=inf", "slower"),
        ("slower=x", "slower"),
        ("before=0", "before"),
        ("before=9223372036854775808", "before"),
        ("live=perhaps", "live"),
    ],
)
@pytest.mark.parametrize("path", ["/events.json", "/events", "/events/stream"])
async def test_what_cannot_be_understood_is_refused_with_its_name(desk: Desk, path: str, query: str, hint: str) -> None:
    answer = await desk.get(f"{path}?{query}")

    assert (answer.status, answer.code) == (400, "bad_query")
    assert hint in answer.json["error"]["hint"]


@pytest.mark.parametrize(
    "text", ['"', "a OR b", "x*", "NEAR(a b)", "%00", "\U0001f600", "'; DROP TABLE events", "a" * 5_000]
)
async def test_whatever_is_looked_for_is_only_words(desk: Desk, history: HistoryOnAList, text: str) -> None:
    history.put(event(1))

    answer = await desk.ask("GET", "/events", PAGE, params={"q": text})

    assert answer.status == 200
    assert "No event matches" in answer.text


async def test_what_customers_control_is_text_on_the_page(desk: Desk, history: HistoryOnAList) -> None:
    evil = '"><script>alert(1)</script>'
    texts = ("customer", "customer_name", "conversation", "event", "event_type", "reason", "event_id", "message_id")
    history.put(event(1, **dict.fromkeys(texts, evil)))

    page = (await desk.ask("GET", "/events", PAGE, params={"q": "alert", "type": evil, "reason": evil})).text

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


async def test_each_filter_can_be_taken_away(desk: Desk) -> None:
    page = (await desk.get("/events?q=ann&state=parked&state=ready&slower=2.5&before=9", PAGE)).text

    for left in (
        "/events?state=parked&amp;state=ready&amp;slower=2.5",
        "/events?q=ann&amp;state=ready&amp;slower=2.5",
        "/events?q=ann&amp;state=parked&amp;slower=2.5",
        "/events?q=ann&amp;state=parked&amp;state=ready",
    ):
        assert f'href="{left}"' in page, left


async def test_a_paused_page_stays_paused_whatever_is_looked_for(desk: Desk, history: HistoryOnAList) -> None:
    for seq in range(1, ON_A_PAGE + 2):
        history.put(event(seq))

    page = (await desk.get("/events?live=false&q=ann&state=delivered", PAGE)).text

    assert 'href="/events?q=ann&amp;live=false"' in page
    assert 'href="/events?q=ann&amp;state=delivered&amp;before=2&amp;live=false"' in page
    assert "data-paused" in page


async def test_the_page_tells_how_programs_get_the_same(desk: Desk) -> None:
    page = html.unescape((await desk.get("/events?q=ann%20'smith&state=parked&live=false", PAGE)).text)

    wanted = "q=ann+%27smith&state=parked"
    assert f"""curl -H "Authorization: Bearer $TOKEN" '{desk.url}/events.json?{wanted}'""" in page
    assert """gladly-segment events --text 'ann '"'"'smith' --state parked""" in page


async def test_without_a_history_the_answer_says_what_to_do(desk: Desk, history: HistoryOnAList) -> None:
    history.works = False

    for path in ("/events.json", "/events", "/events/stream"):
        answer = await desk.get(path)
        assert (answer.status, answer.code) == (503, "no_history")


async def test_the_page_says_that_the_history_is_being_built_anew(desk: Desk, history: HistoryOnAList) -> None:
    history.rebuilt = 0.42

    assert "42 % are done" in (await desk.get("/events", PAGE)).text
    assert (await desk.get("/events.json")).json["rebuilt"] == 0.42


async def test_an_empty_list_says_what_to_do_next(desk: Desk) -> None:
    assert "No event has come in yet" in (await desk.get("/events", PAGE)).text
