"""The command line: commands, and errors as one sentence."""

from gladly_segment.cli.app import main

__all__ = ["main"]
