"""All kinds of findings, and how one is made: the table in the operations page is held to this one."""

from collections.abc import Mapping
from typing import Final

from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.organization import Organization, Origin
from gladly_segment.doctor.codes import Code, Kind
from gladly_segment.doctor.feed_kinds import FEED_KINDS
from gladly_segment.doctor.findings import Check, Finding
from gladly_segment.doctor.house_kinds import HOUSE_KINDS
from gladly_segment.doctor.observations import Unseen

KINDS: Final[Mapping[Code, Kind]] = {**HOUSE_KINDS, **FEED_KINDS}


def found(code: Code, what: str, of: Organization | OrganizationId | None = None, **named: object) -> Finding:
    """Make a finding that is not well; `named` fills in how to mend it."""
    kind = KINDS[code]
    if kind.check is None:
        raise AssertionError(f"{code} belongs to no check of its own")
    in_settings = isinstance(of, Organization) and of.origin is Origin.FILE and kind.mend_in_settings
    name = of.name if isinstance(of, Organization) else of
    return _made(kind.check, code, what, name, (in_settings or kind.mend).format(organization=name or "ORG", **named))


def unseen(check: Check, what: str, seen: Unseen, organization: OrganizationId | None = None) -> Finding:
    """Make the finding of a check that could not be made."""
    code = Code.LEFT_OUT if seen.expected else Code.NOT_LOOKED_AT
    return _made(check, code, f"{what} could not be looked at, because {seen.because}", organization, KINDS[code].mend)


def _made(check: Check, code: Code, what: str, organization: OrganizationId | None, mend: str) -> Finding:
    kind = KINDS[code]
    return Finding(
        check=check,
        code=code,
        severity=kind.severity,
        organization=organization,
        what=what,
        why=kind.why,
        mend=mend,
    )
