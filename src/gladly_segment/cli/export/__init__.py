"""`gladly-segment events export`: events and what became of them, as a file for other tools."""

from gladly_segment.cli.export.command import export_command

__all__ = ["export_command"]
