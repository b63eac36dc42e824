"""The SQLite journal: one file, one process, one writer thread with group commit."""

from gladly_segment.journals.sqlite.backup import back_up, restore
from gladly_segment.journals.sqlite.curator import SqliteCurator, open_curator
from gladly_segment.journals.sqlite.journal import SqliteJournal, open_journal

__all__ = ["SqliteCurator", "SqliteJournal", "back_up", "open_curator", "open_journal", "restore"]
