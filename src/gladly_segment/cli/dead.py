"""`gladly-segment dead`: dead letters."""

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Annotated, Final

from cyclopts import App, Parameter, validators
from rich.console import Console
from rich.table import Table

from gladly_segment.cli.ask import confirmed
from gladly_segment.cli.history import add_row, print_histories, print_json
from gladly_segment.cli.journal import AsJson, Config, DataDir, Organization, Yes, settings_of, with_curator
from gladly_segment.cli.loop import run
from gladly_segment.core.errors import InputError
from gladly_segment.core.ids import OrganizationId, Seq
from gladly_segment.core.lifecycle import REMEDIES, ParkCause, State
from gladly_segment.core.moments import format_moment
from gladly_segment.core.records import History, Selection
from gladly_segment.ports.curator import START, Curator, DeadGroup
from gladly_segment.service.dead import DeadLetterOffice, opened_office

dead_app = App(help="Look at dead letters, and retry or drop them. Works while the service runs.")

Number = Annotated[
    int,
    Parameter(help="Number of a dead letter, as `dead list` shows it.", validator=validators.Number(gte=1, lt=2**63)),
]
Cause = Annotated[ParkCause | None, Parameter(help="Only those with this cause.")]
All = Annotated[bool, Parameter(name="--all", negative="", help="All of them.")]

_SHOWN: Final = 200
_BY_COMMAND: Final = "command line"


@dead_app.command(name="list")
def list_(
    *,
    organization: Organization = None,
    cause: Cause = None,
    json: AsJson = False,
    config: Config = None,
    data_dir: DataDir = None,
) -> None:
    """List dead letters with their causes and remedies."""
    selection = _selection((), organization, cause)
    if json:
        with_curator(config, data_dir, lambda curator: _print_all(curator, selection))
    else:
        _print_list(*with_curator(config, data_dir, lambda curator: _look(curator, selection)))


@dead_app.command
def show(number: Number, /, *, json: AsJson = False, config: Config = None, data_dir: DataDir = None) -> None:
    """Show one dead letter with everything that befell it."""
    found = with_curator(config, data_dir, lambda curator: _show(curator, number))
    if json:
        print_json(found)
    else:
        print_histories(Console(), found)


@dead_app.command
def retry(
    *numbers: Number,
    organization: Organization = None,
    cause: Cause = None,
    all: All = False,  # noqa: A002 - the flag's own name
    config: Config = None,
    data_dir: DataDir = None,
) -> None:
    """Send dead letters on their way again, in their place within their conversations, under the same messageId."""
    selection = _chosen(numbers, organization, cause, everything=all)
    count = _with_office(config, data_dir, lambda office: office.retry(selection, _BY_COMMAND))
    Console().print(f"{count} on their way again", highlight=False)


@dead_app.command
def drop(
    *numbers: Number,
    organization: Organization = None,
    cause: Cause = None,
    all: All = False,  # noqa: A002 - the flag's own name
    yes: Yes = False,
    config: Config = None,
    data_dir: DataDir = None,
) -> None:
    """Give dead letters up for good: their events will never reach Segment."""
    selection = _chosen(numbers, organization, cause, everything=all)
    if not yes and not confirmed("Give these dead letters up for good?"):
        return
    count = _with_office(config, data_dir, lambda office: office.drop(selection, _BY_COMMAND))
    Console().print(f"{count} dropped", highlight=False)


def _with_office(config: Path | None, data_dir: Path | None, work: Callable[[DeadLetterOffice], Awaitable[int]]) -> int:
    async def opened() -> int:
        async with opened_office(data_dir or settings_of(config, None).data_dir) as office:
            return await work(office)

    return run(opened())


async def _look(curator: Curator, selection: Selection) -> tuple[Sequence[History], Sequence[DeadGroup]]:
    groups = await curator.dead(selection.organization)
    return await curator.find(selection, _SHOWN), [each for each in groups if selection.cause in (None, each.cause)]


async def _print_all(curator: Curator, selection: Selection) -> None:
    after = START
    while found := await curator.find(selection, _SHOWN, after=after):
        print_json(found)
        after = found[-1].seq


async def _show(curator: Curator, number: int) -> list[History]:
    found = await curator.find(_selection((number,), None, None), 1)
    if not found:
        raise InputError(f"there is no dead letter {number}", hint="gladly-segment dead list shows all of them")
    return [each for each in await curator.explain(found[0].organization, found[0].lane) if each.seq == number]


def _chosen(
    numbers: tuple[int, ...], organization: str | None, cause: ParkCause | None, *, everything: bool
) -> Selection:
    if not (numbers or organization or cause or everything):
        raise InputError("no dead letter is named", hint="give numbers, --cause, --organization or --all")
    return _selection(numbers, organization, cause)


def _selection(numbers: tuple[int, ...], organization: str | None, cause: ParkCause | None) -> Selection:
    return Selection(
        organization=OrganizationId(organization) if organization else None,
        seqs=tuple(Seq(number) for number in numbers) or None,
        states=(State.PARKED,),
        cause=cause,
    )


def _print_list(found: Sequence[History], groups: Sequence[DeadGroup]) -> None:
    console = Console()
    if not found:
        console.print("No dead letters.")
        return
    table = Table(box=None, pad_edge=False)
    for name in ("number", "organization", "event", "received", "cause", "detail"):
        # Whole, since they are copied into the next command; the rest is folded where the terminal is narrow.
        table.add_column(name, no_wrap=name in ("number", "received", "cause"), overflow="fold")
    for each in found:
        received = format_moment(each.received_at)
        add_row(table, str(each.seq), each.organization, each.event_type, received, each.reason, each.detail)
    console.print(table)
    for each in groups:
        remedy = REMEDIES[each.cause]
        told = f"\n{each.organization}, {each.letters} × {each.cause}: {remedy.meaning} {remedy.action}"
        console.print(told, highlight=False, markup=False)
    if len(found) == _SHOWN:
        console.print(f"\nThe first {_SHOWN} are shown; narrow down with --organization or --cause.")
