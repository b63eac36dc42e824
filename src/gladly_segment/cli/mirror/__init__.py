"""`gladly-segment mirror`: did what Segment accepted arrive behind it?"""

from gladly_segment.cli.mirror.command import mirror_command

__all__ = ["mirror_command"]
