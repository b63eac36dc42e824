"""`gladly-segment certify`: whether all that happened at Gladly came to its end, hour by hour."""

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from itertools import groupby
from typing import Annotated, Final

import msgspec
from cyclopts import Parameter
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gladly_segment.cli.certificates import shown_certificate
from gladly_segment.cli.history import add_row
from gladly_segment.cli.journal import AsJson, Config, DataDir, Organization, moment, settings_of
from gladly_segment.cli.loop import run
from gladly_segment.core.certificate import Certificate, Difference, DifferenceKind, Standing
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.moments import format_moment
from gladly_segment.service.certifying import Progress, Wish, certify

_BY_HOUR: Final = timedelta(hours=48)
_MOST_LISTED: Final = 100
_TOLD_EVERY: Final = 20
_INTERRUPTED: Final = 130

_PROVES: Final = (
    "Complete: every occurrence that Gladly lists is in the journal, and was accepted by Segment or suppressed with a"
    " reason. It ends where Segment's 200 does; gladly-segment mirror goes on from there."
)

_WORST_FIRST: Final = (Standing.INCOMPLETE, Standing.ORDERED, Standing.WAITING, Standing.COMPLETE)


def certify_command(
    *,
    since: Annotated[str, Parameter(help="From when on: RFC 3339, or so long ago (90m, 36h, 7d).")],
    until: Annotated[str, Parameter(help="Until when; by default now.")] = "",
    organization: Organization = None,
    again: Annotated[
        bool,
        Parameter(name="--again", negative="", help="Ask Gladly anew, until a moment ago, and not only what lacks."),
    ] = False,
    json: AsJson = False,
    config: Config = None,
    data_dir: DataDir = None,
) -> int:
    """Show for each hour that what happened at Gladly is in the journal and came to its end, and what did not by id.

    Hours that have no certificate yet are certified: by the service if one runs, which Gladly's rate is shared with,
    and otherwise by this command. Exit status 1 when an hour is not complete.
    """
    wish = Wish(
        organization=OrganizationId(organization) if organization else None,
        since=moment(since),
        until=moment(until) if until else None,
        again=again,
    )
    try:
        found = run(certify(settings_of(config, data_dir), wish, _Telling()))
    except KeyboardInterrupt:
        Console(stderr=True).print(
            "What was ordered goes on; the same command without --again shows what became of it."
        )
        return _INTERRUPTED
    if json:
        for each in found:
            sys.stdout.buffer.write(msgspec.json.encode(shown_certificate(each)) + b"\n")
        sys.stdout.flush()
    else:
        _print(Console(), found)
    return 0 if found and all(each.standing is Standing.COMPLETE for each in found) else 1


class _Telling:
    """Tells now and then what is awaited, beside what is printed."""

    def __init__(self) -> None:
        self._console = Console(stderr=True, highlight=False)
        self._times = 0

    def __call__(self, progress: Progress) -> None:
        if self._times % _TOLD_EVERY == 0:
            what = f"{progress.ordered} to be certified" if progress.ordered else f"{progress.waiting} wait"
            self._console.print(f"hours: {what} (Ctrl-C leaves the rest to the service)", style="dim")
        self._times += 1


def _print(console: Console, found: Sequence[Certificate]) -> None:
    for organization, of_one in groupby(found, key=lambda each: each.organization):
        certificates = list(of_one)
        console.print(Text(organization, style="bold"))
        console.print(_sums(certificates))
        _print_differences(console, certificates)
        _print_remarks(console, certificates)
        console.print()
    if not found:
        console.print("No hour of that time is certified: no organization is known that could be.")
    console.print(Text(_PROVES, style="dim"))


def _sums(certificates: Sequence[Certificate]) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("from (UTC)", no_wrap=True)
    for name in ("Gladly", "journal", "accepted", "suppressed"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("says", no_wrap=True)
    table.add_column("differences", overflow="fold")
    whole = certificates[-1].span.end - certificates[0].span.start
    digits = 16 if whole <= _BY_HOUR else 10
    for start, some in groupby(certificates, key=lambda each: format_moment(each.span.start)[:digits]):
        add_row(table, start.replace("T", " "), *_row(list(some)))
    if len(certificates) > 1:
        add_row(table, "together", *_row(certificates))
    return table


def _row(certificates: Sequence[Certificate]) -> Iterator[str]:
    standings = {each.standing for each in certificates}
    yield str(sum(each.at_gladly for each in certificates))
    yield str(sum(each.in_journal for each in certificates))
    yield str(sum(each.accepted for each in certificates))
    yield str(sum(each.ended - each.accepted for each in certificates))
    yield next(each for each in _WORST_FIRST if each in standings)
    yield ", ".join(f"{count} {kind}" for kind, count in sorted(_kinds(certificates).items())) or "-"


def _kinds(certificates: Iterable[Certificate]) -> Counter[DifferenceKind]:
    return Counter(each.kind for certificate in certificates for each in certificate.differences)


def _print_differences(console: Console, certificates: Sequence[Certificate]) -> None:
    differences = [each for certificate in certificates for each in certificate.differences]
    if not differences:
        return
    console.print()
    for each in differences[:_MOST_LISTED]:
        line = f"{each.kind:<9} {each.event:<7} {format_moment(each.at)} {each.conversation} {_details(each)}"
        console.print(Text(line.rstrip()), soft_wrap=True)
    if len(differences) > _MOST_LISTED:
        console.print(f"and {len(differences) - _MOST_LISTED} more: --json prints all")
    hint = f"gladly-segment explain {differences[0].conversation}"
    console.print(Text(f"Why one is or is not in Segment: {hint}", style="dim"))


def _details(difference: Difference) -> str:
    numbers = " ".join(f"#{seq}" for seq in difference.seqs)
    # Of what stands twice, the ids are what Segment can be searched for.
    ids = " ".join(difference.message_ids) if difference.kind is DifferenceKind.DOUBLED else ""
    return ", ".join(part for part in (numbers, ids, difference.reason) if part)


def _print_remarks(console: Console, certificates: Sequence[Certificate]) -> None:
    for trouble in dict.fromkeys(each.trouble for each in certificates if each.trouble):
        console.print(Text(f"Gladly could not be asked, which is tried again: {trouble}"))
    if unreadable := sum(each.unreadable for each in certificates):
        console.print(Text(f"{unreadable} lines of Gladly's lists cannot be read: they may have been occurrences."))
    before = [each for each in certificates if not each.in_feed and DifferenceKind.MISSING in _kinds([each])]
    if before:
        since = format_moment(before[0].span.start)
        hint = f"gladly-segment backfill --since {since} --organization {before[0].organization}"
        console.print(Text(f"What is missing is of a time before the webhooks came here. Bring it in: {hint}"))
