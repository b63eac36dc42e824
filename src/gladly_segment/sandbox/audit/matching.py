"""Which stored event belongs to which occurrence, and what is left over on either side."""

from collections import defaultdict
from collections.abc import Iterable, Set
from datetime import UTC, datetime
from enum import IntEnum
from typing import TypeAlias

import msgspec

from gladly_segment.sandbox.audit.books import Occurrence, Stored
from gladly_segment.sandbox.audit.facts import Facts, Handover

_Subject: TypeAlias = tuple[str, str]
"""Conversation id and event name."""

EVENT_NAMES = {"CREATED": "Gladly Conversation Created", "CLOSED": "Gladly Conversation Closed"}


class Due(IntEnum):
    """What must become of an occurrence; the lower, the sooner it lays claim to a stored event."""

    ACCEPTANCE = 1
    EITHER = 2
    """Its customer or conversation went after the service had been told, maybe before it looked."""
    NOTHING = 3
    """The service never acknowledged the webhook."""
    SUPPRESSION = 4
    """Its customer or conversation had gone before the service was told, or nobody wants events of its kind."""


class Case(msgspec.Struct, frozen=True):
    """An occurrence before the court."""

    occurrence: Occurrence
    handover: Handover | None
    due: Due


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


def case_of(occurrence: Occurrence, facts: Facts, unwanted: Set[str]) -> Case:
    """Say what must become of an occurrence (reference, Conversation Closed; Gladly fact sheet, resources).

    `unwanted` are the kinds of occurrences that the service was told to leave out.
    """
    handover, gone_at = facts.handover(occurrence), facts.gone_at(occurrence)
    if handover is None:
        due = Due.NOTHING
    elif occurrence.kind in unwanted:
        due = Due.SUPPRESSION
    elif gone_at is None:
        due = Due.ACCEPTANCE
    else:
        due = Due.SUPPRESSION if gone_at < handover.landed_from else Due.EITHER
    return Case(occurrence, handover, due)


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
        met.sort(key=_acknowledged_at)
        matching.matches.extend(map(Match, met, found))
        matching.missing.extend(unmet)
        matching.surplus.extend(found[len(met) :])
    matching.strange.extend(event for rest in events.values() for event in rest)
    return matching


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
