"""The file of backfills: orders, what was gathered for them, and how far they are."""

from gladly_segment.spool.backfills import SqliteBackfills
from gladly_segment.spool.file import files_of_backfills

__all__ = ["SqliteBackfills", "files_of_backfills"]
