"""The history: a read model of the journal in SQLite, which can be dropped and rebuilt at any time."""

from gladly_segment.history.bell import Bell, JournalBell
from gladly_segment.history.cleaning import clean
from gladly_segment.history.file import files_of
from gladly_segment.history.follower import Follower
from gladly_segment.history.projector import Projector, rebuild
from gladly_segment.history.reader import SqliteHistory

__all__ = ["Bell", "Follower", "JournalBell", "Projector", "SqliteHistory", "clean", "files_of", "rebuild"]
