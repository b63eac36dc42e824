"""The SQLite journal: one file, one process, one writer thread with group commit."""

from gladly_segment.journals.sqlite.backup import back_up, restore
from gladly_segment.journals.sqlite.certificates import SqliteCertificates, open_certificates
from gladly_segment.journals.sqlite.curator import SqliteCurator, open_curator
from gladly_segment.journals.sqlite.eraser import SqliteEraser, erase_again, open_eraser
from gladly_segment.journals.sqlite.journal import SqliteJournal, open_journal
from gladly_segment.journals.sqlite.outcomes import SqliteOutcomes, open_outcomes
from gladly_segment.journals.sqlite.reader import SqliteChanges, open_changes, open_receipts
from gladly_segment.journals.sqlite.registry import SqliteRegistry, open_registry

__all__ = [
    "SqliteCertificates",
    "SqliteChanges",
    "SqliteCurator",
    "SqliteEraser",
    "SqliteJournal",
    "SqliteOutcomes",
    "SqliteRegistry",
    "back_up",
    "erase_again",
    "open_certificates",
    "open_changes",
    "open_curator",
    "open_eraser",
    "open_journal",
    "open_outcomes",
    "open_receipts",
    "open_registry",
    "restore",
]
