"""How findings are written on the terminal, and as JSON."""

import sys
from collections import Counter
from collections.abc import Sequence
from typing import Final

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gladly_segment import __version__
from gladly_segment.cli.history import add_row
from gladly_segment.doctor import Finding, Severity, exit_status, verdict
from gladly_segment.doctor.observations import SettingSeen

_ORGANIZATIONS_SHOWN: Final = 10
"""Of more than so many it is only counted what is well."""

_STYLES: Final = {
    Severity.OK: "green",
    Severity.NOTE: "cyan",
    Severity.WARNING: "bold yellow",
    Severity.ERROR: "bold red",
}
_VERDICTS: Final = {
    Severity.OK: "All is well.",
    Severity.NOTE: "All is well.",
    Severity.WARNING: "Nothing is lost, but something needs looking after.",
    Severity.ERROR: "Something is wrong.",
}


class Report(msgspec.Struct, frozen=True, rename="camel"):
    """Everything as one JSON document; codes are stable."""

    version: str
    verdict: Severity
    exit_status: int
    findings: Sequence[Finding]
    settings: Sequence[SettingSeen]


def report(findings: Sequence[Finding], settings: Sequence[SettingSeen]) -> Report:
    """Make the document."""
    gravest = verdict(findings)
    return Report(__version__, gravest, int(exit_status(gravest)), findings, settings)


def write_report(document: Report) -> None:
    """Print it."""
    sys.stdout.buffer.write(msgspec.json.encode(document) + b"\n")
    sys.stdout.flush()


def print_report(findings: Sequence[Finding], settings: Sequence[SettingSeen]) -> None:
    """Print what was found, the gravest first, and what was set if it is given; the last line is the verdict."""
    console = Console(highlight=False, soft_wrap=True, markup=False)
    if settings:
        _print_settings(console, settings)
    several = len({finding.organization for finding in findings}) > _ORGANIZATIONS_SHOWN
    for finding in findings:
        if not (several and finding.organization and finding.severity is Severity.OK):
            _print_finding(console, finding)
    gravest = verdict(findings)
    counts = Counter(finding.severity for finding in findings)
    numbers = ", ".join(_count(severity, counts[severity]) for severity in reversed(Severity) if counts[severity])
    console.print(Text.assemble((_VERDICTS[gravest], _STYLES[gravest]), f" ({numbers})"))


def _count(severity: Severity, number: int) -> str:
    return f"{number} {severity}{'' if number == 1 or severity is Severity.OK else 's'}"


def _print_finding(console: Console, finding: Finding) -> None:
    place = f"{finding.check} of {finding.organization}" if finding.organization else finding.check
    console.print(Text.assemble((f"{finding.severity:<8}", _STYLES[finding.severity]), f"{place}: {finding.what}"))
    for label, text in (("why", finding.why), ("mend", finding.mend)):
        if text:
            console.print(Text.assemble((f"        {label}: ", "dim"), text))


def _print_settings(console: Console, settings: Sequence[SettingSeen]) -> None:
    table = Table(box=None, pad_edge=False)
    for name in ("setting", "value", "from"):
        table.add_column(name, overflow="fold")
    for each in settings:
        add_row(table, each.key, each.value, each.origin)
    console.print(table)
    console.print()
