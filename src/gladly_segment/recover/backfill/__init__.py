"""Bringing in the past: gathered from Gladly's lists, planned, and handed to the journal behind everything else."""

from gladly_segment.recover.backfill.course import Rate
from gladly_segment.recover.backfill.engine import BackfillEngine
from gladly_segment.recover.backfill.gather import Gatherer
from gladly_segment.recover.backfill.lists import Lists
from gladly_segment.recover.backfill.recognition import Recognition
from gladly_segment.recover.backfill.send import MOST_IN_HAND, Sender

__all__ = ["MOST_IN_HAND", "BackfillEngine", "Gatherer", "Lists", "Rate", "Recognition", "Sender"]
