"""The Segment adapter: the Tracking API's batch endpoint, for Segment and hosts that speak like it."""

from gladly_segment.segment.client import SegmentClient, SegmentSource

__all__ = ["SegmentClient", "SegmentSource"]
