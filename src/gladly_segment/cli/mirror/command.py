"""The command: brings both sides together, tells what differs by id, and ends with status 1 if anything does."""

import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Final

import msgspec
from cyclopts import Parameter, validators
from rich.console import Console
from rich.table import Table

from gladly_segment.cli.history import add_row
from gladly_segment.cli.journal import AsJson, Config, DataDir, Organization, moment, settings_of
from gladly_segment.cli.loop import run
from gladly_segment.cli.mirror.ids import opened
from gladly_segment.core.ids import MessageId, OrganizationId, Seq
from gladly_segment.core.mirror import Account, Finding, Mirrored, Reckoning
from gladly_segment.core.moments import format_moment
from gladly_segment.service.clock import SystemClock
from gladly_segment.service.mirroring import Comparison, Span, compare, since_when

_LISTED: Final = 20


class ShownFinding(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One messageId with which something is wrong, as JSON; `number` is its event's, if it was accepted in the span."""

    finding: Finding
    message_id: MessageId
    arrived: int
    organization: OrganizationId | None
    number: Seq | None
    accepted_at: datetime | None


def mirror_command(
    *,
    since: Annotated[str, Parameter(help="From when on received: RFC 3339, or so long ago (90m, 36h, 7d).")],
    until: Annotated[str | None, Parameter(help="Until when received; by default now.")] = None,
    organization: Organization = None,
    ids: Annotated[
        Path | None,
        Parameter(
            help="File of the messageIds that arrived, - is standard input: one a line, CSV with a column message_id, "
            "messageId or id, or JSON documents. From a warehouse: SELECT id AS message_id FROM SOURCE.tracks WHERE "
            "received_at >= ...",
            allow_leading_hyphen=True,
        ),
    ] = None,
    grace_h: Annotated[
        float,
        Parameter(help="For how many hours what was accepted may be on its way.", validator=validators.Number(gte=0)),
    ] = 1.0,
    json: AsJson = False,
    config: Config = None,
    data_dir: DataDir = None,
) -> int:
    """Compare what Segment accepted with what arrived behind it, by messageId. Works while the service runs.

    Without --ids, with what Segment's webhook destination brought to /mirror/ORG. Missing ones were accepted and did
    not arrive, doubled ones arrived twice, strange ones look like ours and belong to no event. Exit status 1 when
    there are any.
    """
    directory = data_dir or settings_of(config, None).data_dir
    span = Span(
        organization=OrganizationId(organization) if organization else None,
        since=moment(since),
        until=moment(until) if until else None,
    )
    reckoning = Reckoning(SystemClock().now() - timedelta(hours=grace_h))
    with Comparison() as comparison:
        with nullcontext() if ids is None else opened(ids) as brought:
            run(compare(comparison, directory, span, brought))
        found = ((finding, each) for each in comparison if (finding := reckoning.note(each)) is not None)
        if json:
            _print_json(found, reckoning)
        else:
            _print(found, reckoning)
            _tell_beginnings({} if ids is not None else since_when(directory, span.organization), span.since)
    return 0 if reckoning.account.is_even else 1


def _print_json(found: Iterator[tuple[Finding, Mirrored]], reckoning: Reckoning) -> None:
    for finding, each in found:
        accepted = each.accepted
        shown = ShownFinding(
            finding=finding,
            message_id=each.message_id,
            arrived=each.arrived,
            organization=None if accepted is None else accepted.organization,
            number=None if accepted is None else accepted.seq,
            accepted_at=None if accepted is None else accepted.at,
        )
        sys.stdout.buffer.write(msgspec.json.encode(shown) + b"\n")
    sys.stdout.buffer.write(msgspec.json.encode(reckoning.account) + b"\n")
    sys.stdout.flush()


def _print(found: Iterator[tuple[Finding, Mirrored]], reckoning: Reckoning) -> None:
    console = Console(soft_wrap=True, highlight=False, markup=False)
    listed = Counter[Finding]()
    for finding, each in found:
        listed[finding] += 1
        if listed[finding] <= _LISTED:
            console.print(f"{finding} {each.message_id}{_about(finding, each)}")
    if any(number > _LISTED for number in listed.values()):
        console.print("and more: --json lists all")
    if listed:
        console.print()
    table = Table(box=None, show_header=False, pad_edge=False)
    for name, number in _rows(reckoning.account).items():
        add_row(table, name, f"{number:,}".replace(",", " "))
    console.print(table)


def _rows(account: Account) -> Mapping[str, int]:
    return {
        "accepted by Segment": account.accepted,
        "of them arrived": account.arrived,
        "not due yet": account.awaited,
        "missing": account.missing,
        "doubled": account.doubled,
        "strange": account.strange,
    }


def _about(finding: Finding, each: Mirrored) -> str:
    times = f", {each.arrived} times" if finding is Finding.DOUBLED else ""
    accepted = each.accepted
    if accepted is None:
        return times
    return f": event {accepted.seq} of {accepted.organization}, accepted {format_moment(accepted.at)}{times}"


def _tell_beginnings(firsts: Mapping[OrganizationId, datetime], since: datetime) -> None:
    console = Console(stderr=True, soft_wrap=True, highlight=False, markup=False)
    for name, first in firsts.items():
        if first > since:
            console.print(f"the first message of {name} arrived at the mirror at {format_moment(first)}", style="dim")
