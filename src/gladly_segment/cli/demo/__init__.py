"""`gladly-segment demo`: both vendors and the service as three processes, a day in a shop, and its reckoning."""

from gladly_segment.cli.demo.run import run_demo

__all__ = ["run_demo"]
