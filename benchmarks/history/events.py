"""Events of a few shops in ninety days, the same ones each time: any of them by its number."""

import string
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Final

import msgspec

from gladly_segment.core.ids import Lane, MessageId, OrganizationId, Seq
from gladly_segment.core.lifecycle import State
from gladly_segment.core.moments import format_moment
from gladly_segment.core.records import Source
from gladly_segment.ports.receipts import Standing

END: Final = datetime(2026, 11, 24, tzinfo=UTC)
DAYS: Final = 90
SHOPS: Final = ("acme",) * 6 + ("shop-two", "shop-three", "shop-four", "shop-five")

_LETTERS: Final = string.ascii_letters + string.digits
_NAMES: Final = Random(1)  # noqa: S311 - must be repeatable, not secret
FIRST: Final = ["Ann", "Anna", "Bob", "José", "Lee", "Maria", "Zoë"] + [
    "".join(_NAMES.choices(string.ascii_lowercase, k=_NAMES.randint(3, 8))).capitalize() for _ in range(500)
]
LAST: Final = ["Smith", "Müller", "O'Neil"] + [
    "".join(_NAMES.choices(string.ascii_lowercase, k=_NAMES.randint(4, 10))).capitalize() for _ in range(8_000)
]
DOMAINS: Final = ("gmail.com",) * 5 + ("yahoo.com", "outlook.com", "icloud.com", "shop.example", "mail.example")
TOPICS: Final = [f"topic{number:02}{'x' * 15}" for number in range(40)]


class Person(msgspec.Struct, frozen=True):
    """A customer."""

    id: str
    name: str
    email: str
    phone: str
    tier: str


def person(number: int) -> Person:
    """Give a customer by its number."""
    draw = Random(number * 7 + 1)  # noqa: S311
    first, last = draw.choice(FIRST), draw.choice(LAST)
    plain = f"{first}.{last}{number % 97}".lower().replace("'", "")
    return Person(
        id="".join(draw.choices(_LETTERS, k=22)),
        name=f"{first} {last}",
        email=f"{plain}@{draw.choice(DOMAINS)}",
        phone=f"+1{draw.randint(2_000_000_000, 9_999_999_999)}",
        tier=draw.choice(("basic", "basic", "basic", "gold")),
    )


def receipts(first: int, end: int, total: int) -> Iterator[Standing]:
    """Give the receipts of some places in a log of so many."""
    step = timedelta(days=DAYS) / total
    for seq in range(first, end):
        yield receipt(seq, END - timedelta(days=DAYS) + seq * step, total)


def receipt(seq: int, at: datetime, total: int) -> Standing:
    """Make one receipt."""
    draw = Random(seq)  # noqa: S311
    chance = draw.random()
    customer = person(draw.randrange(max(1, total // 10)))
    conversation = f"{customer.id[:12]}{seq // 4 % 1000:010}"
    kind = ("CREATED", "CLOSED", "CREATED", "CLOSED", "TOPIC_ADDED")[seq % 5]
    state, reason, seconds = _end(kind, chance, draw)
    sent = state in {State.DELIVERED, State.READY, State.PARKED}
    event_id = "".join(draw.choices(_LETTERS, k=22))
    return Standing(
        seq=Seq(seq),
        organization=OrganizationId(SHOPS[int(customer.phone[-1])]),
        lane=Lane(f"conversation:{conversation}"),
        event_type=f"CONVERSATION/{kind}",
        event_id=event_id,
        occurred_at=at - timedelta(seconds=1),
        received_at=at,
        entered_at=at + timedelta(seconds=seconds),
        source=Source.WEBHOOK if chance < 0.99 else Source.EVENTS_API,
        state=state,
        reason=reason,
        attempts=0,
        message_id=MessageId(f"gladly-{draw.getrandbits(160):040x}" if sent else ""),
        body=(
            f'{{"id":"{event_id}","type":"CONVERSATION/{kind}","timestamp":"{format_moment(at)}","content":'
            f'{{"conversationId":"{conversation}","customerId":"{customer.id}"}}}}'
        ).encode(),
        payload=_payload(kind, customer, conversation, draw) if sent else b"",
    )


def _end(kind: str, chance: float, draw: Random) -> tuple[State, str, float]:
    if kind == "TOPIC_ADDED":
        return State.IGNORED, "type_not_mapped", 0.0
    if chance < 0.001:
        return State.PARKED, draw.choice(("event_too_large", "vendor_unavailable")), 60.0
    if chance < 0.006:
        return State.SUPPRESSED, "customer_deleted", 0.5
    return State.DELIVERED, "", draw.lognormvariate(-1.0, 1.0) * (300 if chance > 0.999 else 1)


def _payload(kind: str, customer: Person, conversation: str, draw: Random) -> bytes:
    properties: dict[str, object] = {
        "agentId": f"agent{draw.randrange(200):017}",
        "agentName": f"{FIRST[draw.randrange(200)]} Agent",
        "conversationId": conversation,
        "customerName": customer.name,
        "email": customer.email,
        "phone": customer.phone,
        "customAttributes": {"tier": customer.tier, "orders": draw.randrange(50)},
        "status": "OPEN",
    }
    if kind == "CLOSED":
        properties["topicIds"] = draw.sample(TOPICS, 2)
    event = f"Gladly Conversation {kind.capitalize()}"
    return msgspec.json.encode({"event": event, "properties": properties, "type": "track", "userId": customer.id})
