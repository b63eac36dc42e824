"""`gladly-segment serve`."""

from collections.abc import Hashable
from pathlib import Path

from gladly_segment.cli.journal import settings_of
from gladly_segment.cli.loop import run
from gladly_segment.cli.ready import announce
from gladly_segment.config import Settings, settings_stamp
from gladly_segment.config.load import settings_file
from gladly_segment.observe import configure_logs
from gladly_segment.service import serve


def serve_command(*, config: Path | None = None, data_dir: Path | None = None) -> None:
    """Take webhooks from Gladly and deliver their events to Segment, until told to stop (SIGTERM drains).

    Prints one line of JSON with the url once it listens; logs go to standard error.

    Parameters
    ----------
    config
        Settings file; by default gladly-segment.toml in this directory.
    data_dir
        Directory of the journal, instead of the one in the settings.
    """
    source = SettingsFile(config, data_dir)
    settings = source.load()
    configure_logs(settings.log_format, settings.log_level)
    run(serve(settings, announce, source))


class SettingsFile:
    """The settings as this command line names them, however often they are read."""

    def __init__(self, config: Path | None, data_dir: Path | None) -> None:
        self._config = config
        self._data_dir = data_dir

    @property
    def file(self) -> Path | None:
        """The file that is read, if any."""
        return settings_file(self._config)

    def load(self) -> Settings:
        """Read them. Raises SettingsError."""
        return settings_of(self._config, self._data_dir)

    def stamp(self) -> Hashable:
        """Give what is different once a file has changed."""
        return settings_stamp(self._config)
