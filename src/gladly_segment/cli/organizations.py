"""`gladly-segment organizations`: who is served, changed while the service runs."""

import os
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, TypeAlias, TypeVar

import msgspec
from cyclopts import App, Parameter
from rich.console import Console
from rich.table import Table

from gladly_segment.cli.ask import confirmed
from gladly_segment.cli.history import add_row
from gladly_segment.cli.journal import AsJson, Config, DataDir, Yes, with_registry
from gladly_segment.config import Settings
from gladly_segment.config.declared import declare_file, open_settings
from gladly_segment.config.organization import SECRETS
from gladly_segment.core.errors import InputError
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.moments import format_moment
from gladly_segment.core.organization import Origin
from gladly_segment.core.secret import MASK
from gladly_segment.ports.registry import Action
from gladly_segment.service.beside import FullRegistry, curating, has_unsettled
from gladly_segment.service.clock import SystemClock
from gladly_segment.service.vault import vault_to_seal_with

T = TypeVar("T")

organizations_app = App(help="Add, pause and remove organizations. A running service follows within a second.")

Name: TypeAlias = Annotated[str, Parameter(help="The organization: the subdomain of its Gladly address.")]

_PERSON = "person"
_ACTIONS_SHOWN = 10


class Listed(msgspec.Struct, frozen=True, rename="camel"):
    """An organization as JSON."""

    name: str
    origin: Origin
    paused: bool
    settings: Mapping[str, Any]


@organizations_app.command(name="list")
def list_(*, json: AsJson = False, config: Config = None, data_dir: DataDir = None) -> None:
    """List the organizations of the settings and those declared by command."""
    found = with_registry(config, data_dir, _listed)
    if json:
        _print_json(found)
        return
    console = Console()
    if not found:
        console.print("No organizations yet. Begin with: gladly-segment connect", highlight=False)
        return
    table = Table(box=None, pad_edge=False)
    for column in ("name", "declared in", "state", "environment", "region"):
        table.add_column(column, no_wrap=column == "name", overflow="fold")
    for each in found:
        state = "paused" if each.paused else "active"
        environment, region = (str(each.settings.get(key, "")) for key in ("environment", "segment_region"))
        add_row(table, each.name, each.origin, state, environment, region)
    console.print(table)


@organizations_app.command
def show(name: Name, /, *, json: AsJson = False, config: Config = None, data_dir: DataDir = None) -> None:
    """Show one organization's settings, without secrets, and what was changed about it last."""

    async def work(registry: FullRegistry, settings: Settings) -> tuple[Listed, list[Action]]:
        found = _the_one(name, await _listed(registry, settings))
        return found, list(await registry.actions(OrganizationId(name), _ACTIONS_SHOWN))

    found, actions = with_registry(config, data_dir, work)
    if json:
        _print_json([found])
        return
    console = Console()
    console.print(f"{found.name}, declared in the {found.origin}{', paused' if found.paused else ''}", highlight=False)
    table = Table(box=None, show_header=False, pad_edge=False)
    for key, value in found.settings.items():
        add_row(table, key, str(value))
    for action in actions:
        add_row(table, format_moment(action.at), f"{action.what} by {action.by} {action.detail}".rstrip())
    console.print(table)


@organizations_app.command
def add(
    name: Name,
    file: Annotated[Path, Parameter(help="TOML file with the keys of [organizations.NAME]; secrets by `..._file`.")],
    /,
    *,
    replace: Annotated[bool, Parameter(negative="", help="Replace the one of this name.")] = False,
    config: Config = None,
    data_dir: DataDir = None,
) -> None:
    """Add an organization from a file: its secrets are sealed, the file is needed no more."""

    async def work(registry: FullRegistry, settings: Settings) -> Path | None:
        known = {each.name: each for each in await _listed(registry, settings)}
        if name in known and known[name].origin is Origin.FILE:
            raise InputError(f"{name} is declared in the settings already", hint="change it there")
        if name in known and not replace:
            raise InputError(f"there is an organization {name} already", hint="give --replace to change it")
        table, now = _read(file), SystemClock().now()
        vault, made = await vault_to_seal_with(settings, registry)
        await registry.declare(declare_file(OrganizationId(name), table, vault, now, draw_salt=os.urandom))
        await registry.note_action(_action(name, "changed" if name in known else "added"))
        return made

    made = with_registry(config, data_dir, work)
    if made is not None:
        Console().print(
            f"A key was made to seal secrets with: {made}. Keep a copy of it, apart from backups.", highlight=False
        )
    Console().print(f"{name} is declared", highlight=False)


@organizations_app.command
def pause(name: Name, /, *, config: Config = None, data_dir: DataDir = None) -> None:
    """Let an organization stand still: its webhooks are taken and kept, nothing is read or sent."""
    _set_pause(name, config, data_dir, paused=True)
    Console().print(f"{name} is paused; its events wait", highlight=False)


@organizations_app.command
def resume(name: Name, /, *, config: Config = None, data_dir: DataDir = None) -> None:
    """Let a paused organization go on."""
    _set_pause(name, config, data_dir, paused=False)
    Console().print(f"{name} goes on", highlight=False)


@organizations_app.command
def remove(name: Name, /, *, yes: Yes = False, config: Config = None, data_dir: DataDir = None) -> None:
    """Take out an organization that was declared by command. Disconnect it at Gladly first."""

    async def work(registry: FullRegistry, settings: Settings) -> bool:
        found = _the_one(name, await _listed(registry, settings))
        if found.origin is Origin.FILE:
            raise InputError(f"{name} is declared in the settings", hint="take it out there")
        async with curating(settings.data_dir) as curator:
            waiting = await has_unsettled(curator, OrganizationId(name))
        question = f"Events of {name} still wait, and will not be sent. " if waiting else ""
        if not yes and not confirmed(f"{question}Remove {name} with its credentials?"):
            return False
        await registry.remove(OrganizationId(name))
        await registry.note_action(_action(name, "removed"))
        return True

    if with_registry(config, data_dir, work):
        Console().print(f"{name} is removed; what it received stays until its retention ends", highlight=False)


def _set_pause(name: str, config: Path | None, data_dir: Path | None, *, paused: bool) -> None:
    async def work(registry: FullRegistry, settings: Settings) -> None:
        found = _the_one(name, await _listed(registry, settings))
        if found.paused is not paused:
            await registry.pause(OrganizationId(name), paused=paused)
            await registry.note_action(_action(name, "paused" if paused else "resumed"))

    with_registry(config, data_dir, work)


async def _listed(registry: FullRegistry, settings: Settings) -> list[Listed]:
    paused = await registry.paused()
    found = {
        name: Listed(
            name, Origin.FILE, OrganizationId(name) in paused, each.model_dump(mode="json", exclude_unset=True)
        )
        for name, each in settings.organizations.items()
    }
    for each in await registry.declared():
        settings_shown = {**open_settings(each), **dict.fromkeys(SECRETS, MASK)}
        found.setdefault(each.name, Listed(each.name, Origin.REGISTRY, each.name in paused, settings_shown))
    return [found[name] for name in sorted(found)]


def _the_one(name: str, found: list[Listed]) -> Listed:
    for each in found:
        if each.name == name:
            return each
    known = ", ".join(each.name for each in found) or "none"
    raise InputError(f"there is no organization {name}", hint=f"known are: {known}")


def _action(name: str, what: str) -> Action:
    return Action(at=SystemClock().now(), organization=OrganizationId(name), by=_PERSON, what=what)


def _read(file: Path) -> Mapping[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{file} is not TOML: {error}") from None


def _print_json(found: list[Listed]) -> None:
    for each in found:
        sys.stdout.buffer.write(msgspec.json.encode(each) + b"\n")
    sys.stdout.flush()
