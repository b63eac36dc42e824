"""Enrich: read from Gladly what an event is about, map it, and write the outcome into the journal."""

from gladly_segment.enrich.worker import EnrichWorker

__all__ = ["EnrichWorker"]
