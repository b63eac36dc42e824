"""One event is shown with everything that befell it; its JSON twin says the same."""

import asyncio
import html
import re

import msgspec
import pytest

from gladly_segment.core.ids import MessageId, Seq
from gladly_segment.core.lifecycle import State
from gladly_segment.core.records import MadeReady, MappingNote
from gladly_segment.debugger.event.track import MOST_ROWS
from gladly_segment.debugger.json_text import LONGEST_READ
from tests.support.desk import OTHER_SHOP, Answer, Desk
from tests.support.histories import ANSWER, after, attempt, received, sent, track_event
from tests.support.receipts import profile_event
from tests.unit.debugger.event.conftest import JournalAndGladly

XSS = "<img src=x onerror=alert(1)>\"'"


def said_in(text: str, element: str) -> str:
    """What an element says, as a browser reads it."""
    as_read = text.replace("\r\n", "\n").replace("\r", "\n")
    inside = as_read.partition(f'id="{element}">')[2].partition("</code>")[0]
    return html.unescape(re.sub(r"<[^>]*>", "", inside))


async def test_the_twin_has_the_event_its_way_and_why(desk: Desk) -> None:
    answered = await desk.get("/events/1.json")

    assert answered.status == 200
    whole = answered.json
    assert whole["organization"] == "shop"
    assert whole["conversation"] == "c-1"
    assert whole["customers"] == ["u-1"]
    assert whole["name"] == "Gladly Conversation Closed"
    event = whole["event"]
    assert (event["number"], event["state"], event["messageId"]) == (1, "delivered", "gladly-1")
    assert [(each["resource"], each["origin"], each["ageS"]) for each in event["fetched"]] == [
        ("conversation", "gladly", 0.0),
        ("customer_profile", "memory", 12.3),
    ]
    assert [each["outcome"] for each in event["attempts"]] == ["ready", "delivered"]
    assert event["answer"]["verdict"] == "sent"
    assert event["event"] == msgspec.json.decode(track_event())


async def test_the_page_tells_what_happened(desk: Desk) -> None:
    page = (await desk.get("/events/1")).text

    assert "Gladly Conversation Closed" in page
    assert "1.0 s after it occurred" in page
    assert ANSWER in page
    assert "a call to Gladly" in page
    assert "memory" in page
    assert 'href="/conversations/shop/c-1"' in page
    assert 'href="/events?q=u-1&amp;organization=shop"' in page
    assert "gladly-segment explain c-1 --organization shop" in page


async def test_what_was_left_out_is_told(desk: Desk, watched: JournalAndGladly) -> None:
    watched.receipts[1] = sent(payload=track_event(phone=None), notes=(MappingNote.PHONE_NOT_A_NUMBER,))

    page = (await desk.get("/events/1")).text

    assert "The phone number was left out" in page
    assert re.search(r"phone</th><td><span class=\"none\">could not be sent", page)


async def test_a_property_that_the_customer_does_not_have_is_told_apart(desk: Desk, watched: JournalAndGladly) -> None:
    watched.receipts[1] = sent(payload=track_event(email=None))

    assert re.search(r"email</th><td><span class=\"none\">not in the event", (await desk.get("/events/1")).text)


async def test_of_what_is_there_nothing_is_missed(desk: Desk) -> None:
    assert "not in the event" not in (await desk.get("/events/1")).text


async def test_after_a_merge_both_customers_are_named(desk: Desk, watched: JournalAndGladly) -> None:
    payload = track_event().replace(b'"userId":"u-1"', b'"userId":"survivor"')
    watched.receipts[1] = sent(payload=payload)

    assert (await desk.get("/events/1.json")).json["customers"] == ["u-1", "survivor"]


async def test_a_dead_letter_says_what_to_do(desk: Desk, watched: JournalAndGladly) -> None:
    parked = attempt(3, "deliver", "parked", reason="event_too_large", detail="40000 bytes")
    watched.receipts[1] = sent(state=State.PARKED, reason="event_too_large", detail="40000 bytes", attempts=(parked,))

    page = (await desk.get("/events/1")).text

    assert "Make the customer&#39;s custom attributes smaller" in page
    assert 'href="/dead?organization=shop"' in page


async def test_what_waits_says_when_it_goes_on(desk: Desk, watched: JournalAndGladly) -> None:
    failed = attempt(2, "enrich", "deferred", detail="answered 503", due_at=after(60))
    watched.receipts[1] = received(attempts=(failed,), attempts_failed=1, due_at=after(60), detail="answered 503")

    page = (await desk.get("/events/1")).text

    assert "answered 503" in page
    assert page.count("2026-03-01 12:01:00.000 UTC") == 3
    assert "There is none yet" in page


async def test_content_that_is_no_longer_kept_is_missed_plainly(desk: Desk, watched: JournalAndGladly) -> None:
    watched.receipts[1] = sent(body=b"", payload=b"", fetched=())

    page = (await desk.get("/events/1")).text

    assert "is no longer kept" in page
    assert "content_retention_days" in page
    assert 'href="/conversations/shop/c-1"' in page
    assert "/compare" not in page
    twin = (await desk.get("/events/1.json")).json
    assert twin["event"]["contentKept"] is False
    assert (twin["conversation"], twin["customers"]) == ("c-1", [])


async def test_an_event_of_no_conversation_leads_to_none(desk: Desk, watched: JournalAndGladly) -> None:
    watched.receipts[1] = received(
        event_type="CUSTOMER_PROFILE/UPDATED",
        lane="customer:u-1",
        state=State.IGNORED,
        reason="profile_change_noted",
        body=profile_event("UPDATED"),
    )

    page = (await desk.get("/events/1")).text

    assert "/conversations/" not in page
    assert "No track event belongs to CUSTOMER_PROFILE/UPDATED" in page


@pytest.mark.parametrize("number", ["2", "0", "-1", "1.5", "one", "99999999999999999999", "١"])
@pytest.mark.parametrize("twin", ["", ".json"])
async def test_a_number_that_nothing_has_is_told(desk: Desk, number: str, twin: str) -> None:
    answered = await desk.get(f"/events/{number}{twin}")

    assert (answered.status, answered.code) == (404, "no_such_event")


@pytest.mark.parametrize("name", ["customerName", "email", "phone", "agentName", XSS])
async def test_what_customers_write_is_text_on_the_page(desk: Desk, watched: JournalAndGladly, name: str) -> None:
    payload = track_event(**{name: XSS}, customAttributes={XSS: XSS, "deep": {XSS: [XSS]}})
    bad = attempt(1, "enrich", "ready", detail=XSS)
    watched.receipts[1] = sent(payload=payload, body=msgspec.json.encode(XSS), attempts=(bad,), event_id=XSS)
    watched.now = MadeReady(Seq(1), track_event(customAttributes={XSS: "new"}), MessageId("gladly-1"))

    for page in (await desk.get("/events/1")).text, (await compared(desk)).text:
        assert "onerror" in page
        assert "<img" not in page


async def compared(desk: Desk) -> Answer:
    token = (await desk.get("/events/1")).form_token
    return await desk.post("/events/1/compare", {"Sec-Fetch-Site": "same-origin"}, form_token=token)


@pytest.mark.parametrize(
    "attributes",
    [
        b'{"n":123456789012345678901234567890.10,"m":9007199254740993,"n":1}',
        b'{\r\n  "a" : "b",\r\n\t"c" : [ 1 , 2 ]\r\n}',
        '{"é":"\\u00e9 & <b>&amp;</b>","":"\U0001f600"}'.encode(),
        b"{" + b",".join(b'"k%d":%d' % (n, n) for n in range(10_000)) + b"}",
        b'{"deep":' + b"[" * 500 + b"]" * 500 + b"}",
        b'{"long":"' + b"x" * 30_000 + b'"}',
        b'{"' + b"y" * 600_000 + b'":" ' + b'"}',
    ],
    ids=["numbers and doubles", "white space", "escapes", "10 000 keys", "nested", "32 kB", "600 kB"],
)
async def test_raw_is_what_is_sent_byte_for_byte(desk: Desk, watched: JournalAndGladly, attributes: bytes) -> None:
    payload = track_event(customAttributes="HERE").replace(b'"HERE"', attributes)
    watched.receipts[1] = sent(payload=payload, body=payload)

    page = (await desk.get("/events/1")).text

    assert said_in(page, "raw-text").encode() == payload
    assert said_in(page, "body-text").encode() == payload
    assert f"{len(payload)} bytes" in page
    assert "Not all of it is UTF-8" not in page


async def test_more_properties_than_anybody_reads_are_in_raw_alone(desk: Desk, watched: JournalAndGladly) -> None:
    watched.receipts[1] = sent(payload=track_event(customAttributes={f"k{n}": n for n in range(MOST_ROWS)}))

    page = (await desk.get("/events/1")).text

    assert page.count('<tr class="attribute">') < MOST_ROWS
    assert re.search(r"\d+ more properties are in Raw", page)


async def test_an_event_too_large_to_be_read_is_in_raw_alone(desk: Desk, watched: JournalAndGladly) -> None:
    watched.receipts[1] = sent(payload=track_event(customAttributes={"text": "x" * LONGEST_READ}))

    assert "It is too large to be read here" in (await desk.get("/events/1")).text


async def test_what_is_no_utf_8_is_told(desk: Desk, watched: JournalAndGladly) -> None:
    watched.receipts[1] = sent(payload=track_event(customerName="HERE").replace(b"HERE", b"\xff"))

    page = (await desk.get("/events/1")).text

    assert "Not all of it is UTF-8" in page


@pytest.mark.parametrize("name", ["Ann", 'O\'Neil "$(id)" `id` $HOME \\ !!', "\n'\r"])
async def test_the_curl_command_sends_the_very_event(desk: Desk, watched: JournalAndGladly, name: str) -> None:
    payload = track_event(customerName=name, customAttributes="HERE").replace(b'"HERE"', b"{\r\n\t}")
    watched.receipts[1] = sent(payload=payload)

    command = said_in((await desk.get("/events/1")).text, "curl-text")

    assert "https://events.eu1.segmentapis.com/v1/batch" in command
    assert '-u "$WRITE_KEY:"' in command
    shell = f'curl() {{ for last; do :; done; printf %s "$last"; }}; {command}'
    process = await asyncio.create_subprocess_exec("/bin/sh", "-c", shell, stdout=asyncio.subprocess.PIPE)
    body, _ = await process.communicate()
    assert payload in body
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z", msgspec.json.decode(body)["sentAt"])


async def test_an_organization_that_is_not_served_has_no_address_in_the_command(
    desk: Desk, watched: JournalAndGladly
) -> None:
    watched.receipts[1] = sent(organization=OTHER_SHOP)

    page = (await desk.get("/events/1")).text

    assert "$SEGMENT" in said_in(page, "curl-text")
    assert "The organization other-shop is not served any more" in page
