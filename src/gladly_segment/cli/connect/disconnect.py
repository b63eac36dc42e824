"""`gladly-segment disconnect`."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from gladly_segment.cli.ask import confirmed
from gladly_segment.cli.connect.voice import Voice, guarded, is_terminal
from gladly_segment.cli.journal import AsJson, Config, Yes
from gladly_segment.cli.loop import run
from gladly_segment.cli.serve import SettingsFile
from gladly_segment.config import Settings
from gladly_segment.core.ids import OrganizationId
from gladly_segment.service.connecting.leaving import (
    events_wait,
    look_at_connected,
    not_connected,
    still_waits,
    take_out,
    take_webhooks_down,
)
from gladly_segment.service.connecting.turns import alone


def disconnect_command(
    name: Annotated[str, Parameter(help="The organization.")],
    /,
    *,
    drop_waiting: Annotated[
        bool, Parameter(negative="", help="Take it out though events of it wait, which then are not sent.")
    ] = False,
    yes: Yes = False,
    json: AsJson = False,
    config: Config = None,
    data_dir: Annotated[Path | None, Parameter(help="Directory of the journal, instead of the settings' own.")] = None,
) -> int:
    """Undo `connect`: delete the webhook at Gladly, let what was received be delivered, and take the organization out.

    Run again, it does what is left to do.
    """
    voice = Voice(json=json)

    def work() -> int:
        settings = SettingsFile(config, data_dir).load()
        return _disconnect(OrganizationId(name), settings, voice, yes=yes, drop_waiting=drop_waiting)

    return guarded(voice, work, stopped="Stopped. Run it again to do the rest.")


def _disconnect(name: OrganizationId, settings: Settings, voice: Voice, *, yes: bool, drop_waiting: bool) -> int:
    before = run(look_at_connected(name, settings))
    if before is None:
        voice.tell(not_connected(name))
        return 0
    if not yes and not confirmed(f"Delete the webhook of {name} at Gladly, and take {name} out with its credentials?"):
        return 0
    with alone(settings.data_dir, name):
        run(take_webhooks_down(name, before, settings, voice.tell))
        waits = run(still_waits(name, settings))
        if waits and not drop_waiting and not _asked(name, yes=yes):
            raise events_wait(name)
        run(take_out(name, settings, voice.tell))
    return 0


def _asked(name: OrganizationId, *, yes: bool) -> bool:
    return not yes and is_terminal() and confirmed(f"Events of {name} wait, and will not be sent. Take it out?")
