"""Live and search: all events, newest first, as they come and back through retention."""

from gladly_segment.debugger.events.handlers import EventsHandlers

__all__ = ["EventsHandlers"]
