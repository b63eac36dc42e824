"""Connect: the wizard that leads from nothing to the first event, and back."""

from gladly_segment.debugger.connect.drafts import Drafts
from gladly_segment.debugger.connect.handlers import ConnectHandlers
from gladly_segment.debugger.connect.runs import RunsHandlers

__all__ = ["ConnectHandlers", "Drafts", "RunsHandlers"]
