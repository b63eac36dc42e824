"""The way of events through the journal: whether they come, wait for long, or ended as dead letters."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from gladly_segment.core.failures import FailureKind
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.lifecycle import CLAIMED_BY, REMEDIES, ParkCause, Stage, State
from gladly_segment.core.moments import format_moment, in_words
from gladly_segment.core.organization import Organization
from gladly_segment.core.rhythm import is_unusual
from gladly_segment.doctor.catalogue import found
from gladly_segment.doctor.codes import Code
from gladly_segment.doctor.findings import Check, Finding, well
from gladly_segment.doctor.observations import JournalSeen, Observations, OrganizationSeen
from gladly_segment.gladly.errors import unwilling as gladly_unwilling
from gladly_segment.ports.inspector import JournalView, Trouble
from gladly_segment.segment.errors import unwilling as segment_unwilling

AGEING: Final = timedelta(minutes=10)
NEAR: Final = 0.8

_ANSWERED: Final = re.compile(r"answered (\d{3})\b")
_HELD: Final = frozenset({FailureKind.UNAUTHORIZED, FailureKind.MISDIRECTED})
_SORTED_BY: Final = {Stage.ENRICH: gladly_unwilling, Stage.DELIVER: segment_unwilling}
_DONE: Final = {Stage.ENRICH: "enriched", Stage.DELIVER: "delivered"}
_VENDORS: Final = {Stage.ENRICH: "Gladly", Stage.DELIVER: "Segment"}
_HELD_CODES: Final = {Stage.ENRICH: Code.ENRICH_HELD, Stage.DELIVER: Code.DELIVER_HELD}


def check_feed(seen: OrganizationSeen, observed: Observations) -> Iterator[Finding]:
    """Events come, as they usually do."""
    if not isinstance(observed.journal, JournalSeen):
        return
    pulse = next((each for each in observed.journal.view.pulses if each.organization == seen.name), None)
    if pulse is None or pulse.last_at is None:
        yield found(Code.NO_EVENT_YET, "no event was ever received", seen.organization)
        return
    what = f"the last event came at {format_moment(pulse.last_at)}, {in_words(observed.now - pulse.last_at)} ago"
    if is_unusual(pulse.busy_hours, pulse.last_at, observed.now):
        yield found(Code.FEED_SILENT, f"{what}, which is unusual at this time of the week", seen.organization)
    else:
        yield well(Check.FEED, what, seen.name)


def check_backlog(seen: OrganizationSeen, observed: Observations) -> Iterator[Finding]:
    """What waits is on its way."""
    if not isinstance(observed.journal, JournalSeen):
        return
    view, limits = observed.journal.view, seen.organization.limits
    held = [trouble for trouble in view.troubles if trouble.organization == seen.name and stands_still(trouble)]
    findings = [_held(seen.organization, trouble) for trouble in held]
    if not seen.organization.paused:
        findings += _ageing(seen, view, observed.now, {CLAIMED_BY[trouble.state] for trouble in held})
    count = _waiting(view, seen.name)
    if limits.backlog is not None and count >= NEAR * limits.backlog:
        what = f"{count} events wait, and max_backlog is {limits.backlog}"
        findings.append(found(Code.BACKLOG_NEAR_LIMIT, what, seen.organization))
    yield from findings or [well(Check.BACKLOG, _says_waiting(count), seen.name)]


def _held(organization: Organization, trouble: Trouble) -> Finding:
    stage = CLAIMED_BY[trouble.state]
    what = f"{stage} stands still with {trouble.receipts} events: {_VENDORS[stage]} {trouble.detail}"
    return found(_HELD_CODES[stage], what, organization)


def stands_still(trouble: Trouble) -> bool:
    """Tell whether a stage is held by what its receipts met last."""
    answered = _ANSWERED.search(trouble.detail)
    return answered is not None and _SORTED_BY[CLAIMED_BY[trouble.state]](int(answered[1]), None).kind in _HELD


def _ageing(seen: OrganizationSeen, view: JournalView, now: datetime, held: set[Stage]) -> list[Finding]:
    limits, findings = seen.organization.limits, list[Finding]()
    for each in view.waiting:
        if each.organization != seen.name:
            continue
        stage, age = CLAIMED_BY[each.state], now - each.since
        most = limits.enrich_max_age if stage is Stage.ENRICH else limits.deliver_max_age
        what = f"an event has been waiting for {in_words(age)} to be {_DONE[stage]}"
        if age > most / 2:
            late = f"{what}, and becomes a dead letter after {in_words(most)}"
            findings.append(found(Code.BACKLOG_LATE, late, seen.organization, setting=f"{stage}_max_age_h"))
        elif age > AGEING and stage not in held:
            findings.append(found(Code.BACKLOG_AGEING, what, seen.organization))
    return findings


def check_dead_letters(observed: Observations) -> Iterator[Finding]:
    """Nothing waits for a person: also of organizations that are known no more."""
    if not isinstance(observed.journal, JournalSeen):
        return
    dead = [
        tally
        for tally in observed.journal.view.tallies
        if tally.state is State.PARKED and tally.count and observed.only in (None, tally.organization)
    ]
    for tally in dead:
        remedy = REMEDIES[ParkCause(tally.reason)]
        yield found(
            Code.DEAD_LETTERS,
            f"{tally.count} dead letters, {tally.reason}: {remedy.meaning}",
            tally.organization,
            action=remedy.action,
            cause=tally.reason,
        )
    if not dead:
        yield well(Check.DEAD_LETTERS, "there are no dead letters", observed.only)


def _waiting(view: JournalView, name: OrganizationId) -> int:
    return sum(tally.count for tally in view.tallies if tally.organization == name and tally.state in CLAIMED_BY)


def _says_waiting(count: int) -> str:
    return f"{count} events are on their way" if count else "nothing waits"
