"""Gladly's API and Segment's, as they answered."""

from collections.abc import Iterator
from typing import Final

from gladly_segment.core.failures import FailureKind
from gladly_segment.doctor.catalogue import found, unseen
from gladly_segment.doctor.codes import Code
from gladly_segment.doctor.findings import Check, Finding, well
from gladly_segment.doctor.observations import OrganizationSeen, Reached, Trial, Unreached, Unseen
from gladly_segment.gladly.errors import unwilling as gladly_unwilling
from gladly_segment.ports.destination import Accepted
from gladly_segment.segment.errors import unwilling as segment_unwilling

SLOW_S: Final = 5.0

_OK: Final = 200
_FORBIDDEN: Final = 403
_REDIRECTS: Final = range(300, 400)
_SERVER_ERROR: Final = 500

_GLADLY_CODES: Final = {
    FailureKind.UNAUTHORIZED: Code.GLADLY_TOKEN_REFUSED,
    FailureKind.THROTTLED: Code.GLADLY_THROTTLED,
    FailureKind.UNAVAILABLE: Code.GLADLY_UNAVAILABLE,
}
"""For all other kinds it is not Gladly who answers."""


def check_gladly(seen: OrganizationSeen) -> Iterator[Finding]:
    """Gladly can be reached, lets us in, and has rate left."""
    url = seen.organization.gladly.url
    match seen.gladly:
        case Unseen() as reason:
            yield unseen(Check.GLADLY, "Gladly's API", reason, seen.name)
        case Unreached(detail=detail):
            yield found(Code.GLADLY_UNREACHABLE, f"{url}: {detail}", seen.organization, url=url)
        case Reached() as answer:
            yield _gladly(seen, answer)


def _gladly(seen: OrganizationSeen, answer: Reached) -> Finding:
    what = f"{seen.organization.gladly.url} answered {answer.status}"
    if answer.status != _OK:
        kind = gladly_unwilling(answer.status, None).kind
        code = _GLADLY_CODES.get(kind, Code.GLADLY_MISDIRECTED)
        return found(Code.GLADLY_PERMISSION_MISSING if answer.status == _FORBIDDEN else code, what, seen.organization)
    if not answer.usable:
        return found(Code.GLADLY_MISDIRECTED, f"{what} with something else than Gladly's JSON", seen.organization)
    if answer.seconds > SLOW_S:
        return found(Code.GLADLY_SLOW, f"{what} after {answer.seconds:.1f} s", seen.organization)
    rate = "" if answer.left is None else f"; {answer.left} of {answer.limit or '?'} requests a second are left"
    return well(Check.GLADLY, f"Gladly takes the token, and answers in {answer.seconds:.2f} s{rate}", seen.name)


def check_segment(seen: OrganizationSeen) -> Iterator[Finding]:
    """Segment can be reached. Asked without an event: only a test event shows that it takes one."""
    url = seen.organization.segment.host
    match seen.segment:
        case Unseen() as reason:
            yield unseen(Check.SEGMENT, "Segment", reason, seen.name)
        case Unreached(detail=detail):
            yield found(Code.SEGMENT_UNREACHABLE, f"{url}: {detail}", seen.organization, url=url)
        case Reached() as answer:
            yield _segment(seen, answer)
    if seen.trial is not None:
        yield _tried(seen, seen.trial)


def _segment(seen: OrganizationSeen, answer: Reached) -> Finding:
    what = f"{seen.organization.segment.host} answered {answer.status}"
    if answer.status in _REDIRECTS or answer.status >= _SERVER_ERROR:
        misdirected = segment_unwilling(answer.status, None).kind is FailureKind.MISDIRECTED
        return found(Code.SEGMENT_MISDIRECTED if misdirected else Code.SEGMENT_UNAVAILABLE, what, seen.organization)
    if answer.seconds > SLOW_S:
        return found(Code.SEGMENT_SLOW, f"{what} after {answer.seconds:.1f} s", seen.organization)
    return well(Check.SEGMENT, f"Segment answers in {answer.seconds:.2f} s", seen.name)


def _tried(seen: OrganizationSeen, trial: Trial) -> Finding:
    if isinstance(trial.outcome, Accepted):
        what = f"Segment answered {trial.outcome.status} to a test event"
        return well(Check.SEGMENT, f"{what}: look for the code {trial.code} in its Debugger", seen.name)
    what = f"Segment did not take a test event: {trial.outcome.detail}"
    return found(Code.SEGMENT_TEST_REFUSED, what, seen.organization)
