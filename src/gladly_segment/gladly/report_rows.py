"""What the rows of Gladly's report of conversation timestamps tell (Gladly fact sheet, recovering what was missed)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from gladly_segment.core.ids import ConversationId, CustomerId
from gladly_segment.core.moments import parse_moment
from gladly_segment.core.occurrence import EventKind
from gladly_segment.core.past import ConversationMerged, PastOccurrence, Told, Unreadable
from gladly_segment.core.records import Source
from gladly_segment.gladly.csv_rows import Row
from gladly_segment.gladly.wire import malformed

_KINDS: Final = {"CONVERSATION/CREATED": EventKind.CREATED, "CONVERSATION/CLOSED": EventKind.CLOSED}
_MERGED: Final = "CUSTOMER/MERGED"
_NEEDED: Final = ("Timestamp", "Event Type", "Conversation ID")


class ReportColumns:
    """The columns of a report, found by name: capitals, spaces and other columns do not matter."""

    def __init__(self, header: Row) -> None:
        """Raises CallFailedError when a column is missing without which nothing can be told."""
        names = header.fields or ()
        self._number = len(names)
        self._places: Mapping[str, int] = {_folded(name): place for place, name in enumerate(names)}
        for needed in _NEEDED:
            if _folded(needed) not in self._places:
                raise malformed(f'it has no column "{needed}"')

    def told(self, row: Row) -> Told | None:
        """Give what a row tells; None when that is no occurrence. Raises CallFailedError when it was cut."""
        fields = row.fields
        if fields is None:
            return Unreadable(row.line, "its fields cannot be told apart")
        if not row.ended and len(fields) < self._number:
            raise malformed("it was cut")
        event_type = self._text(fields, "Event Type").upper()
        if event_type and event_type != _MERGED and event_type not in _KINDS:
            return None
        if any(fields[self._number :]):
            return Unreadable(row.line, "it has more fields than the report has columns")
        written = _moment(self._text(fields, "Timestamp"))
        if not event_type or written is None:
            missing = "time that can be read" if event_type else "type of event"
            return Unreadable(row.line, f"it has no {missing}")
        told, at = written
        if event_type == _MERGED:
            return self._merged(fields, at)
        conversation = self._text(fields, "Conversation ID")
        if not conversation:
            return Unreadable(row.line, "it names no conversation")
        customer = self._text(fields, "Customer ID")
        return PastOccurrence(
            kind=_KINDS[event_type],
            conversation=ConversationId(conversation),
            customer=CustomerId(customer) if customer else None,
            at=at,
            told=told,
            source=Source.REPORT,
        )

    def _merged(self, fields: Sequence[str], at: datetime) -> ConversationMerged | None:
        # "Customer ID" and "Conversation ID" are those that remain.
        vanished, remaining = self._text(fields, "Merged Conversation ID"), self._text(fields, "Conversation ID")
        if not vanished or vanished == remaining:
            return None
        return ConversationMerged(ConversationId(vanished), ConversationId(remaining) if remaining else None, at)

    def _text(self, fields: Sequence[str], column: str) -> str:
        place = self._places.get(_folded(column))
        return "" if place is None or place >= len(fields) else fields[place].strip()


def _folded(name: str) -> str:
    return "".join(filter(str.isalnum, name)).casefold()


def _moment(text: str) -> tuple[str, datetime] | None:
    """Read a time as RFC 3339, or without an offset: then it is in UTC, which is what was asked for."""
    for told in (text, f"{text.replace(' ', 'T')}Z"):
        if (at := parse_moment(told)) is not None:
            return told, at
    return None
