"""Dead letters are retried and dropped from the page and by programs; who did it is noted."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from gladly_segment.core.lifecycle import ParkCause
from gladly_segment.journals.sqlite import SqliteJournal
from tests.support.clock import START, ManualClock
from tests.support.desk import (
    BEARER,
    FROM_PAGE,
    OF_PROXY,
    OF_TOKEN,
    OTHER_SHOP,
    SHOP,
    USER_HEADER,
    Answer,
    Desk,
)
from tests.support.journals import counts
from tests.unit.debugger.dead.conftest import Behind, die, park

REFUSED = ParkCause.REQUEST_REFUSED
LARGE = ParkCause.EVENT_TOO_LARGE
GROUP = {"organization": SHOP, "cause": REFUSED, "whole_group": "true"}


async def form_token(desk: Desk, path: str = "/dead") -> str:
    return (await desk.get(path, FROM_PAGE)).form_token


async def send(desk: Desk, what: str, fields: Mapping[str, str] | Sequence[tuple[str, str]]) -> Answer:
    """Send a form as the page does."""
    given = list(fields.items()) if isinstance(fields, Mapping) else list(fields)
    data = [("form_token", await form_token(desk)), *given]
    return await desk.ask("POST", f"/dead/{what}", FROM_PAGE, data=data)


async def ask(desk: Desk, what: str, **document: Any) -> Answer:
    """Ask as a program does, without any form."""
    headers = {**FROM_PAGE, "X-Form-Token": await form_token(desk)}
    return await desk.ask("POST", f"/dead/{what}", headers, json=document)


async def trail(journal: SqliteJournal) -> list[tuple[object, ...]]:
    return [(each.organization, each.by, each.what, each.detail) for each in await journal.registry.actions(None, 10)]


async def test_the_checked_go_on_their_way_and_the_others_stay(journal: SqliteJournal, desk: Desk) -> None:
    await park(journal, "a", "b", "c")

    answer = await send(desk, "retry", [("letters", "1"), ("letters", "3"), ("organization", SHOP)])

    assert answer.location == f"/dead?organization={SHOP}"
    assert await counts(journal) == {"received": 2, "parked/request_refused": 1}


async def test_a_whole_group_is_one_organizations_and_one_causes(journal: SqliteJournal, desk: Desk) -> None:
    await park(journal, "a", "b")
    await park(journal, "c", cause=LARGE)
    await park(journal, "d", organization=OTHER_SHOP)

    await send(desk, "retry", GROUP)

    assert await counts(journal) == {"received": 2, "parked/event_too_large": 1, "parked/request_refused": 1}


async def test_a_group_does_not_mean_what_came_after_the_page(
    journal: SqliteJournal, desk: Desk, clock: ManualClock
) -> None:
    await park(journal, "a")

    await send(desk, "drop", {**GROUP, "until": START.isoformat(), "confirmed": "true"})
    assert await counts(journal) == {"parked/request_refused": 1}

    clock.advance(0.001)
    page = (await desk.get("/dead.json")).json
    await send(desk, "drop", {**GROUP, "until": page["until"], "confirmed": "true"})
    assert await counts(journal) == {"dropped/by_hand": 1}


async def test_a_program_is_told_what_became_of_it(journal: SqliteJournal, desk: Desk) -> None:
    await park(journal, "a", "b")

    assert (await ask(desk, "drop", letters=[2, 99])).json == {"what": "dropped", "moved": 1, "gone": 1}
    assert (await ask(desk, "retry", letters=[1, 2])).json == {"what": "retried", "moved": 1, "gone": 1}
    assert await counts(journal) == {"received": 1, "dropped/by_hand": 1}


async def test_the_page_is_told_what_became_of_it(journal: SqliteJournal, desk: Desk) -> None:
    await park(journal, "a", "b")
    once = (await desk.get("/dead.json")).json["once"]

    answer = await send(desk, "retry", [("letters", "1"), ("letters", "99"), ("once", once)])

    text = (await desk.get(answer.location)).text
    assert "1 on its way again." in text
    assert "1 was no dead letter any more." in text
    assert "on its way again" not in (await desk.get("/dead?done=another")).text


async def test_who_did_it_is_noted_with_how_many_and_why_they_were_dead(journal: SqliteJournal, behind: Behind) -> None:
    desk = await behind(OF_PROXY)
    await park(journal, "a", "b", "c")
    person = {**FROM_PAGE, USER_HEADER: "ann@shop.example", "X-Forwarded-Proto": "https"}
    token = (await desk.get("/dead", person)).form_token
    sending = {**person, "X-Form-Token": token}

    await desk.ask("POST", "/dead/retry", sending, json={"letters": [1, 2], "organization": SHOP, "cause": REFUSED})
    await desk.ask("POST", "/dead/drop", sending, json=GROUP | {"whole_group": True})

    assert await trail(journal) == [
        (SHOP, "ann@shop.example", "dropped", "1 dead letter, request_refused"),
        (SHOP, "ann@shop.example", "retried", "2 dead letters, request_refused"),
    ]


async def test_what_moved_nothing_is_not_noted(journal: SqliteJournal, desk: Desk) -> None:
    await park(journal, "a")

    assert (await ask(desk, "drop", letters=[99])).json == {"what": "dropped", "moved": 0, "gone": 1}
    assert await trail(journal) == []


async def test_a_form_that_is_sent_twice_counts_once(journal: SqliteJournal, desk: Desk) -> None:
    await park(journal, "a", "b")
    once = (await desk.get("/dead.json")).json["once"]
    form = {**GROUP, "once": once}

    answers = await asyncio.gather(*(send(desk, "retry", form) for _ in range(5)))
    await die(journal)
    late = await send(desk, "retry", form)

    assert len({each.location for each in (*answers, late)}) == 1
    assert await counts(journal) == {"parked/request_refused": 2}
    assert await trail(journal) == [(SHOP, "admin", "retried", "2 dead letters, request_refused")]


async def test_another_form_of_the_same_page_counts_by_itself(journal: SqliteJournal, desk: Desk) -> None:
    await park(journal, "a", "b")
    once = (await desk.get("/dead.json")).json["once"]

    await send(desk, "retry", {"letters": "1", "once": once})
    await send(desk, "retry", {"letters": "2", "once": once})

    assert await counts(journal) == {"received": 2}


async def test_a_form_that_drops_is_asked_back_and_moves_nothing_before(journal: SqliteJournal, desk: Desk) -> None:
    await park(journal, "a", "b")

    question = await send(desk, "drop", GROUP)

    assert question.status == 200
    assert "Drop 2 dead letters?" in question.text
    assert "neither retried nor replayed" in question.text
    assert await counts(journal) == {"parked/request_refused": 2}


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"organization": SHOP},
        {"whole_group": "true"},
        {"whole_group": "true", "organization": SHOP},
        {"whole_group": "true", "letters": "1"},
    ],
    ids=str,
)
async def test_who_names_none_means_none(journal: SqliteJournal, desk: Desk, fields: dict[str, str]) -> None:
    await park(journal, "a")

    for what in ("retry", "drop"):
        answer = await send(desk, what, {**fields, "confirmed": "true"})
        assert (answer.status, answer.code) == (400, "no_letter")
    assert await counts(journal) == {"parked/request_refused": 1}


@pytest.mark.parametrize("letters", ["0", "-1", "x", str(2**63)])
async def test_what_can_be_no_number_is_refused(journal: SqliteJournal, desk: Desk, letters: str) -> None:
    await park(journal, "a")

    assert (await send(desk, "retry", {"letters": letters})).code == "bad_form"


async def test_what_another_site_makes_a_browser_send_is_refused(journal: SqliteJournal, desk: Desk) -> None:
    await park(journal, "a")

    forged = await desk.post("/dead/drop", {"Sec-Fetch-Site": "cross-site"}, letters="1", confirmed="true")
    unsigned = await desk.post("/dead/drop", FROM_PAGE, letters="1", confirmed="true")

    assert (forged.status, unsigned.status) == (403, 403)
    assert await counts(journal) == {"parked/request_refused": 1}


async def test_a_stranger_sees_and_moves_nothing(journal: SqliteJournal, behind: Behind) -> None:
    desk = await behind(OF_TOKEN)
    await park(journal, "a")

    for method, path in (
        ("GET", "/dead.json"),
        ("GET", "/actions.json"),
        ("POST", "/dead/retry"),
        ("POST", "/dead/drop"),
    ):
        assert (await desk.ask(method, path)).status == 401
    assert (await desk.ask("POST", "/dead/retry", BEARER, json={"letters": [1]})).json["moved"] == 1
