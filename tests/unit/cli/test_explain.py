"""`gladly-segment explain`: what became of a conversation, beside a running service."""

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
from tests.unit.cli.lives import EVENT, closed, defer, deliver, make_ready, park, receive, suppress
from tests.unit.journals.beside import content

# Its guard against a forgotten `app([])`: here the arguments are those of the process, as they shall be.
pytestmark = pytest.mark.filterwarnings("ignore:Cyclopts application invoked without tokens:UserWarning")

AT: Final = "2026-03-01T12:00:00.000Z"


async def test_of_a_conversation_never_received_it_says_why_that_may_be(
    service: SqliteJournal, command: Command
) -> None:
    ended = await command("explain", "c-1")

    assert ended.status == 1
    assert "Nothing was ever received of conversation c-1" in ended.out


async def test_nothing_received_is_no_document(service: SqliteJournal, command: Command) -> None:
    ended = await command("explain", "c-1", "--json")

    assert (ended.status, ended.documents) == (1, [])


async def test_a_delivered_event_is_told_with_its_payload_in_order(service: SqliteJournal, command: Command) -> None:
    await deliver(service)

    ended = await command("explain", "c-1")

    assert ended.status == 0
    name = message_id(closed().key)
    told = [
        f"{AT}  Gladly   happened",
        f"{AT}  webhook  received   event CLOSED-c-1",
        f"{AT}  enrich   ready",
        f"{AT}  deliver  delivered",
        '"userId": "u-1"',
        f"Delivered under {name}",
    ]
    places = [ended.out.find(each) for each in told]
    assert -1 not in places, ended.out
    assert places == sorted(places)


async def test_a_delivered_event_as_json(service: SqliteJournal, command: Command) -> None:
    await receive(service)
    await make_ready(service, EVENT, MappingNote.PHONE_NOT_A_NUMBER)

    ended = await command("explain", "c-1", "--json")

    assert ended.documents == [
        {
            "number": 1,
            "organization": SHOP,
            "lane": "conversation:c-1",
            "eventType": "CONVERSATION/CLOSED",
            "eventId": closed().event_id,
            "receivedAt": AT,
            "state": "ready",
            "reason": "",
            "detail": "",
            "messageId": message_id(closed().key),
            "notes": ["phone_not_a_number"],
            "received": json.loads(closed().body),
            "event": json.loads(EVENT),
            "attempts": [{"at": AT, "by": "enrich", "outcome": "ready", "reason": "", "detail": "", "dueAt": None}],
        }
    ]


async def test_an_event_of_a_type_without_a_track_event_is_told(service: SqliteJournal, command: Command) -> None:
    await receive(service, taken_in(conversation_event("REOPENED")))

    ended = await command("explain", "c-1")

    assert ended.status == 0
    assert "CONVERSATION/REOPENED" in ended.out
    assert "Ignored, type_not_mapped" in ended.out


async def test_a_deleted_customer_is_told(service: SqliteJournal, command: Command) -> None:
    await suppress(service)

    ended = await command("explain", "c-1")

    assert "Suppressed, customer_deleted" in ended.out


async def test_a_dead_letter_is_told_with_what_to_do(service: SqliteJournal, command: Command) -> None:
    await park(service)

    ended = await command("explain", "c-1")

    remedy = REMEDIES[ParkCause.REQUEST_REFUSED]
    assert f"Parked, request_refused (HTTP 400): {remedy.meaning} {remedy.action}" in ended.out


async def test_an_event_that_waits_is_told_with_the_time_of_its_next_attempt(
    service: SqliteJournal, command: Command
) -> None:
    await defer(service)

    ended = await command("explain", "c-1")

    assert "HTTP 503" in ended.out
    assert "again at 2026-03-01T12:00:02.000Z" in ended.out
    assert "Waiting as received, 1 failed attempts; last trouble: HTTP 503" in ended.out
    [document] = (await command("explain", "c-1", "--json")).documents
    assert [each["dueAt"] for each in document["attempts"]] == ["2026-03-01T12:00:02.000Z"]


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

    documents = (await command("explain", "c-1", "--json")).documents

    assert [(each["number"], each["eventType"]) for each in documents] == [
        (1, "CONVERSATION/CLOSED"),
        (3, "CONVERSATION/REOPENED"),
        (4, "CONVERSATION/CREATED"),
    ]


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

    assert [each["received"] for each in ended.documents] == [json.loads(body)]


async def test_a_track_event_that_is_no_json_is_shown_as_it_is(service: SqliteJournal, command: Command) -> None:
    await park(service, cause=ParkCause.PAYLOAD_UNREADABLE, payload=b'{"event": "x')

    assert '{"event": "x' in (await command("explain", "c-1")).out
    [document] = (await command("explain", "c-1", "--json")).documents
    assert document["event"] == '{"event": "x'


async def test_bytes_that_are_no_text_do_not_get_out(service: SqliteJournal, command: Command) -> None:
    body = conversation_event("CLOSED").replace(b'"inboxId":"i-1"', b'"inboxId":"\xff"')
    assert b"\xff" in body
    await receive(service, taken_in(body))

    [document] = (await command("explain", "c-1", "--json")).documents

    assert "\N{REPLACEMENT CHARACTER}" in document["received"]


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
