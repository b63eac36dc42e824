"""From observations to findings: pure functions, each about one thing."""

from collections.abc import Iterator, Sequence

from gladly_segment.doctor.catalogue import unseen
from gladly_segment.doctor.checks.clocks import check_clock
from gladly_segment.doctor.checks.completeness import check_completeness
from gladly_segment.doctor.checks.flow import check_backlog, check_dead_letters, check_feed
from gladly_segment.doctor.checks.house import (
    check_disk,
    check_files,
    check_journal,
    check_secrets,
    check_service,
    check_settings,
)
from gladly_segment.doctor.checks.vendors import check_gladly, check_segment
from gladly_segment.doctor.checks.webhooks import check_doubles, check_webhooks
from gladly_segment.doctor.findings import GRAVEST_FIRST, Check, Finding
from gladly_segment.doctor.observations import Observations, Unseen

_ORDER = tuple(Check)


def examine(seen: Observations) -> Sequence[Finding]:
    """Conclude everything there is to conclude, the gravest first; findings of a severity follow the way of events."""
    findings = [*_house(seen), *_feed(seen)]
    return sorted(findings, key=lambda each: (GRAVEST_FIRST[each.severity], _ORDER.index(each.check)))


def _house(seen: Observations) -> Iterator[Finding]:
    yield from check_settings(seen)
    yield from check_files(seen.files)
    yield from check_secrets(seen)
    yield from check_disk(seen)
    yield from check_journal(seen)
    yield from check_service(seen.service)
    yield from check_clock(seen.organizations)


def _feed(seen: Observations) -> Iterator[Finding]:
    if seen.offline:
        yield unseen(Check.GLADLY, "the vendors", Unseen("--offline was given", expected=True))
    for organization in seen.organizations:
        if not seen.offline:
            yield from check_gladly(organization)
            yield from check_segment(organization)
            yield from check_webhooks(organization)
        yield from check_feed(organization, seen)
        yield from check_backlog(organization, seen)
        yield from check_completeness(organization, seen)
    yield from check_doubles(seen.organizations)
    yield from check_dead_letters(seen)
