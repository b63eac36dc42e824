"""The command."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from gladly_segment.cli.doctor.report import print_report, report, write_report
from gladly_segment.cli.journal import Config, Organization
from gladly_segment.cli.loop import run
from gladly_segment.cli.serve import SettingsFile
from gladly_segment.core.ids import OrganizationId
from gladly_segment.doctor import examine, exit_status, verdict
from gladly_segment.service.doctor import Wishes, observe


def doctor_command(
    *,
    organization: Organization = None,
    json: Annotated[bool, Parameter(name="--json", negative="", help="Print one JSON document.")] = False,
    settings: Annotated[
        bool, Parameter(name="--settings", negative="", help="Print each setting's value and where it came from, too.")
    ] = False,
    offline: Annotated[
        bool, Parameter(name="--offline", negative="", help="Ask neither Gladly nor Segment anything.")
    ] = False,
    send_test: Annotated[
        bool,
        Parameter(name="--send-test", negative="", help="Send a marked test event to each Segment source, too."),
    ] = False,
    config: Config = None,
    data_dir: Annotated[
        Path | None, Parameter(help="Directory of the journal, instead of the one in the settings.")
    ] = None,
) -> int:
    """Tell whether everything is well, and if not: what, why it matters, and the command that mends it.

    Looks for at most half a minute, beside a running service or without one, and changes nothing. Exit status 0 when
    all is well, 1 for warnings, 3 for errors; 2, as everywhere, when the settings or the arguments cannot be used.
    """
    only = OrganizationId(organization) if organization else None
    wishes = Wishes(file=config, only=only, offline=offline, send_test=send_test)
    seen = run(observe(SettingsFile(config, data_dir).load(), wishes))
    findings = examine(seen)
    if json:
        write_report(report(findings, seen.settings))
    else:
        print_report(findings, seen.settings if settings else ())
    return int(exit_status(verdict(findings)))
