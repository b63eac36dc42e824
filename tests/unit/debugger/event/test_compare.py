"""An event is compared with what Gladly says now, by whoever asks for it, and without changing anything."""

from typing import Any

import pytest

from gladly_segment.core.ids import Seq
from gladly_segment.core.lifecycle import ParkCause, State, SuppressReason
from gladly_segment.core.records import MadeReady, Parked, Settlement, Suppressed
from tests.support.desk import FROM_PAGE, OTHER_SHOP, Answer, Desk
from tests.support.histories import FETCHED, received, sent, track_event
from tests.unit.debugger.event.conftest import JournalAndGladly

AS_JSON = {**FROM_PAGE, "Content-Type": "application/json"}


def made(**properties: Any) -> MadeReady:
    return MadeReady(Seq(1), track_event(**properties), sent().message_id, fetched=FETCHED)


async def compare(desk: Desk, number: int = 1, token: str = "") -> Answer:
    form_token = token or (await desk.get("/events/1")).form_token
    return await desk.ask("POST", f"/events/{number}/compare", {**AS_JSON, "X-Form-Token": form_token})


async def compare_by_form(desk: Desk) -> Answer:
    return await desk.post("/events/1/compare", FROM_PAGE, form_token=(await desk.get("/events/1")).form_token)


async def test_differences_are_given_with_their_counts(desk: Desk, watched: JournalAndGladly) -> None:
    watched.now = made(customerName="Anna", phone=None, customAttributes={"tier": "gold", "new": 1})

    compared = (await compare(desk)).json

    differing = [each for each in compared["differences"] if each["change"] != "same"]
    assert differing == [
        {"path": "customerName", "change": "changed", "before": '"Ann"', "now": '"Anna"'},
        {"path": "customAttributes.new", "change": "added", "before": None, "now": "1"},
        {"path": "phone", "change": "gone", "before": '"+15555550100"', "now": None},
    ]
    assert [compared[each] for each in ("changed", "added", "gone")] == [1, 1, 1]
    assert compared["same"] == len(compared["differences"]) - 3
    assert (compared["outcome"], compared["number"]) == ("ready", 1)
    assert [each["resource"] for each in compared["fetched"]] == ["conversation", "customer_profile"]


async def test_the_page_shows_the_differences(desk: Desk, watched: JournalAndGladly) -> None:
    watched.now = made(customerName="Anna")

    page = (await compare_by_form(desk)).text

    assert "1 of its values would be changed" in page
    assert "<del>&#34;Ann&#34;</del>" in page
    assert "<ins>&#34;Anna&#34;</ins>" in page


async def test_an_event_that_would_be_the_same_is_told_so(desk: Desk) -> None:
    assert "it would be the same" in (await compare_by_form(desk)).text


async def test_an_event_that_was_never_made_is_compared_with_nothing(desk: Desk, watched: JournalAndGladly) -> None:
    watched.receipts[1] = received(state=State.SUPPRESSED, reason="customer_deleted")

    compared = (await compare(desk)).json

    assert {each["change"] for each in compared["differences"]} == {"added"}
    assert "Made now, there would be a track event" in (await compare_by_form(desk)).text


@pytest.mark.parametrize(
    ("now", "outcome", "reason"),
    [
        (Suppressed(Seq(1), SuppressReason.CUSTOMER_DELETED), "suppressed", "customer_deleted"),
        (Parked(Seq(1), ParkCause.CONVERSATION_UNREADABLE), "parked", "conversation_unreadable"),
    ],
)
async def test_what_would_not_be_made_now_is_told_with_its_reason(
    desk: Desk, watched: JournalAndGladly, now: Settlement, outcome: str, reason: str
) -> None:
    watched.now = now

    compared = (await compare(desk)).json

    assert (compared["outcome"], compared["reason"]) == (outcome, reason)
    assert compared["gone"] == len(compared["differences"])
    assert "there would be no track event" in (await compare_by_form(desk)).text


async def test_gladlys_silence_is_told_in_the_form_that_was_asked_for(desk: Desk, watched: JournalAndGladly) -> None:
    watched.is_reachable = False

    refused = await compare(desk)
    page = await compare_by_form(desk)

    assert (refused.status, refused.code) == (502, "no_answer_from_gladly")
    assert refused.json["error"]["hint"] == "no connection could be made"
    assert page.status == 502
    assert "no connection could be made" in page.text
    assert "What happened" in page.text


@pytest.mark.parametrize(
    ("receipt", "hint"),
    [
        (sent(body=b""), "no longer kept"),
        (received(event_type="CONTACT/STARTED", state=State.IGNORED, reason="type_not_mapped"), "No track event"),
        (sent(organization=OTHER_SHOP), "not served any more"),
    ],
)
async def test_what_cannot_be_compared_costs_no_call(
    desk: Desk, watched: JournalAndGladly, receipt: Any, hint: str
) -> None:
    watched.receipts[2] = receipt

    refused = await compare(desk, 2)

    assert (refused.status, refused.code) == (409, "not_comparable")
    assert hint in refused.json["error"]["hint"]
    assert watched.read_for == []


async def test_an_event_that_is_not_there_is_not_compared(desk: Desk) -> None:
    assert (await compare(desk, 7)).status == 404


async def test_another_site_cannot_make_somebody_compare(desk: Desk, watched: JournalAndGladly) -> None:
    refused = await compare(desk, token="guessed")

    assert (refused.status, refused.code) == (403, "no_form_token")
    assert watched.read_for == []


async def test_looking_at_an_event_asks_gladly_nothing(desk: Desk, watched: JournalAndGladly) -> None:
    await desk.get("/events/1")
    await desk.get("/events/1.json")

    assert watched.read_for == []
