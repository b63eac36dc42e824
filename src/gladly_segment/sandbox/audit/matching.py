"""Which stored event belongs to which occurrence, and what is left over on either side."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence, Set
from datetime import UTC, datetime
from enum import IntEnum
from typing import TypeAlias

import msgspec

from gladly_segment.sandbox.audit.books import Occurrence, Stored
from gladly_segment.sandbox.audit.facts import Facts, Handover
from gladly_segment.sandbox.audit.recovery import Recovery

_Subject: TypeAlias = tuple[str, str]
"""Conversation id and event name."""

EVENT_NAMES = {"CREATED": "Gladly Conversation Created", "CLOSED": "Gladly Conversation Closed"}


class Due(IntEnum):
    """What must become of an occurrence; the lower, the sooner it lays claim to a stored event."""

    ACCEPTANCE = 1
    EITHER = 2
    """Its customer or conversation went after the service had been told, maybe before it looked."""
    ANYTHING = 3
    """Its customer or conversation went while it was to be recovered, maybe before anybody could tell of it."""
    NOTHING = 4
    """The service never acknowledged the webhook, and was not to recover it."""
    SUPPRESSION = 5
    """Its customer or conversation had gone before the service was told, or nobody wants events of its kind."""
    ABSENCE = 6
    """Its customer or conversation had gone before it was to be recovered: nobody may have told of it."""


class Case(msgspec.Struct, frozen=True):
    """An occurrence before the court."""

    occurrence: Occurrence
    handover: Handover | None
    due: Due
    recovery: Recovery | None = None
    """By which it was to be found, as no webhook told of it."""

    @property
    def known_from(self) -> datetime:
        """Before this the service cannot have looked."""
        return self.occurrence.at if self.handover is None else self.handover.landed_from


class Match(msgspec.Struct, frozen=True):
    """An occurrence and the event that Segment stored for it."""

    case: Case
    stored: Stored


class Matching(msgspec.Struct, frozen=True):
    """All matches; `missing` cases have no stored event, `surplus` and `strange` events have no occurrence."""

    matches: list[Match]
    missing: list[Case]
    surplus: list[Stored]
    """More events than the conversation was opened or closed, or a messageId again."""
    strange: list[Stored]
    """Events of something that never happened."""


def case_of(occurrence: Occurrence, facts: Facts, unwanted: Set[str], recovery: Recovery | None) -> Case:
    """Say what must become of an occurrence (reference, Conversation Closed; Gladly fact sheet, resources).

    `unwanted` are the kinds of occurrences that the service was told to leave out.
    """
    handover, gone_at = facts.handover(occurrence), facts.gone_at(occurrence)
    if handover is not None:
        return Case(occurrence, handover, _due(occurrence.kind in unwanted, gone_at, handover))
    if recovery is None or not recovery.covers(occurrence):
        return Case(occurrence, None, Due.NOTHING)
    return Case(occurrence, None, _recovered(occurrence.kind in unwanted, gone_at, recovery), recovery)


def _due(is_unwanted: bool, gone_at: datetime | None, handover: Handover) -> Due:
    if is_unwanted:
        return Due.SUPPRESSION
    if gone_at is None:
        return Due.ACCEPTANCE
    return Due.SUPPRESSION if gone_at < handover.landed_from else Due.EITHER


def _recovered(is_unwanted: bool, gone_at: datetime | None, recovery: Recovery) -> Due:
    if gone_at is None:
        return Due.SUPPRESSION if is_unwanted else Due.ACCEPTANCE
    had_gone = recovery.began_at is not None and gone_at < recovery.began_at
    return Due.ABSENCE if had_gone or is_unwanted else Due.ANYTHING


def match(cases: Iterable[Case], stored: Iterable[Stored]) -> Matching:
    """Match by conversation and event name, the nth event with the nth occurrence in order of acknowledgement.

    The closings of one conversation look alike: where events are fewer than occurrences, those that must be
    accepted come first.
    """
    events, surplus = _by_subject(stored)
    matching = Matching([], [], surplus, [])
    for subject, group in _cases_by_subject(cases).items():
        found = events.pop(subject, [])
        by_claim = sorted(group, key=lambda case: (case.due, _acknowledged_at(case)))
        met, unmet = by_claim[: len(found)], by_claim[len(found) :]
        matching.matches.extend(_paired(met, found))
        matching.missing.extend(unmet)
        matching.surplus.extend(found[len(met) :])
    matching.strange.extend(event for rest in events.values() for event in rest)
    return matching


def _paired(cases: Sequence[Case], found: Sequence[Stored]) -> Iterator[Match]:
    """Pair like cases with as many events or more, which are in order of storing.

    Those that a webhook told of come in the order of their acknowledgement. Beside others, which may have been found at
    any time, each takes the first event since it may have landed.
    """
    told = sorted((case for case in cases if case.handover), key=_acknowledged_at)
    untold = [case for case in cases if not case.handover]
    left = list(found[: len(cases)])
    for case in told:
        since = (event for event in left if not untold or event.received_at >= case.known_from)
        event = next(since, left[0])
        left.remove(event)
        yield Match(case, event)
    yield from map(Match, untold, left)


def _cases_by_subject(cases: Iterable[Case]) -> dict[_Subject, list[Case]]:
    groups = defaultdict[_Subject, list[Case]](list)
    for case in cases:
        groups[case.occurrence.conversation_id, EVENT_NAMES[case.occurrence.kind]].append(case)
    return groups


def _by_subject(stored: Iterable[Stored]) -> tuple[dict[_Subject, list[Stored]], list[Stored]]:
    groups = defaultdict[_Subject, list[Stored]](list)
    seen: set[str] = set()
    repeated: list[Stored] = []
    for each in sorted(stored, key=lambda each: each.seq):
        if each.message_id in seen:
            repeated.append(each)
        else:
            seen.add(each.message_id)
            groups[str(each.properties.get("conversationId")), str(each.event.get("event"))].append(each)
    return groups, repeated


def _acknowledged_at(case: Case) -> datetime:
    return case.handover.acknowledged_at if case.handover else datetime.max.replace(tzinfo=UTC)
