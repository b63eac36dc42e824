"""What a check found: how grave it is, what it is, why it matters, and what mends it."""

from collections.abc import Iterable, Mapping
from enum import IntEnum, StrEnum
from typing import Final

import msgspec

from gladly_segment.core.ids import OrganizationId


class Severity(StrEnum):
    """How grave a finding is."""

    OK = "ok"
    """Looked at, and well."""
    NOTE = "note"
    """Worth to know; nothing is wrong."""
    WARNING = "warning"
    """Nothing is lost yet; look after it."""
    ERROR = "error"
    """Events are not delivered, or will be lost."""


class ExitStatus(IntEnum):
    """How the command ends; 2 is left to what cannot be run at all, as with every command."""

    WELL = 0
    WARNINGS = 1
    ERRORS = 3


class Check(StrEnum):
    """What is looked at, in this order."""

    SETTINGS = "settings"
    FILES = "files"
    SECRETS = "secrets"
    DISK = "disk"
    JOURNAL = "journal"
    SERVICE = "service"
    CLOCK = "clock"
    GLADLY = "gladly"
    SEGMENT = "segment"
    WEBHOOK = "webhook"
    DOUBLES = "doubles"
    FEED = "feed"
    BACKLOG = "backlog"
    COMPLETENESS = "completeness"
    DEAD_LETTERS = "dead_letters"


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One finding, free of secrets and of customers' data; what is well has neither `why` nor `mend`."""

    check: Check
    code: str
    severity: Severity
    organization: OrganizationId | None = None
    what: str
    why: str = ""
    mend: str = ""


WELL: Final = "ok"
"""The code of everything that is well."""

GRAVEST_FIRST: Final[Mapping[Severity, int]] = {
    severity: place for place, severity in enumerate(reversed(tuple(Severity)))
}


def well(check: Check, what: str, organization: OrganizationId | None = None) -> Finding:
    """Tell that what was looked at is well."""
    return Finding(check=check, code=WELL, severity=Severity.OK, organization=organization, what=what)


def verdict(findings: Iterable[Finding]) -> Severity:
    """Give the gravest severity of all."""
    return min((finding.severity for finding in findings), key=GRAVEST_FIRST.__getitem__, default=Severity.OK)


def exit_status(severity: Severity) -> ExitStatus:
    """Tell how the command ends with such a verdict."""
    match severity:
        case Severity.OK | Severity.NOTE:
            return ExitStatus.WELL
        case Severity.WARNING:
            return ExitStatus.WARNINGS
        case Severity.ERROR:
            return ExitStatus.ERRORS
