"""`gladly-segment demo`: both vendors and the service as three processes, a day in a shop, and its reckoning."""

from gladly_segment.cli.demo.command import demo_command

__all__ = ["demo_command"]
