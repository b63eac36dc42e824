"""A conversation is shown with all its events and why it is in Segment or is not, be anything known of it or not."""

from typing import Any

import pytest
from yarl import URL

from gladly_segment.core.ids import ConversationId, Seq
from gladly_segment.core.lifecycle import State
from gladly_segment.core.records import History
from gladly_segment.core.situation import AtGladly, FeedSeen, FeedState, Situation
from gladly_segment.debugger.conversation import Trace
from tests.support.clock import START
from tests.support.desk import FROM_PAGE, OTHER_SHOP, SHOP, Answer, Desk
from tests.support.histories import after, attempt, received, sent, track_event
from tests.support.receipts import conversation_event
from tests.unit.debugger.conversation.conftest import JournalAndGladly

PATH = "/conversations/shop/c-1"
XSS = "<img src=x onerror=alert(1)>"


def created(seq: int = 1, **fields: Any) -> History:
    return sent(
        seq,
        event_type="CONVERSATION/CREATED",
        body=conversation_event("CREATED"),
        payload=track_event("CREATED"),
        **fields,
    )


def ignored(seq: int) -> History:
    return received(
        seq,
        event_type="CONVERSATION/NOTE_ADDED",
        body=conversation_event("NOTE_ADDED"),
        state=State.IGNORED,
        reason="type_not_mapped",
    )


def trace(seq: int, conversation: str | None) -> Trace:
    return Trace(Seq(seq), SHOP, ConversationId(conversation) if conversation else None)


async def ask(desk: Desk, path: str = PATH, **headers: str) -> Answer:
    return await desk.post(f"{path}/ask", {**FROM_PAGE, **headers}, form_token=await form_token(desk))


async def ask_as_json(desk: Desk, path: str = PATH) -> Answer:
    headers = {**FROM_PAGE, "Content-Type": "application/json", "X-Form-Token": await form_token(desk)}
    return await desk.ask("POST", f"{path}/ask", headers)


async def form_token(desk: Desk) -> str:
    return (await desk.get(PATH)).form_token


async def test_all_events_are_shown_in_order_each_with_its_reason(desk: Desk, watched: JournalAndGladly) -> None:
    watched.kept = [created(1), received(2), sent(3, organization=OTHER_SHOP)]
    watched.situations = Situation(now=after(5))

    page = (await desk.get(PATH)).text
    twin = (await desk.get(f"{PATH}.json")).json

    assert [each["number"] for each in twin["events"]] == [1, 2]
    assert [each["answer"]["verdict"] for each in twin["events"]] == ["sent", "waiting_for_quota"]
    assert (twin["organization"], twin["conversation"]) == ("shop", "c-1")
    assert page.index('href="/events/1"') < page.index('href="/events/2"')
    assert "/events/3" not in page
    assert "Gladly Conversation Created" in page
    assert twin["answer"]["verdict"] == "waiting_for_quota"


async def test_the_page_says_what_the_twin_says(desk: Desk, watched: JournalAndGladly) -> None:
    watched.kept = [sent()]

    twin = (await desk.get(f"{PATH}.json")).json

    when, _, what = twin["answer"]["why"].partition(" as ")
    page = (await desk.get(PATH)).text
    assert when == "Sent at 2026-03-01T12:00:01.400Z"
    assert 'Sent at <time datetime="2026-03-01T12:00:01.400Z">' in page
    assert what in page


async def test_what_leads_to_no_track_event_is_folded_away(desk: Desk, watched: JournalAndGladly) -> None:
    watched.kept = [sent(1), ignored(2), ignored(3)]

    page = (await desk.get(PATH)).text

    folded = page.partition("<details>")[2]
    assert "2 events of types that lead to no track event" in folded
    assert 'href="/events/2"' in folded
    assert 'href="/events/1"' not in folded


async def test_a_conversation_that_was_never_heard_of_says_why(desk: Desk, watched: JournalAndGladly) -> None:
    watched.situations = Situation(now=START, feed=FeedSeen(FeedState.DISABLED, START))

    page = (await desk.get(PATH)).text

    assert (await desk.get(f"{PATH}.json")).json["answer"]["verdict"] == "feed_disabled"
    assert "disabled" in page
    assert "Ask Gladly" in page
    assert "No event that leads to a track event was received of this conversation, nor any other." in page


async def test_gladly_is_asked_when_somebody_wants_it(desk: Desk, watched: JournalAndGladly) -> None:
    watched.known_to_gladly = AtGladly(found=False)
    await desk.get(PATH)
    assert watched.asked == []

    page, twin = await ask(desk), await ask_as_json(desk)

    assert "Gladly does not know the conversation now" in page.text
    assert twin.json["answer"]["verdict"] == "unknown_to_gladly"
    assert watched.asked == [(SHOP, "c-1")] * 2


async def test_what_gladly_knows_is_told(desk: Desk) -> None:
    page = (await ask(desk)).text

    assert "Gladly knows the conversation now: created" in page
    assert "not closed" in page


async def test_gladlys_silence_is_told(desk: Desk, watched: JournalAndGladly) -> None:
    watched.is_reachable = False

    page, twin = await ask(desk), await ask_as_json(desk)

    assert (page.status, "no connection could be made" in page.text) == (502, True)
    assert (twin.status, twin.code) == (502, "no_answer_from_gladly")


async def test_gladly_is_not_asked_for_an_organization_that_is_not_served(
    desk: Desk, watched: JournalAndGladly
) -> None:
    refused = await ask_as_json(desk, "/conversations/other-shop/c-1")

    assert (refused.status, refused.code) == (409, "not_served")
    assert "Ask Gladly" not in (await desk.get("/conversations/other-shop/c-1")).text
    assert watched.asked == []


async def test_another_site_cannot_make_somebody_ask(desk: Desk, watched: JournalAndGladly) -> None:
    refused = await desk.post(f"{PATH}/ask", FROM_PAGE, form_token="guessed")

    assert refused.status == 403
    assert watched.asked == []


@pytest.mark.parametrize("conversation", ["a/b", "ä ö", "%2F", "a?b#c", XSS])
async def test_an_id_of_any_kind_has_its_page(desk: Desk, watched: JournalAndGladly, conversation: str) -> None:
    watched.kept = [sent(lane=f"conversation:{conversation}")]

    found = await desk.get(f"/why?id={URL.build(query={'id': conversation}).raw_query_string.partition('=')[2]}")
    page = await desk.ask("GET", URL(desk.url + found.location, encoded=True))

    assert page.status == 200
    assert 'href="/events/1"' in page.text
    assert "<img" not in page.text


async def test_the_end_of_an_event_is_told_with_its_time(desk: Desk, watched: JournalAndGladly) -> None:
    watched.kept = [sent(attempts=(attempt(5, "deliver", "delivered"),)), received(2)]

    page = (await desk.get(PATH)).text

    assert "2026-03-01 12:00:05.000 UTC" in page


@pytest.mark.parametrize("text", ["", "%20"])
async def test_without_an_id_the_search_waits_for_one(desk: Desk, text: str) -> None:
    page = await desk.get(f"/why?id={text}")

    assert page.status == 200
    assert "Any id will do" in page.text


async def test_the_id_of_a_conversation_leads_to_it(desk: Desk, watched: JournalAndGladly) -> None:
    watched.kept = [sent()]

    assert (await desk.get("/why?id=%20c-1%20")).location == PATH
    assert (await desk.get("/why.json?id=c-1")).json["conversations"] == [
        {"organization": "shop", "conversation": "c-1", "path": PATH}
    ]


async def test_whatever_else_is_known_leads_to_the_conversation(desk: Desk, watched: JournalAndGladly) -> None:
    watched.found = [trace(4, "c-1"), trace(3, "c-1"), trace(2, None)]

    assert (await desk.get("/why?id=ann@example.com")).location == PATH


async def test_several_conversations_are_a_choice(desk: Desk, watched: JournalAndGladly) -> None:
    watched.found = [trace(4, "c-2"), trace(3, "c-1"), trace(2, None)]

    page = await desk.get("/why?id=u-1")

    assert page.status == 200
    assert page.text.index('href="/conversations/shop/c-2"') < page.text.index(f'href="{PATH}"')
    assert 'href="/events/2"' in page.text


async def test_events_that_belong_to_no_conversation_are_shown_where_there_are_no_others(
    desk: Desk, watched: JournalAndGladly
) -> None:
    watched.found = [trace(2, None)]

    page = await desk.get("/why?id=u-1")

    assert 'href="/events/2"' in page.text
    assert (await desk.get("/why.json?id=u-1")).json["events"] == [2]


async def test_an_id_that_was_never_heard_of_leads_to_the_page_that_says_why(desk: Desk) -> None:
    assert (await desk.get("/why?id=c-9")).location == "/conversations/shop/c-9"


async def test_with_several_organizations_an_unknown_id_is_a_choice(desk: Desk, watched: JournalAndGladly) -> None:
    watched.served = [SHOP, OTHER_SHOP]

    page = await desk.get("/why?id=c-9")

    assert page.status == 200
    assert 'href="/conversations/shop/c-9"' in page.text
    assert 'href="/conversations/other-shop/c-9"' in page.text
    assert (await desk.get("/why?id=c-9&organization=other-shop")).location == "/conversations/other-shop/c-9"


async def test_what_is_no_id_and_was_not_found_leads_nowhere(desk: Desk) -> None:
    page = await desk.get("/why?id=ann@example.com")

    assert page.status == 200
    assert "Nothing was received that has that" in page.text
    assert (await desk.get("/why.json?id=ann@example.com")).json["never"] == []


async def test_another_organizations_conversation_is_not_found_in_one(desk: Desk, watched: JournalAndGladly) -> None:
    watched.kept = [sent(organization=OTHER_SHOP)]
    watched.served = [SHOP, OTHER_SHOP]

    assert (await desk.get("/why?id=c-1&organization=shop")).location == PATH
    assert (await desk.get("/why?id=c-1")).location == "/conversations/other-shop/c-1"
    assert "/events/1" not in (await desk.get(PATH)).text
