"""`gladly-segment actions`: who changed what."""

import sys
from collections.abc import Sequence
from typing import Annotated, Final

import msgspec
from cyclopts import Parameter, validators
from rich.console import Console
from rich.table import Table

from gladly_segment.cli.history import add_row
from gladly_segment.cli.journal import AsJson, Config, DataDir, Organization, settings_of
from gladly_segment.cli.loop import run
from gladly_segment.core.errors import InputError
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.moments import format_moment
from gladly_segment.ports.registry import Action
from gladly_segment.service.beside import has_journal, registering

Limit = Annotated[int, Parameter(help="So many of the latest.", validator=validators.Number(gte=1, lte=10_000))]

_SHOWN: Final = 50


def actions_command(
    *,
    organization: Organization = None,
    limit: Limit = _SHOWN,
    json: AsJson = False,
    config: Config = None,
    data_dir: DataDir = None,
) -> None:
    """Show who retried, dropped, paused, connected, erased or changed what, newest first. Works while it runs."""
    directory = data_dir or settings_of(config, None).data_dir
    if not has_journal(directory):
        raise InputError(f"there is no journal in {directory}", hint="name it with --data-dir or --config")

    async def read() -> Sequence[Action]:
        async with registering(directory) as registry:
            return await registry.actions(OrganizationId(organization) if organization else None, limit)

    found = run(read())
    if json:
        for each in found:
            sys.stdout.buffer.write(msgspec.json.encode(each) + b"\n")
        sys.stdout.flush()
    else:
        _print(found)


def _print(found: Sequence[Action]) -> None:
    console = Console()
    if not found:
        console.print("Nobody changed anything yet.")
        return
    table = Table(box=None, pad_edge=False)
    for name in ("when", "organization", "by", "what", "detail"):
        table.add_column(name, no_wrap=name == "when", overflow="fold")
    for each in found:
        add_row(table, format_moment(each.at), each.organization or "all", each.by, each.what, each.detail)
    console.print(table)
