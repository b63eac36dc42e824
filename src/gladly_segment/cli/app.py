"""The `gladly-segment` command."""

import sys
from typing import Final

from cyclopts import App, CycloptsError
from rich.console import Console
from rich.text import Text

from gladly_segment import __version__
from gladly_segment.cli.actions import actions_command
from gladly_segment.cli.backfill import backfill_app
from gladly_segment.cli.backup import backup_command, restore_command
from gladly_segment.cli.certify import certify_command
from gladly_segment.cli.connect import connect_command, disconnect_command
from gladly_segment.cli.dead import dead_app
from gladly_segment.cli.demo import demo_command
from gladly_segment.cli.doctor import doctor_command
from gladly_segment.cli.erase import erase_command
from gladly_segment.cli.events_app import events_app
from gladly_segment.cli.explain import explain_command
from gladly_segment.cli.history_app import history_app
from gladly_segment.cli.mapping import map_command
from gladly_segment.cli.mirror import mirror_command
from gladly_segment.cli.organizations import organizations_app
from gladly_segment.cli.replay import replay_command
from gladly_segment.cli.sandbox import sandbox_app
from gladly_segment.cli.secrets import secrets_app
from gladly_segment.cli.serve import serve_command
from gladly_segment.cli.stats import stats_command
from gladly_segment.cli.tail import tail_command
from gladly_segment.core.errors import GladlySegmentError

USAGE_ERROR: Final = 2

app: Final = App(
    name="gladly-segment",
    help="Every Gladly conversation opened or closed arrives in Segment once, complete and in order.",
    version=__version__,
    error_formatter=lambda error: _sentence(str(error), "see gladly-segment --help"),
    print_error=True,
    exit_on_error=False,
    result_action="return_value",
)
app.command(connect_command, name="connect")
app.command(serve_command, name="serve")
app.command(disconnect_command, name="disconnect")
app.command(map_command, name="map")
app.command(demo_command, name="demo")
app.command(organizations_app, name="organizations")
app.command(doctor_command, name="doctor")
app.command(events_app, name="events")
app.command(tail_command, name="tail")
app.command(stats_command, name="stats")
app.command(explain_command, name="explain")
app.command(dead_app, name="dead")
app.command(actions_command, name="actions")
app.command(replay_command, name="replay")
app.command(mirror_command, name="mirror")
app.command(certify_command, name="certify")
app.command(backfill_app, name="backfill")
app.command(erase_command, name="erase")
app.command(history_app, name="history")
app.command(backup_command, name="backup")
app.command(restore_command, name="restore")
app.command(secrets_app, name="secrets")
app.command(sandbox_app, name="sandbox")


def main() -> None:
    """Run the command line; exit 2 for what the user can mend, with one sentence about it."""
    errors = Console(stderr=True, soft_wrap=True, highlight=False)
    try:
        status = app(sys.argv[1:])
    except CycloptsError:
        sys.exit(USAGE_ERROR)
    except GladlySegmentError as error:
        errors.print(_sentence(error.message, error.hint))
        sys.exit(USAGE_ERROR)
    sys.exit(status if isinstance(status, int) else 0)


def _sentence(message: str, hint: str) -> Text:
    return Text.assemble(("error: ", "bold red"), message, (f"\n  {hint}" if hint else "", "dim"))
