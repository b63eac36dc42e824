"""`gladly-segment explain`: why a conversation is in Segment, or is not, beside a running service."""

import json
from pathlib import Path
from typing import Final

import msgspec
import pytest

from gladly_segment.core.identity import message_id
from gladly_segment.core.lifecycle import REMEDIES, ParkCause
from gladly_segment.core.records import MappingNote
from gladly_segment.journals.sqlite import SqliteJournal
from tests.support.clock import START
from tests.support.receipts import OTHER_SHOP, SHOP, conversation_event, taken_in
from tests.unit.cli.conftest import Command
from tests.unit.cli.lives import ANSWER, EVENT, closed, defer, deliver, make_ready, park, receive, suppress
from tests.unit.journals.beside import content

# Its guard against a forgotten `app([])`: here the arguments are those of the process, as they shall be.
pytestmark = pytest.mark.filterwarnings("ignore:Cyclopts application invoked without tokens:UserWarning")

AT: Final = "2026-03-01T12:00:00.000Z"


async def test_of_a_conversation_never_received_it_says_why_that_may_be(
    service: SqliteJournal, command: Command
) -> None:
    ended = await command("explain", "c-1")

    assert ended.status == 1
    assert "Conversation c-1: never received" in ended.out
    assert "Nothing was ever received of it" in ended.out


async def test_that_nothing_was_received_is_a_document_too(service: SqliteJournal, command: Command) -> None:
    ended = await command("explain", "c-1", "--json")

    [document] = ended.documents
    assert ended.status == 1
    assert (document["organization"], document["conversation"], document["events"]) == (None, "c-1", [])
    assert document["answer"]["verdict"] == "never_received"


async def test_a_delivered_event_is_told_with_why_first_and_then_its_way(
    service: SqliteJournal, command: Command
) -> None:
    await deliver(service)

    ended = await command("explain", "c-1")

    assert ended.status == 0
    told = [
        "Conversation c-1 of shop: sent",
        f"Sent at {AT} as {message_id(closed().key)}, and Segment answered {ANSWER}.",
        "To do: If a destination does not have it",
        "#1 CONVERSATION/CLOSED",
        f"{AT}  Gladly   happened",
        f"{AT}  webhook  received   event CLOSED-c-1",
        "fetched    conversation c-1 from gladly",
        "fetched    customer_profile u-1 from memory, 12 s old",
        f"{AT}  enrich   ready",
        f"{AT}  deliver  delivered  {ANSWER}",
        '"userId": "u-1"',
    ]
    places = [ended.out.find(each) for each in told]
    assert -1 not in places, ended.out
    assert places == sorted(places)


async def test_a_delivered_event_as_json(service: SqliteJournal, command: Command) -> None:
    await receive(service)
    await make_ready(service, EVENT, MappingNote.PHONE_NOT_A_NUMBER)

    ended = await command("explain", "c-1", "--json")

    answer = {
        "verdict": "about_to_be_sent",
        "why": "Not sent yet, but it is next: it goes with the next batch to Segment.",
        "todo": "",
    }
    event = {
        "number": 1,
        "eventType": "CONVERSATION/CLOSED",
        "eventId": closed().event_id,
        "occurredAt": AT,
        "receivedAt": AT,
        "source": "webhook",
        "state": "ready",
        "reason": "",
        "detail": "",
        "messageId": message_id(closed().key),
        "answer": answer,
        "fetched": [
            {"resource": "conversation", "id": "c-1", "origin": "gladly", "ageS": 0.0, "found": True},
            {"resource": "customer_profile", "id": "u-1", "origin": "memory", "ageS": 12.3, "found": True},
        ],
        "attempts": [{"at": AT, "by": "enrich", "outcome": "ready", "reason": "", "detail": "", "dueAt": None}],
        "notes": ["phone_not_a_number"],
        "contentKept": True,
        "received": json.loads(closed().body),
        "event": json.loads(EVENT),
    }
    assert ended.documents == [{"organization": SHOP, "conversation": "c-1", "answer": answer, "events": [event]}]


async def test_an_event_of_a_type_without_a_track_event_is_told(service: SqliteJournal, command: Command) -> None:
    await receive(service, taken_in(conversation_event("REOPENED")))

    ended = await command("explain", "c-1")

    assert ended.status == 0
    assert "only events were received that lead to no track event: CONVERSATION/REOPENED (1)." in ended.out


async def test_a_deleted_customer_is_told(service: SqliteJournal, command: Command) -> None:
    await suppress(service)

    ended = await command("explain", "c-1")

    assert "because its customer was deleted in Gladly" in ended.out
    assert "fetched customer_profile u-1: Gladly does not have it (404)" in " ".join(ended.out.split())


async def test_a_dead_letter_is_told_with_what_to_do(service: SqliteJournal, command: Command) -> None:
    await park(service)

    ended = await command("explain", "c-1")

    remedy = REMEDIES[ParkCause.REQUEST_REFUSED]
    assert f"it is a dead letter, request_refused (HTTP 400). {remedy.meaning}" in ended.out
    assert f"To do: {remedy.action} Retry it with: gladly-segment dead retry 1" in ended.out


async def test_an_event_that_waits_is_told_with_the_time_of_its_next_attempt(
    service: SqliteJournal, command: Command
) -> None:
    await defer(service)

    ended = await command("explain", "c-1")

    assert "HTTP 503" in ended.out
    assert "again at 2026-03-01T12:00:02.000Z" in ended.out
    assert "waits for its turn to be looked up at Gladly: 0 events are before it" in ended.out
    [document] = (await command("explain", "c-1", "--json")).documents
    assert [each["dueAt"] for each in document["events"][0]["attempts"]] == ["2026-03-01T12:00:02.000Z"]


async def test_a_narrow_terminal_cuts_nothing_off(
    service: SqliteJournal, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    await defer(service, "Gladly answered 503: Service Unavailable")

    ended = await command("explain", "c-1")

    assert "Service Unavailable, again at 2026-03-01T12:00:02.000Z" in " ".join(ended.out.split())
    assert "\N{HORIZONTAL ELLIPSIS}" not in ended.out


async def test_all_events_of_a_conversation_are_told_in_order(service: SqliteJournal, command: Command) -> None:
    await receive(service, taken_in(conversation_event("CLOSED")))
    await receive(service, taken_in(conversation_event("CLOSED", "another")))
    await receive(service, taken_in(conversation_event("REOPENED")))
    await receive(service, taken_in(conversation_event("CREATED")))

    [document] = (await command("explain", "c-1", "--json")).documents

    assert [(each["number"], each["eventType"]) for each in document["events"]] == [
        (1, "CONVERSATION/CLOSED"),
        (3, "CONVERSATION/REOPENED"),
        (4, "CONVERSATION/CREATED"),
    ]


async def test_each_event_of_several_is_told_with_its_own_answer(service: SqliteJournal, command: Command) -> None:
    await deliver(service, taken_in(conversation_event("CREATED")))
    await park(service)

    ended = await command("explain", "c-1")

    told = [
        "1 of 2 events were sent. #2 (CONVERSATION/CLOSED): Not sent: it is a dead letter",
        "#1 CONVERSATION/CREATED",
        f"Sent at {AT}",
        "#2 CONVERSATION/CLOSED",
        "Not sent: it is a dead letter",
    ]
    places = [ended.out.rfind(each) for each in told]
    assert -1 not in places, ended.out
    assert places == sorted(places)


async def test_a_conversation_of_two_organizations_is_told_of_each(service: SqliteJournal, command: Command) -> None:
    await receive(service, taken_in(conversation_event("CLOSED")))
    await receive(service, taken_in(conversation_event("CLOSED"), organization=OTHER_SHOP))

    documents = (await command("explain", "c-1", "--json")).documents

    assert [(each["organization"], len(each["events"])) for each in documents] == [(SHOP, 1), (OTHER_SHOP, 1)]


async def test_an_organization_restricts(service: SqliteJournal, command: Command) -> None:
    await receive(service, taken_in(conversation_event("CLOSED")))
    await receive(service, taken_in(conversation_event("CLOSED"), organization=OTHER_SHOP))

    documents = (await command("explain", "c-1", "--json", "--organization", OTHER_SHOP)).documents

    assert [each["organization"] for each in documents] == [OTHER_SHOP]
    assert (await command("explain", "c-1", "--organization", "nobody")).status == 1


async def test_a_webhook_of_several_lines_is_one_line(service: SqliteJournal, command: Command) -> None:
    body = msgspec.json.format(conversation_event("CLOSED"), indent=2)
    assert b"\n" in body
    await receive(service, taken_in(body))

    ended = await command("explain", "c-1", "--json")

    [document] = ended.documents
    assert [each["received"] for each in document["events"]] == [json.loads(body)]


async def test_a_track_event_that_is_no_json_is_shown_as_it_is(service: SqliteJournal, command: Command) -> None:
    await park(service, cause=ParkCause.PAYLOAD_UNREADABLE, payload=b'{"event": "x')

    assert '{"event": "x' in (await command("explain", "c-1")).out
    [document] = (await command("explain", "c-1", "--json")).documents
    assert document["events"][0]["event"] == '{"event": "x'


async def test_bytes_that_are_no_text_do_not_get_out(service: SqliteJournal, command: Command) -> None:
    body = conversation_event("CLOSED").replace(b'"inboxId":"i-1"', b'"inboxId":"\xff"')
    assert b"\xff" in body
    await receive(service, taken_in(body))

    [document] = (await command("explain", "c-1", "--json")).documents

    assert "\N{REPLACEMENT CHARACTER}" in document["events"][0]["received"]


@pytest.mark.parametrize("text", ["[/]", "[bold]loud[/bold]", "[/nothing]", "[link=x]"])
async def test_what_comes_from_outside_is_no_markup(service: SqliteJournal, command: Command, text: str) -> None:
    event = {"id": f"id {text}", "type": f"TYPE/{text}", "content": {"conversationId": "c-1"}}
    await receive(service, taken_in(msgspec.json.encode(event), at=START))
    await defer(service, detail=f"detail {text}")

    ended = await command("explain", "c-1")

    assert ended.status == 0
    for shown in (f"TYPE/{text}", f"event id {text}", f"detail {text}"):
        assert shown in ended.out


async def test_explaining_writes_nothing(service: SqliteJournal, command: Command, data_dir: Path) -> None:
    await park(service)
    before = content(data_dir)

    await command("explain", "c-1")
    await command("explain", "c-1", "--json")

    assert content(data_dir) == before


async def test_where_there_is_no_journal_it_says_so(command: Command) -> None:
    assert "there is no journal in" in (await command("explain", "c-1")).complaint
