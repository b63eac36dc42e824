"""`gladly-segment backup` and `restore`."""

from pathlib import Path
from typing import Annotated, Final

from cyclopts import Parameter
from rich.console import Console

from gladly_segment.cli.journal import Config, DataDir
from gladly_segment.config import load_settings
from gladly_segment.service.beside import back_up, erase_again, restore_journal

_ERASE_AGAIN: Final = (
    "customers erased after this backup was made are in it again, and not known here: erase them again, with "
    "gladly-segment erase"
)


def backup_command(file: Path, /, *, config: Config = None, data_dir: DataDir = None) -> None:
    """Write a consistent copy of the journal to a file, while the service runs or not. The copy is checked."""
    back_up(data_dir or load_settings(config).data_dir, file)
    Console().print(f"{file}: {file.stat().st_size} bytes", highlight=False, markup=False, soft_wrap=True)


def restore_command(
    file: Path,
    /,
    *,
    force: Annotated[bool, Parameter(negative="", help="Replace a journal that is there; it is kept beside.")] = False,
    config: Config = None,
    data_dir: DataDir = None,
) -> None:
    """Put a backup in the place of the journal. The service must not run.

    What was received after the backup is not in it: deliveries since then are repeated, under the same messageIds.
    Customers whom the former journal had erased are erased in this one, too.
    """
    directory = data_dir or load_settings(config).data_dir
    kept = restore_journal(file, directory, force=force)
    former = f"; the former journal is {kept}" if kept else ""
    console = Console(highlight=False, markup=False, soft_wrap=True)
    console.print(f"restored {directory}{former}")
    erased_again = None if kept is None else erase_again(kept, directory)
    if erased_again is None:
        console.print(_ERASE_AGAIN)
    elif erased_again:
        console.print(f"{erased_again} receipts of customers erased since the backup were erased again")
