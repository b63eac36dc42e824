"""`gladly-segment secrets`: which key seals what, and from one key to another."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, TypeAlias, TypeVar

from cyclopts import App, Parameter
from rich.console import Console
from rich.table import Table

from gladly_segment.cli.history import add_row
from gladly_segment.cli.journal import Config, with_registry
from gladly_segment.ports.registry import Action
from gladly_segment.service.beside import FullRegistry
from gladly_segment.service.clock import SystemClock
from gladly_segment.service.vault import KeySources, KeyUse, Progress, Rotation, key_use, rotate, rotate_towards

T = TypeVar("T")

DataDir: TypeAlias = Annotated[
    Path | None, Parameter(help="Directory of the journal, instead of the one in the settings.")
]

secrets_app = App(help="Look after the key that tokens and write keys are sealed with. Works while the service runs.")


@secrets_app.command
def status(*, config: Config = None, data_dir: DataDir = None) -> int:
    """Tell which keys open how many organizations' secrets. Exit status 1 when some are opened by none that is set."""
    use = _with_keys(config, data_dir, key_use)
    _print_use(use)
    return 1 if use.closed else 0


@secrets_app.command(name="rotate")
def rotate_command(
    *,
    new_key_file: Annotated[
        Path | None, Parameter(help="File of the new key, made where there is none; by default the key file's own.")
    ] = None,
    config: Config = None,
    data_dir: DataDir = None,
) -> None:
    """Seal all organizations' secrets with a new key, and lock the former one out.

    A key file is replaced in its place. A key from elsewhere needs --new-key-file, and then the settings changed; the
    command says how. Cut short at any moment, running it again does the rest.
    """

    async def work(registry: FullRegistry, sources: KeySources) -> Rotation:
        done = await (rotate_towards(registry, sources, new_key_file) if new_key_file else rotate(registry, sources))
        await registry.note_action(
            Action(
                at=SystemClock().now(),
                organization=None,
                by="person",
                what="secrets_rotated",
                detail=f"key {done.key}, {done.changed} of {done.records} records, {done.progress.name.lower()}",
            )
        )
        return done

    _print_rotation(_with_keys(config, data_dir, work), new_key_file)


def _with_keys(
    config: Path | None, data_dir: Path | None, work: Callable[[FullRegistry, KeySources], Awaitable[T]]
) -> T:
    return with_registry(
        config, data_dir, lambda registry, settings: work(registry, settings.secrets.sources(settings.data_dir))
    )


def _print_use(use: KeyUse) -> None:
    console = Console(highlight=False)
    table = Table(box=None, pad_edge=False)
    for name in ("key", "is", "opens"):
        table.add_column(name)
    for key in use.keys:
        role = "current" if key == use.keys.current else "previous"
        add_row(table, key.id, role, str(use.records.get(key.id, 0)))
    for name, count in use.records.items():
        if use.keys.find(name) is None:
            add_row(table, name, "not set", str(count))
    console.print(table)
    if use.closed:
        console.print(
            f"\nNo key that is set opens the secrets of {', '.join(use.closed)}: set their key under [secrets], as one "
            "of previous_key_files if there is a newer, or connect them again.",
            markup=False,
            soft_wrap=True,
        )


def _print_rotation(done: Rotation, new_key_file: Path | None) -> None:
    console = Console(highlight=False, soft_wrap=True, markup=False)
    if done.progress is Progress.DONE:
        console.print(f"{done.records} records are opened by the key {done.key} and no other; {done.changed} changed")
        return
    console.print(
        f"{done.records} records are opened by the former key and by the new one, {done.key}; {done.changed} changed.\n"
        f'Now set key_file = "{new_key_file}" under [secrets] in the place of the former key, restart the service, and '
        "run `gladly-segment secrets rotate` again: it locks the former key out."
    )
