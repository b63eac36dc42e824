"""The SQLite journal: one file, one process, one writer thread with group commit."""

from gladly_segment.journals.sqlite.journal import SqliteJournal, open_journal

__all__ = ["SqliteJournal", "open_journal"]
