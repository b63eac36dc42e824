"""The event screen: what befell one event, what was made of it, and what would be made of it now."""

from gladly_segment.debugger.event.handlers import EventHandlers
from gladly_segment.debugger.event.watched import WatchedEvents

__all__ = ["EventHandlers", "WatchedEvents"]
