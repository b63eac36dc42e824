"""What becomes of an event, and how that differs between what was, what is, and what would be."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec

from gladly_segment.core.admission import refusal
from gladly_segment.core.ids import Seq
from gladly_segment.core.lifecycle import State
from gladly_segment.core.records import (
    Deferred,
    Delivered,
    History,
    Ignored,
    MadeReady,
    Parked,
    Settlement,
    Suppressed,
)
from gladly_segment.debugger.difference import Difference, DifferenceKind, differences

LONGEST_SHOWN: Final = 150
"""Characters of a value."""


class Becomes(StrEnum):
    """What becomes of an event under some rules."""

    SENT = "sent"
    WITHHELD = "withheld"
    """There is nothing to send, for a reason that lies in the data or the rules."""
    PARKED = "parked"
    UNKNOWN = "unknown"
    """It could not be found out."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of an event, and why, where it is not sent. `event` is the track event's JSON, empty for none."""

    becomes: Becomes
    reason: str = ""
    event: str = ""


class Value(msgspec.Struct, frozen=True, kw_only=True):
    """A value of a track event by its way there, as JSON: as it was, is by the present rules, and would be.

    None where there is none. Long ones are cut. `differs`: the rules make a difference; `moved`: Gladly says something
    else than when the event was made, or the rules were others.
    """

    path: str
    was: str | None
    now: str | None
    then: str | None
    differs: bool
    moved: bool

    @property
    def touched(self) -> bool:
        """Tell whether it is not the same in all three."""
        return self.differs or self.moved


class Verdict(StrEnum):
    """What the rules would change about an event; each event has one."""

    UNCHANGED = "unchanged"
    CHANGED = "changed"
    NO_LONGER_SENT = "no_longer_sent"
    NEWLY_SENT = "newly_sent"
    PARKED = "parked"
    NEITHER = "neither"
    """It is sent neither by the present rules nor by the new ones."""
    UNREADABLE = "unreadable"
    """Gladly gave no answer that can be used."""


MEANINGS: Final[Mapping[Verdict, str]] = {
    Verdict.UNCHANGED: "would be sent as they are now",
    Verdict.CHANGED: "would be sent with other properties",
    Verdict.NO_LONGER_SENT: "would no longer be sent",
    Verdict.NEWLY_SENT: "would be sent, and are not now",
    Verdict.PARKED: "would become dead letters",
    Verdict.NEITHER: "would not be sent, and are not now",
    Verdict.UNREADABLE: "could not be read from Gladly",
}


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """One event under three readings: as it `was` made, as it would be made `now`, and `then`, by the new rules."""

    number: Seq
    event_type: str
    received_at: datetime
    state: State
    state_reason: str
    verdict: Verdict
    was: Outcome
    now: Outcome
    then: Outcome
    values: tuple[Value, ...]


class PropertyCount(msgspec.Struct, frozen=True):
    """In how many events the rules would change a property."""

    path: str
    events: int


class Count(msgspec.Struct, frozen=True):
    """How many events would fare so; the counts of all verdicts add up. `reasons` say why they are not sent."""

    verdict: Verdict
    meaning: str
    events: int
    reasons: tuple[str, ...]


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What the rules would change about all that was looked at."""

    looked_at: int
    counts: tuple[Count, ...]
    properties: tuple[PropertyCount, ...]


def outcome_of(settlement: Settlement) -> Outcome:
    """Say what becomes of an event that enrich settles so: what Segment would drop becomes a dead letter."""
    match settlement:
        case MadeReady(payload=payload):
            cause = refusal(payload)
            becomes = Becomes.SENT if cause is None else Becomes.PARKED
            return Outcome(becomes=becomes, reason=cause or "", event=payload.decode())
        case Parked(cause=cause):
            return Outcome(becomes=Becomes.PARKED, reason=cause)
        case Suppressed(reason=reason) | Ignored(reason=reason):
            return Outcome(becomes=Becomes.WITHHELD, reason=reason)
        case Delivered() | Deferred():
            raise AssertionError("enrich delivers nothing, and defers nothing by itself")


def outcome_before(receipt: History) -> Outcome:
    """Say what became of an event so far."""
    event = receipt.payload.decode(errors="replace")
    if receipt.state is State.DELIVERED:
        return Outcome(becomes=Becomes.SENT, event=event)
    if receipt.state is State.PARKED:
        return Outcome(becomes=Becomes.PARKED, reason=receipt.reason, event=event)
    return Outcome(becomes=Becomes.WITHHELD, reason=receipt.reason or receipt.state, event=event)


def compare(receipt: History, now: Outcome, then: Outcome) -> Compared:
    """Put the three readings of an event beside one another."""
    was = outcome_before(receipt)
    return Compared(
        number=receipt.seq,
        event_type=receipt.event_type,
        received_at=receipt.received_at,
        state=receipt.state,
        state_reason=receipt.reason,
        verdict=_verdict(now, then),
        was=was,
        now=now,
        then=then,
        values=tuple(_values(was.event, now.event, then.event)),
    )


def summary(found: Sequence[Compared]) -> Summary:
    """Count what the rules would change."""
    paths = Counter(
        value.path for each in found if each.verdict is Verdict.CHANGED for value in each.values if value.differs
    )
    return Summary(
        looked_at=len(found),
        counts=tuple(_count(verdict, found) for verdict in Verdict if any(each.verdict is verdict for each in found)),
        properties=tuple(
            PropertyCount(path, events) for path, events in sorted(paths.items(), key=lambda each: (-each[1], each[0]))
        ),
    )


def _count(verdict: Verdict, found: Sequence[Compared]) -> Count:
    those = [each for each in found if each.verdict is verdict]
    reasons = sorted({each.then.reason for each in those if each.then.reason})
    return Count(verdict, MEANINGS[verdict], len(those), tuple(reasons))


def _verdict(now: Outcome, then: Outcome) -> Verdict:
    if Becomes.UNKNOWN in (now.becomes, then.becomes):
        return Verdict.UNREADABLE
    if then.becomes is Becomes.PARKED:
        return Verdict.PARKED
    if then.becomes is Becomes.WITHHELD:
        return Verdict.NO_LONGER_SENT if now.becomes is Becomes.SENT else Verdict.NEITHER
    if now.becomes is not Becomes.SENT:
        return Verdict.NEWLY_SENT
    return Verdict.UNCHANGED if now.event == then.event else Verdict.CHANGED


def _values(was: str, now: str, then: str) -> Sequence[Value]:
    ahead = {each.path: each for each in differences(now, then)}
    behind = {each.path: each for each in differences(was, now)}
    return [_value(path, behind.get(path), ahead.get(path)) for path in {**ahead, **behind}]


def _value(path: str, behind: Difference | None, ahead: Difference | None) -> Value:
    return Value(
        path=path,
        was=_cut(behind.before if behind else None),
        now=_cut(ahead.before if ahead else None),
        then=_cut(ahead.now if ahead else None),
        differs=ahead is not None and ahead.change is not DifferenceKind.SAME,
        moved=behind is not None and behind.change is not DifferenceKind.SAME,
    )


def _cut(text: str | None) -> str | None:
    return text if text is None or len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}… ({len(text)} characters)"
