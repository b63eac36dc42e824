"""`gladly-segment events`: the list of events, and their export."""

from typing import Final

from cyclopts import App

from gladly_segment.cli.events import events_command
from gladly_segment.cli.export import export_command

events_app: Final = App(name="events")
events_app.default(events_command)
events_app.command(export_command, name="export")
