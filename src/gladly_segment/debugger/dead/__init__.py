"""Dead letters: by cause, with what to do about each, and the buttons to do it."""

from gladly_segment.debugger.dead.handlers import DeadHandlers
from gladly_segment.debugger.dead.watched import DeadLetters

__all__ = ["DeadHandlers", "DeadLetters"]
