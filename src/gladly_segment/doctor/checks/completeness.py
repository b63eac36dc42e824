"""What happened at Gladly came to its end, hour by hour."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from gladly_segment.core.certificate import complete_until, needs_somebody
from gladly_segment.core.moments import format_moment, in_words
from gladly_segment.doctor.catalogue import found
from gladly_segment.doctor.codes import Code
from gladly_segment.doctor.findings import Check, Finding, well
from gladly_segment.doctor.observations import Observations, OrganizationSeen

UNCERTIFIED: Final = timedelta(hours=6)


def check_completeness(seen: OrganizationSeen, observed: Observations) -> Iterator[Finding]:
    """Hours are certified as they end, and none of the last week stays incomplete."""
    certificates = [each for each in observed.certificates if each.organization == seen.name and each.in_feed]
    if not certificates:
        return
    incomplete = [each for each in certificates if needs_somebody(each)]
    if incomplete:
        since = format_moment(incomplete[0].span.start)
        kinds = sorted({each.kind for certificate in incomplete for each in certificate.differences})
        what = f"{len(incomplete)} hours since {since} are not complete: {', '.join(kinds) or 'unreadable lines'}"
        yield found(Code.HOURS_INCOMPLETE, what, seen.organization, since=since)
    until = certificates[-1].span.end
    if observed.now - until > UNCERTIFIED and not seen.organization.paused:
        what = f"no hour was compared with Gladly for {in_words(observed.now - until)}"
        yield found(Code.HOURS_UNCERTIFIED, what, seen.organization, since=format_moment(until))
    elif not incomplete:
        complete = complete_until(certificates)
        says = "nothing is complete yet" if complete is None else f"complete until {format_moment(complete)}"
        yield well(Check.COMPLETENESS, f"compared with Gladly until {format_moment(until)}; {says}", seen.name)
