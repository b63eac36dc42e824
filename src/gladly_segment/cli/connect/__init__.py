"""`gladly-segment connect` and `disconnect`."""

from gladly_segment.cli.connect.command import connect_command
from gladly_segment.cli.connect.disconnect import disconnect_command

__all__ = ["connect_command", "disconnect_command"]
