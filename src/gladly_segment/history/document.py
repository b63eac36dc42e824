"""An event as the history keeps it: made of a receipt, and of nothing else."""

import re
from collections.abc import Iterator
from hashlib import sha256
from typing import Any, Final, cast

import msgspec

from gladly_segment.core.lifecycle import unsettled
from gladly_segment.core.moments import to_ms
from gladly_segment.history.words import without_country_code, words_of
from gladly_segment.mapping.intake import NotAnEvent, WireContent, read_event
from gladly_segment.ports.receipts import Standing

MARK: Final = "\ue000"
"""Begins what is no word: such letters are dropped from words."""

SLOWER_THAN_MS: Final = (100, 200, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000, 300_000, 1_800_000, 7_200_000)
"""An event is marked with each of these that it took longer than."""

_MOST_TEXTS: Final = 50
_LONGEST_TEXT: Final = 200
_CONVERSATION: Final = "conversation:"
_SMALL: Final = re.compile(r"[a-z0-9_./-]{1,60}")
_CAPITAL: Final = re.compile(r"[A-Z0-9_./-]{1,60}")


class Kind(msgspec.Struct, frozen=True):
    """What many events have in common."""

    organization: str
    source: str
    event_type: str
    event: str
    state: str
    reason: str


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """One event. Times are milliseconds since 1970; `texts` is what else it can be found by, one text a line."""

    seq: int
    kind: Kind
    received_ms: int
    occurred_ms: int | None
    ended_ms: int | None
    attempts: int
    customer: str
    customer_name: str
    conversation: str
    message_id: str
    event_id: str
    texts: str

    @property
    def latency_ms(self) -> int | None:
        """How long it took from being received to its end."""
        return None if self.ended_ms is None else max(0, self.ended_ms - self.received_ms)

    def words(self) -> dict[str, None]:
        """Give its words, each once."""
        found: dict[str, None] = {}
        ids = (self.event_id, self.message_id, self.conversation, self.customer)
        for text in (*ids, self.customer_name, *self.texts.split("\n")):
            found.update(dict.fromkeys(words_of(text)))
        return found

    def index_text(self) -> str:
        """Give what the index is told of it: words and marks, with blanks between them."""
        return " ".join((*self.words(), *self._marks()))

    def _marks(self) -> Iterator[str]:
        kind, latency_ms = self.kind, self.latency_ms
        yield mark_of("organization", kind.organization)
        yield mark_of("type", kind.event_type)
        yield mark_of("state", kind.state)
        if kind.reason:
            yield mark_of("reason", kind.reason)
        if latency_ms is not None:
            yield from (slower_than(each) for each in SLOWER_THAN_MS if latency_ms > each)


def mark_of(what: str, value: str) -> str:
    """Give the mark of an event with a value."""
    # The index tells no capitals from small letters.
    if _SMALL.fullmatch(value):
        return f"{MARK}{what}:{value}"
    if _CAPITAL.fullmatch(value):
        return f"{MARK}{what}={value.lower()}"
    return f"{MARK}{what}#{sha256(value.encode('utf-8', 'surrogatepass')).hexdigest()}"


def slower_than(milliseconds: int) -> str:
    """Give the mark of an event that took longer than one of the times above."""
    return f"{MARK}slower:{milliseconds}"


class _Properties(msgspec.Struct, frozen=True, rename="camel"):
    customer_name: str = ""
    email: str = ""
    phone: str = ""
    agent_id: str = ""
    agent_name: str = ""
    topic_ids: tuple[str, ...] = ()
    custom_attributes: msgspec.Raw = msgspec.Raw(b"{}")


class _Track(msgspec.Struct, frozen=True, rename="camel"):
    event: str = ""
    user_id: str = ""
    properties: _Properties = _Properties()


_NO_TRACK: Final = _Track()
_track_decoder: Final = msgspec.json.Decoder(_Track)


def document_of(receipt: Standing) -> Document:
    """Make an event of a receipt: with the content that the journal still has of it."""
    content, track = _content(receipt.body), _read_track(receipt.payload)
    customers = content.customers()
    customer = track.user_id or (customers[0] if customers else "")
    others = tuple(each for each in customers if each != customer)
    received_ms = to_ms(receipt.received_at)
    return Document(
        seq=receipt.seq,
        kind=Kind(receipt.organization, receipt.source, receipt.event_type, track.event, receipt.state, receipt.reason),
        received_ms=received_ms,
        occurred_ms=None if receipt.occurred_at is None else to_ms(receipt.occurred_at),
        ended_ms=None if unsettled(receipt.state) else max(received_ms, to_ms(receipt.entered_at)),
        attempts=receipt.attempts,
        customer=customer,
        customer_name=track.properties.customer_name,
        conversation=_conversation(receipt.lane) or content.conversation_id or "",
        message_id=receipt.message_id,
        event_id=receipt.event_id,
        texts="\n".join(_line(each) for each in (*others, *_texts(track.properties)) if each),
    )


def _conversation(lane: str) -> str:
    return lane.removeprefix(_CONVERSATION) if lane.startswith(_CONVERSATION) else ""


def _content(body: bytes) -> WireContent:
    event = read_event(body) if body else NotAnEvent.MALFORMED_JSON
    return WireContent() if isinstance(event, NotAnEvent) or event.content is None else event.content


def _read_track(payload: bytes) -> _Track:
    if not payload:
        return _NO_TRACK
    try:
        return _track_decoder.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _NO_TRACK


def _texts(properties: _Properties) -> Iterator[str]:
    yield properties.email
    yield properties.phone
    if properties.phone.startswith("+"):
        yield without_country_code(properties.phone)
    yield from (properties.agent_id, properties.agent_name)
    yield from properties.topic_ids[:_MOST_TEXTS]
    if properties.custom_attributes != b"{}":
        yield from _values(properties.custom_attributes)


def _values(attributes: msgspec.Raw) -> Iterator[str]:
    """Give texts and numbers, those in lists and objects too, as far as they are short and not too many."""
    try:
        rest: list[object] = [msgspec.json.decode(attributes)]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return
    given = 0
    while rest and given < _MOST_TEXTS:
        each = rest.pop()
        if isinstance(each, dict):
            rest += reversed(cast("dict[str, Any]", each).values())
        elif isinstance(each, list):
            rest += reversed(cast("list[Any]", each))
        elif isinstance(each, str | int | float) and not isinstance(each, bool):
            given += 1
            yield str(each)


def _line(text: str) -> str:
    return text[:_LONGEST_TEXT].replace("\n", " ")
