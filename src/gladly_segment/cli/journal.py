"""The journal as the commands see it that look into it beside a running service."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated, TypeAlias, TypeVar

from cyclopts import Parameter

from gladly_segment.cli.loop import run
from gladly_segment.config import Settings, load_settings
from gladly_segment.core.errors import InputError
from gladly_segment.core.moments import HOW_TO_WRITE_A_MOMENT, moment_before
from gladly_segment.ports.curator import Curator
from gladly_segment.service.beside import FullRegistry, curating, registering
from gladly_segment.service.clock import SystemClock

T = TypeVar("T")

Config: TypeAlias = Annotated[
    Path | None, Parameter(help="Settings file; by default gladly-segment.toml in this directory.")
]
DataDir: TypeAlias = Annotated[Path | None, Parameter(help="Directory of the journal; with it, no settings are read.")]
Organization: TypeAlias = Annotated[str | None, Parameter(help="Only this organization.")]
AsJson: TypeAlias = Annotated[bool, Parameter(name="--json", negative="", help="Print JSON, one document a line.")]
Yes: TypeAlias = Annotated[bool, Parameter(name="--yes", negative="", help="Do not ask.")]


def with_curator(config: Path | None, data_dir: Path | None, work: Callable[[Curator], Awaitable[T]]) -> T:
    """Open the journal that the arguments or the settings name, and do something with it."""
    directory = data_dir or load_settings(config).data_dir
    return run(_work(directory, work))


def with_registry(
    config: Path | None, data_dir: Path | None, work: Callable[[FullRegistry, Settings], Awaitable[T]]
) -> T:
    """Open the registry that the arguments or the settings name, and do something with it and the settings."""
    settings = settings_of(config, data_dir)

    async def opened() -> T:
        async with registering(settings.data_dir) as registry:
            return await work(registry, settings)

    return run(opened())


def settings_of(config: Path | None, data_dir: Path | None) -> Settings:
    """Read the settings, with the data directory of the command line where one is given. Raises SettingsError."""
    settings = load_settings(config)
    return settings if data_dir is None else settings.model_copy(update={"data_dir": data_dir})


def moment(text: str) -> datetime:
    """Read a time: RFC 3339, or so long ago (`90m`, `36h`, `7d`). Raises InputError."""
    found = moment_before(text, SystemClock().now())
    if found is None:
        raise InputError(f"{text!r} is no time", hint=HOW_TO_WRITE_A_MOMENT)
    return found


async def _work(directory: Path, work: Callable[[Curator], Awaitable[T]]) -> T:
    async with curating(directory) as curator:
        return await work(curator)
