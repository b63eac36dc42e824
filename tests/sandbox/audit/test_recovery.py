"""What no webhook told of, and what the service was to find by itself."""

from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import msgspec
import pytest
from msgspec.structs import replace

from gladly_segment.sandbox.audit import AuditReport, Finding, GladlyBooks, Recovery, SegmentBooks, audit
from gladly_segment.sandbox.audit.books import Conversation, Deletion, Delivery, Stored
from gladly_segment.sandbox.gladly.options import GladlyOptions
from gladly_segment.sandbox.gladly.server import start_gladly

EVERYTHING = Recovery()
NOBODY = aiohttp.ClientConnectorError.__name__


def at(second: float) -> datetime:
    return datetime(2024, 5, 1, 8, tzinfo=UTC) + timedelta(seconds=second)


def untold(gladly: GladlyBooks, *event_ids: str) -> GladlyBooks:
    """The books with no delivery of these events; without any, of none."""
    left = tuple(each for each in gladly.deliveries if event_ids and each.event_id not in event_ids)
    return replace(gladly, deliveries=left)


def without(segment: SegmentBooks, *message_ids: str) -> SegmentBooks:
    return replace(segment, stored=tuple(each for each in segment.stored if each.message_id not in message_ids))


def stored_as(segment: SegmentBooks, *message_ids: str) -> SegmentBooks:
    """The books with the events stored in this order."""
    by_id = {each.message_id: each for each in segment.stored}
    order = enumerate(message_ids, start=1)
    return replace(segment, stored=tuple(replace(by_id[each], seq=seq) for seq, each in order))


def altered(segment: SegmentBooks, message_id: str, **fields: Any) -> SegmentBooks:
    def alter(stored: Stored) -> Stored:
        return replace(stored, event=stored.event | fields) if stored.message_id == message_id else stored

    return replace(segment, stored=tuple(map(alter, segment.stored)))


def with_customer_deleted(gladly: GladlyBooks, second: float) -> GladlyBooks:
    deletion = Deletion(customer_id="u1", at=at(second))
    return replace(gladly, deletions=(deletion,), customers=(), conversations=())


def judge(
    gladly: GladlyBooks, segment: SegmentBooks, recovered: Recovery | None = EVERYTHING, **settled: int
) -> AuditReport:
    return audit(gladly, segment, {("suppressed", reason): n for reason, n in settled.items()}, recovered=recovered)


def ids(findings: tuple[Finding, ...]) -> list[str]:
    return [finding.id for finding in findings]


def test_what_was_recovered_is_accepted(gladly: GladlyBooks, segment: SegmentBooks) -> None:
    report = judge(untold(gladly), segment)

    assert report == AuditReport(played=4, accepted=4, suppressed={}, expected_suppressed=0, deduplicated=0)
    assert report.ok


@pytest.mark.parametrize(("message_id", "event_id"), [("m1", "e1"), ("m3", "e3"), ("m4", "e4")])
def test_what_was_not_recovered_is_lost(
    gladly: GladlyBooks, segment: SegmentBooks, message_id: str, event_id: str
) -> None:
    books = without(segment, message_id)

    report = judge(untold(gladly), books)

    assert ids(report.lost) == [event_id]
    assert not report.ok
    assert ids(judge(untold(gladly), books, None).not_delivered) == [event_id], "nobody was to recover it"


def test_what_was_recovered_twice_is_doubled(gladly: GladlyBooks, segment: SegmentBooks) -> None:
    twin = replace(segment.stored[0], seq=5, event={**segment.stored[0].event, "messageId": "m9"})

    report = judge(untold(gladly), replace(segment, stored=(*segment.stored, twin)))

    assert ids(report.doubled) == ["m9"]
    assert not report.ok


@pytest.mark.parametrize(
    "fields", [{"userId": "u2"}, {"originalTimestamp": "2024-05-01T08:00:10.000Z"}, {"properties": {}}]
)
def test_what_was_recovered_must_be_true(gladly: GladlyBooks, segment: SegmentBooks, fields: dict[str, Any]) -> None:
    if "properties" in fields:
        fields = {"properties": {**segment.stored[1].properties, "topicIds": []}}

    report = judge(untold(gladly), altered(segment, "m2", **fields))

    assert set(ids(report.unfaithful)) == {"m2"}
    assert not report.ok


def test_the_recovered_of_one_conversation_are_in_order(gladly: GladlyBooks, segment: SegmentBooks) -> None:
    report = judge(untold(gladly), stored_as(segment, "m2", "m3", "m1", "m4"))

    assert ids(report.out_of_order) == ["e1", "e1"]
    assert not report.ok


def test_beside_what_a_webhook_told_of_the_recovered_may_come_at_any_time(
    gladly: GladlyBooks, segment: SegmentBooks
) -> None:
    assert judge(untold(gladly, "e1"), stored_as(segment, "m2", "m3", "m1", "m4")).ok


@pytest.mark.parametrize("span", [Recovery(end=at(30)), Recovery(start=at(0), end=at(30))])
def test_beyond_the_span_nothing_is_demanded(gladly: GladlyBooks, segment: SegmentBooks, span: Recovery) -> None:
    report = judge(untold(gladly), without(segment, "m4"), span)

    assert ids(report.not_delivered) == ["e4"]
    assert report.ok


def test_the_spans_start_is_within_and_its_end_is_not(gladly: GladlyBooks, segment: SegmentBooks) -> None:
    none = without(segment, "m1", "m2", "m3", "m4")

    report = judge(untold(gladly), none, Recovery(start=at(10), end=at(30)))

    assert (ids(report.lost), ids(report.not_delivered)) == (["e2", "e3"], ["e1", "e4"])


@pytest.mark.parametrize("lost", ["Lost", NOBODY])
def test_a_webhook_that_reached_nobody_told_of_nothing(gladly: GladlyBooks, segment: SegmentBooks, lost: str) -> None:
    attempt = Delivery(event_id="e4", started_at=at(30), ended_at=at(30), error=lost)
    books = replace(untold(gladly, "e4"), deliveries=(*untold(gladly, "e4").deliveries, attempt))

    assert judge(books, segment).ok
    assert ids(judge(books, without(segment, "m4")).lost) == ["e4"]
    assert ids(judge(books, without(segment, "m4"), None).not_delivered) == ["e4"]


class TestGone:
    BEGAN = Recovery(began_at=at(100))

    @pytest.mark.parametrize("suppressed", [0, 3, 4])
    def test_before_it_began_it_may_be_unheard_of_or_suppressed(self, gladly: GladlyBooks, suppressed: int) -> None:
        books, none = untold(with_customer_deleted(gladly, 50)), SegmentBooks(stored=(), duplicates=(), dropped=())

        report = judge(books, none, self.BEGAN, customer_deleted=suppressed)

        assert report.ok
        assert (report.untold, report.expected_suppressed) == (4, 0)

    def test_more_suppressions_than_occurrences_are_unexplained(self, gladly: GladlyBooks) -> None:
        books, none = untold(with_customer_deleted(gladly, 50)), SegmentBooks(stored=(), duplicates=(), dropped=())

        assert ids(judge(books, none, self.BEGAN, customer_deleted=5).unexplained) == ["suppressed"]

    def test_and_must_not_be_stored(self, gladly: GladlyBooks, segment: SegmentBooks) -> None:
        books = untold(with_customer_deleted(gladly, 50))

        report = judge(books, without(segment, "m1", "m2", "m3"), self.BEGAN)

        assert ids(report.unfaithful) == ["m4"]
        assert not report.ok

    @pytest.mark.parametrize("missing", [(), ("m4",), ("m1", "m2", "m3", "m4")])
    def test_meanwhile_anything_goes(
        self, gladly: GladlyBooks, segment: SegmentBooks, missing: tuple[str, ...]
    ) -> None:
        report = judge(untold(with_customer_deleted(gladly, 150)), without(segment, *missing), self.BEGAN)

        assert report.ok
        assert report.untold == len(missing)


def test_what_is_not_wanted_must_be_suppressed_when_it_is_recovered(gladly: GladlyBooks, segment: SegmentBooks) -> None:
    closings = without(segment, "m1", "m4")

    def judged(suppressed: int) -> AuditReport:
        settled = {("suppressed", "event_not_wanted"): suppressed}
        return audit(untold(gladly), closings, settled, unwanted={"CREATED"}, recovered=EVERYTHING)

    assert judged(2).ok
    assert ids(judged(1).unexplained) == ["suppressed"]


def test_the_recovered_have_the_integrations_that_were_asked_for(gladly: GladlyBooks, segment: SegmentBooks) -> None:
    asked = Recovery(integrations={"All": False})
    books = untold(gladly, "e1")

    assert judge(books, altered(segment, "m1", integrations={"All": False}), asked).ok
    assert ids(judge(books, segment, asked).unfaithful) == ["m1"]
    assert ids(judge(books, altered(segment, "m1", integrations={"All": False})).unfaithful) == ["m1"]


def test_a_recovered_closing_is_not_taken_for_one_that_a_webhook_told_of(
    gladly: GladlyBooks, segment: SegmentBooks
) -> None:
    told_late = Delivery(event_id="e3", started_at=at(20), ended_at=at(20.1), status=200)
    books = replace(untold(gladly), deliveries=(told_late,))

    assert judge(books, segment).latencies_ms == (1000.0,)


def test_a_conversation_of_the_past_had_topics_from_the_start(gladly: GladlyBooks, segment: SegmentBooks) -> None:
    no_topic_was_played = tuple(each for each in gladly.events if "TOPIC" not in each.type)
    books = replace(untold(gladly), events=no_topic_was_played)
    seeded = Conversation(id="c1", agent_id="a1", topic_ids=("t1",))

    assert judge(replace(books, seeded=(seeded,)), segment).ok
    assert set(ids(judge(books, segment).unfaithful)) == {"m2", "m3"}
    assert judge(replace(books, events=()), segment).ok, "nothing was played: what it is now it always was"


@pytest.fixture
async def played() -> bytes:
    """The ledger of a past that was taken in, and of nothing else."""
    past = {"since": "2024-01-01T00:00:00Z", "until": "2024-02-01T00:00:00Z", "conversations": 300, "customers": 120}
    shares = {"reopened": 0.3, "unclosed": 0.1, "merged": 0.2, "deleted": 0.1}
    async with (
        await start_gladly(GladlyOptions()) as sandbox,
        aiohttp.ClientSession(f"{sandbox.url}/control/") as http,
    ):
        for kind, body in (
            ("agents", {"name": "Ann", "emailAddress": "a@shop.example"}),
            ("topics", {"name": "Refund"}),
        ):
            async with http.post(kind, json=body) as answer:
                assert answer.status == 201
        async with http.post("past", json={**past, **shares}) as answer:
            assert answer.status == 201
        async with http.get("ledger") as answer:
            return await answer.read()


def stored_for(ledger: Any, occurrence: Any, seq: int) -> Any:
    """What Segment shows of an occurrence that was mapped as the reference has it; None when it has gone."""
    conversation = next((each for each in ledger["conversations"] if each["id"] == occurrence["conversationId"]), None)
    if conversation is None:
        return None
    customer = next(each for each in ledger["customers"] if each["id"] == conversation["customerId"])
    closed = occurrence["kind"] == "CLOSED"
    agent = {"agentId": conversation["agentId"], "agentName": "Ann"} if "agentId" in conversation else {}
    properties = {
        "conversationId": conversation["id"],
        "status": "CLOSED" if closed else "OPEN",
        "customerName": customer["name"],
        "email": customer["emails"][0]["normalized"],
        "phone": customer["phones"][0]["normalized"],
        "customAttributes": customer["customAttributes"],
        **agent,
        **({"topicIds": conversation.get("topicIds", [])} if closed else {}),
    }
    event = {
        "type": "track",
        "event": f"Gladly Conversation {occurrence['kind'].capitalize()}",
        "messageId": occurrence["eventId"],
        "userId": customer["id"],
        "originalTimestamp": conversation["createdAt"],
        "timestamp": conversation["createdAt"],
        "receivedAt": "2024-03-01T00:00:00.000Z",
        "integrations": {},
        "context": {"library": {"name": "unknown", "version": "unknown"}},
        "properties": properties,
    }
    return {"seq": seq, "receivedAt": "2024-03-01T00:00:00.000Z", "event": event}


def test_a_whole_past_is_judged(played: bytes) -> None:
    ledger = msgspec.json.decode(played)
    events = [stored_for(ledger, each, seq) for seq, each in enumerate(ledger["occurrences"], start=1)]
    segment = msgspec.convert({"stored": [e for e in events if e], "duplicates": [], "dropped": []}, SegmentBooks)
    gladly = msgspec.json.decode(played, type=GladlyBooks)
    began = Recovery(began_at=datetime(2024, 2, 1, tzinfo=UTC))

    report = judge(gladly, segment, began)
    lacking = judge(gladly, replace(segment, stored=segment.stored[1:]), began)
    astray = judge(gladly, altered(segment, segment.stored[0].message_id, userId="nobody"), began)

    assert report.ok
    assert report.played == report.accepted + report.untold > report.accepted > 400
    assert len(lacking.lost) == 1
    assert len(astray.unfaithful) == 1
