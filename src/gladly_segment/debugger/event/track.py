"""A track event as it is shown: *Pretty*, *Raw*, and as the request that sends it."""

import shlex
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from gladly_segment.core.records import MappingNote
from gladly_segment.debugger.difference import path_text
from gladly_segment.debugger.json_text import Kind, Leaf, Line, leaves, lines
from gladly_segment.mapping.conversation import CLOSED_EVENT, CREATED_EVENT
from gladly_segment.mapping.privacy import CUSTOM_ATTRIBUTES
from gladly_segment.mapping.track import ClosedProperties, CreatedProperties

MOST_ROWS: Final = 2_000
"""More rows of properties than a person reads; Raw has them all."""

_PROPERTIES: Final[Mapping[str, Sequence[str]]] = {
    CREATED_EVENT: CreatedProperties.__struct_encode_fields__,
    CLOSED_EVENT: ClosedProperties.__struct_encode_fields__,
}
_LEFT_OUT_BY: Final = {"phone": MappingNote.PHONE_NOT_A_NUMBER, "agentName": MappingNote.AGENT_NOT_LISTED}
_SENT_AT: Final = "'\"$(date -u +%Y-%m-%dT%H:%M:%S.000Z)\"'"


class Row(msgspec.Struct, frozen=True):
    """A property, or an `attribute` of the customer's own by its name; `value` is None where there is none."""

    name: str
    kind: Kind
    value: str | None
    attribute: bool = False
    note: str = ""


class Track(msgspec.Struct, frozen=True, kw_only=True):
    """What is shown of a track event. Together the pieces of `raw` are the very text that is sent.

    Where that is too long to be looked into, `head` is empty.

    `exact` is False where that text is not all UTF-8, so that it cannot be shown as it is.
    """

    head: Sequence[Row]
    rows: Sequence[Row]
    more_rows: int
    raw: Sequence[Line]
    exact: bool
    size_bytes: int
    curl: str


def track_of(payload: bytes, notes: Sequence[str], segment_host: str) -> Track:
    """Prepare a payload for its page."""
    text = payload.decode(errors="replace")
    found = list(leaves(text))
    head = [_row(leaf) for leaf in found if len(leaf.path) == 1]
    name = next((row.value for row in head if row.name == "event"), None)
    rows = _properties(name or "", [leaf for leaf in found if leaf.path[:1] == ("properties",)], notes)
    return Track(
        head=head,
        rows=rows[:MOST_ROWS],
        more_rows=max(0, len(rows) - MOST_ROWS),
        raw=lines(text),
        exact=text.encode() == payload,
        size_bytes=len(payload),
        curl=_curl(text, segment_host),
    )


def _properties(name: str, found: Sequence[Leaf], notes: Sequence[str]) -> Sequence[Row]:
    """Give the properties in the order of the event; such as the reference has and the event has not come last."""
    there = {str(leaf.path[1]) for leaf in found if len(leaf.path) > 1}
    missing = [each for each in _PROPERTIES.get(name, ()) if each not in there]
    return [*(_row(leaf) for leaf in found), *(_missing(each, notes) for each in missing)]


def _missing(name: str, notes: Sequence[str]) -> Row:
    note = "could not be sent" if _LEFT_OUT_BY.get(name) in notes else "not in the event"
    return Row(name, Kind.OTHER, None, note=note)


def _row(leaf: Leaf) -> Row:
    attribute = leaf.path[1:2] == (CUSTOM_ATTRIBUTES,) and len(leaf.path) > 2
    name = path_text(leaf.path[2:] if attribute else leaf.path)
    return Row(name, leaf.kind, leaf.value, attribute)


def _curl(text: str, segment_host: str) -> str:
    """Give the request as a command: what customers wrote stands in quotes that a shell does not look into."""
    body = shlex.quote('{"batch":[' + text + '],"sentAt":"')
    body = body[:-1] + _SENT_AT + "\"}'"
    return (
        f"curl {shlex.quote(f'{segment_host}/v1/batch')} -u \"$WRITE_KEY:\" -H 'Content-Type: application/json' "
        f"--data-binary {body}"
    )
