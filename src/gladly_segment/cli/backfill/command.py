"""`gladly-segment backfill`: order one, follow it, look at all of them, stop one."""

from pathlib import Path
from typing import Annotated, Final, TypeAlias

from cyclopts import App, Parameter
from rich.console import Console

from gladly_segment.cli.backfill.following import follow, showing
from gladly_segment.cli.backfill.given import as_before, integrations_of, span_of
from gladly_segment.cli.backfill.shown import line, print_end, print_json, print_plan
from gladly_segment.cli.journal import AsJson, Config, DataDir, settings_of
from gladly_segment.cli.loop import run
from gladly_segment.config import Settings
from gladly_segment.core.backfill import UNDER_WAY, Backfill, Order, Phase
from gladly_segment.core.errors import InputError
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.organization import Organization
from gladly_segment.ports.backfills import Backfills
from gladly_segment.service.backfilling import backfilling, the_organization
from gladly_segment.service.beside import is_served
from gladly_segment.service.clock import SystemClock

backfill_app: Final = App(name="backfill")

Named: TypeAlias = Annotated[
    str | None, Parameter(name="--organization", help="Whose past; needed if there are several.")
]


@backfill_app.default
def backfill_command(
    *,
    since: Annotated[str, Parameter(help="From when on: 2026-08-01 (UTC), RFC 3339, or how long ago (90d, 36h).")],
    until: Annotated[str, Parameter(help="Until when; by default now, or where one goes that began at --since.")] = "",
    organization: Named = None,
    plan: Annotated[bool, Parameter(name="--plan", negative="", help="Only tell what it would do.")] = False,
    integrations: Annotated[
        str,
        Parameter(
            help="Which destinations get the events, as Segment's integrations object; by default all, or as ordered."
        ),
    ] = "",
    json: AsJson = False,
    config: Config = None,
    data_dir: DataDir = None,
) -> int:
    """Bring in what happened at Gladly before: through the same mapping, with the same messageIds, nothing twice.

    The service does it, behind all live events and within Gladly's rate; this command orders it and follows it.
    Ctrl-C leaves it running; given again the command goes on where it is. Exit status 0 when it is done, or planned;
    1 when it was stopped, left, or no service runs.
    """
    settings = settings_of(config, data_dir)
    wanted = _Wanted(since, until, integrations_of(integrations) if integrations else None, plan_only=plan)
    try:
        return run(_order(settings, organization, wanted, json=json))
    except KeyboardInterrupt:
        _note("left; it goes on in the service. Look at it with: gladly-segment backfill status")
        return 1


@backfill_app.command(name="status")
def status_command(*, json: AsJson = False, config: Config = None, data_dir: DataDir = None) -> None:
    """Show the latest backfill of each organization. Works whether the service runs or not."""
    directory = _directory(config, data_dir)

    async def work() -> list[Backfill]:
        async with backfilling(directory) as backfills:
            return list(await backfills.latest())

    found = run(work())
    console = Console(soft_wrap=True, highlight=False)
    if not found and not json:
        console.print("No backfill was ordered yet. Begin with: gladly-segment backfill --since 90d --plan")
    for each in found:
        if json:
            print_json(each)
        else:
            print_end(console, each)
    if any(each.phase in UNDER_WAY for each in found):
        _note_if_idle(directory)


@backfill_app.command(name="stop")
def stop_command(*, organization: Named = None, config: Config = None, data_dir: DataDir = None) -> int:
    """Stop the backfill that is under way. What is in the journal is sent; ordered again, it goes on from there."""
    settings = settings_of(config, data_dir)

    async def work() -> Backfill | None:
        chosen = await the_organization(settings, organization)
        async with backfilling(settings.data_dir) as backfills:
            return await backfills.stop(chosen.name)

    stopped = run(work())
    console = Console(soft_wrap=True, highlight=False)
    if stopped is None:
        console.print("No backfill is under way.")
        return 1
    console.print(line(stopped), markup=False)
    return 0


class _Wanted:
    """What the command line asks for."""

    def __init__(self, since: str, until: str, integrations: bytes | None, *, plan_only: bool) -> None:
        self.since = since
        self.until = until
        self.integrations = integrations
        self.plan_only = plan_only


async def _order(settings: Settings, named: str | None, wanted: _Wanted, *, json: bool) -> int:
    chosen = await the_organization(settings, named)
    async with backfilling(settings.data_dir) as backfills:
        ordered = await _ordered(backfills, chosen.name, wanted)
        if not is_served(settings.data_dir) and ordered.phase in UNDER_WAY:
            _note(f"no service runs on {settings.data_dir}: it begins when one does (gladly-segment serve)")
            return 1
        _note_if_paused(chosen)
        console = Console(soft_wrap=True, highlight=False)
        with showing(console, json=json) as show:
            ended = await follow(backfills, ordered, show)
    _print(console, ended, json=json)
    return 0 if ended.phase in {Phase.PLANNED, Phase.DONE} else 1


async def _ordered(backfills: Backfills, name: OrganizationId, wanted: _Wanted) -> Backfill:
    latest = next((each for each in await backfills.latest() if each.order.organization == name), None)
    span = span_of(wanted.since, wanted.until, latest, SystemClock().now())
    if wanted.plan_only and latest is not None and latest.phase is Phase.SENDING and latest.order.span == span:
        raise InputError(
            f"this backfill of {name} is being carried out", hint="look at it with: gladly-segment backfill status"
        )
    integrations = as_before(latest, span) if wanted.integrations is None else wanted.integrations
    return await backfills.order(
        Order(organization=name, span=span, integrations=integrations, plan_only=wanted.plan_only)
    )


def _print(console: Console, ended: Backfill, *, json: bool) -> None:
    if json:
        print_json(ended)
    elif ended.phase is Phase.PLANNED:
        print_plan(console, ended)
        console.print("\nNothing is done yet. Start it with the same command, without --plan.")
    else:
        print_end(console, ended)


def _note_if_paused(organization: Organization) -> None:
    if organization.paused:
        _note(f"{organization.name} is paused: it begins after gladly-segment organizations resume {organization.name}")


def _note_if_idle(directory: Path) -> None:
    if not is_served(directory):
        _note(f"no service runs on {directory}: nothing of it advances")


def _directory(config: Path | None, data_dir: Path | None) -> Path:
    return data_dir or settings_of(config, None).data_dir


def _note(text: str) -> None:
    Console(stderr=True, soft_wrap=True, highlight=False).print(text, style="dim", markup=False)
