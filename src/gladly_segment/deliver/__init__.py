"""Deliver: send ready track events to Segment in batches, with one verdict for each event."""

from gladly_segment.deliver.worker import DeliverWorker

__all__ = ["DeliverWorker"]
