"""The overview: how much came, what became of it, how fast, and how everything stands now."""

from gladly_segment.debugger.overview.handlers import OverviewHandlers
from gladly_segment.debugger.overview.watched import JournalNow, Served, Watched

__all__ = ["JournalNow", "OverviewHandlers", "Served", "Watched"]
