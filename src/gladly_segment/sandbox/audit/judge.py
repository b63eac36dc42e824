"""The judgement: both ledgers and the service's own account, compared."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from itertools import combinations

from gladly_segment.sandbox.audit.books import Dropped, GladlyBooks, SegmentBooks, Stored
from gladly_segment.sandbox.audit.facts import Facts
from gladly_segment.sandbox.audit.faithful import contradictions
from gladly_segment.sandbox.audit.matching import Case, Due, Match, Matching, case_of, match
from gladly_segment.sandbox.audit.readings import fairest
from gladly_segment.sandbox.audit.recovery import Recovery
from gladly_segment.sandbox.audit.report import AuditReport, Finding


def audit(
    gladly: GladlyBooks,
    segment: SegmentBooks,
    settled: Mapping[tuple[str, str], int],
    *,
    unwanted: Set[str] = frozenset(),
    recovered: Recovery | None = None,
) -> AuditReport:
    """Compare the books. `settled` is the service's account: how many receipts ended as (outcome, reason).

    An occurrence must be accepted, unless its customer had been deleted or its conversation had vanished
    before its webhook could have landed: then it must be suppressed. If that fell between the webhook and its
    handling, either is right. Occurrences of `unwanted` kinds (`CREATED`, `CLOSED`) must be suppressed as well.

    Of an occurrence whose webhook was never acknowledged nothing is demanded, unless it was to be `recovered`: then
    it must be accepted too, in the order of its conversation; if it went, it need not even have been heard of.
    """
    facts = Facts(gladly)
    cases = [case_of(occurrence, facts, unwanted, recovered) for occurrence in gladly.occurrences]
    matching = match(cases, segment.stored)
    matches = fairest(matching.matches, lambda reading: _offences(reading, facts))
    suppressed = {reason: count for (outcome, reason), count in settled.items() if outcome == "suppressed"}
    return AuditReport(
        played=len(gladly.occurrences),
        accepted=len(matches),
        suppressed=suppressed,
        expected_suppressed=len(_excused(matching)),
        untold=len(_untold(matching)),
        deduplicated=len(segment.duplicates),
        lost=tuple(_missing(matching, Due.ACCEPTANCE, "acknowledged or to be recovered, and not stored")),
        doubled=tuple(_stored(matching.surplus, "stored more often than it happened")),
        out_of_order=tuple(_out_of_order(matches)),
        unfaithful=(*_unfaithful(matches, facts), *_strange(matching.strange)),
        dropped=tuple(map(_dropped, segment.dropped)),
        unexplained=tuple(_unexplained(matching, suppressed, settled)),
        not_delivered=tuple(_missing(matching, Due.NOTHING, "webhook never acknowledged")),
        latencies_ms=tuple(sorted(_latencies_ms(matches))),
    )


def _excused(matching: Matching) -> list[Case]:
    return [case for case in matching.missing if case.due in (Due.SUPPRESSION, Due.EITHER)]


def _untold(matching: Matching) -> list[Case]:
    return [case for case in matching.missing if case.due in (Due.ABSENCE, Due.ANYTHING)]


def _missing(matching: Matching, due: Due, detail: str) -> Iterator[Finding]:
    for case in matching.missing:
        if case.due is due:
            yield Finding(case.occurrence.event_id, f"{_subject(case)}: {detail}")


def _stored(events: Sequence[Stored], detail: str) -> Iterator[Finding]:
    for each in events:
        yield Finding(each.message_id, detail)


def _out_of_order(matches: Sequence[Match]) -> Iterator[Finding]:
    conversations = defaultdict[str, list[Match]](list)
    for each in sorted(matches, key=lambda each: each.stored.seq):
        conversations[each.case.occurrence.conversation_id].append(each)
    for stored in conversations.values():
        for earlier, later in combinations(stored, 2):
            if _strictly_before(later.case, earlier.case):
                detail = f"{_subject(later.case)}: stored after what came later"
                yield Finding(later.case.occurrence.event_id, detail)


def _strictly_before(first: Case, second: Case) -> bool:
    if first.recovery is not None and second.recovery is not None:
        return first.occurrence.at < second.occurrence.at
    # Of two deliveries under way at once either may come first in the service's log.
    if first.handover is None or second.handover is None:
        return False
    return first.handover.acknowledged_at < second.handover.landed_from


def _unfaithful(matches: Sequence[Match], facts: Facts) -> Iterator[Finding]:
    for each in matches:
        if each.case.due in (Due.SUPPRESSION, Due.ABSENCE):
            yield Finding(
                each.stored.message_id,
                f"{_subject(each.case)}: stored though its customer or conversation had gone, or it is not wanted",
            )
        for detail in contradictions(each, facts):
            yield Finding(each.stored.message_id, f"{_subject(each.case)}: {detail}")


def _strange(events: Sequence[Stored]) -> Iterator[Finding]:
    return _stored(events, "Gladly knows of no such conversation and event")


def _offences(reading: Sequence[Match], facts: Facts) -> int:
    return sum(1 for _ in (*_out_of_order(reading), *_unfaithful(reading, facts)))


def _dropped(event: Dropped) -> Finding:
    return Finding(str(event.message_id or event.request_id), event.reason)


def _unexplained(
    matching: Matching, suppressed: Mapping[str, int], settled: Mapping[tuple[str, str], int]
) -> Iterator[Finding]:
    excused, counted = len(_excused(matching)), sum(suppressed.values())
    maybe_suppressed = sum(case.due is Due.NOTHING for case in matching.missing) + len(_untold(matching))
    if not excused <= counted <= excused + maybe_suppressed:
        yield Finding("suppressed", f"the service counts {counted}, the books {excused}")
    for (outcome, reason), count in settled.items():
        if outcome == "parked" and count:
            yield Finding("parked", f"{count} for {reason}")


def _latencies_ms(matches: Sequence[Match]) -> Iterator[float]:
    for each in matches:
        if each.case.handover is not None:
            yield (each.stored.received_at - each.case.handover.started_at).total_seconds() * 1000


def _subject(case: Case) -> str:
    return f"{case.occurrence.kind} of {case.occurrence.conversation_id}"
