"""Completeness: up to when everything is in Segment, hour by hour, and how far the past has been brought in."""

from gladly_segment.debugger.completeness.handlers import CompletenessHandlers
from gladly_segment.debugger.completeness.watched import Completeness

__all__ = ["Completeness", "CompletenessHandlers"]
