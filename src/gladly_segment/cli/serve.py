"""`gladly-segment serve`."""

from pathlib import Path

from gladly_segment.cli.loop import run
from gladly_segment.cli.ready import announce
from gladly_segment.config import load_settings
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
    settings = load_settings(config)
    if data_dir is not None:
        settings = settings.model_copy(update={"data_dir": data_dir})
    configure_logs(settings.log_format, settings.log_level)
    run(serve(settings, announce))
