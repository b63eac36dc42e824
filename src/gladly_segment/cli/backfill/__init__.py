"""`gladly-segment backfill`: bring in the past."""

from gladly_segment.cli.backfill.command import backfill_app

__all__ = ["backfill_app"]
