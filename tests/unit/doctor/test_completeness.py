"""Whether what happened at Gladly came to its end, hour by hour."""

import pytest

from gladly_segment.core.certificate import Certificate, DifferenceKind
from gladly_segment.core.ids import OrganizationId
from gladly_segment.doctor.findings import Check, Severity
from tests.support.organizations import an_organization
from tests.unit.doctor.builders import certificate, codes, found, observed, organization

PARKED, DROPPED, WAITING = DifferenceKind.PARKED, DifferenceKind.DROPPED, DifferenceKind.WAITING


def test_up_to_when_it_was_compared_and_is_complete_is_told() -> None:
    seen = observed(certificates=(certificate(ago_h=3), certificate(WAITING, ago_h=2)))

    (says,) = [each.what for each in found(seen, Severity.OK) if each.check is Check.COMPLETENESS]
    assert says == ("compared with Gladly until 2026-03-01T11:00:00.000Z; complete until 2026-03-01T10:00:00.000Z")


def test_hours_that_are_not_complete_are_told_with_what_lists_them() -> None:
    (finding,) = found(observed(certificates=(certificate(PARKED, ago_h=3), certificate(PARKED, DROPPED, ago_h=2))))

    assert finding.code == "hours_incomplete"
    assert finding.what == "2 hours since 2026-03-01T09:00:00.000Z are not complete: dropped, parked"
    assert finding.mend.startswith("gladly-segment certify --since 2026-03-01T09:00:00.000Z --organization acme")


@pytest.mark.parametrize(
    "quiet",
    [
        certificate(DROPPED),
        certificate(WAITING),
        certificate(DifferenceKind.MISSING, in_feed=False),
        certificate(PARKED, organization=OrganizationId("other")),
    ],
    ids=["given up", "on its way", "before the feed", "somebody else"],
)
def test_what_is_no_finding(quiet: Certificate) -> None:
    assert codes(observed(certificates=(quiet,))) == []


@pytest.mark.parametrize(("ago_h", "expected"), [(7, []), (8, ["hours_uncertified"])])
def test_that_nothing_was_compared_for_hours_is_told(ago_h: int, expected: list[str]) -> None:
    assert codes(observed(certificates=(certificate(ago_h=ago_h),))) == expected


def test_a_paused_organization_is_compared_when_it_goes_on() -> None:
    paused = organization(an_organization(paused=True))

    assert codes(observed(organizations=(paused,), certificates=(certificate(ago_h=30),))) == []


def test_before_the_first_certificate_nothing_is_said() -> None:
    assert [each for each in found(observed(certificates=()), Severity.OK) if each.check is Check.COMPLETENESS] == []
