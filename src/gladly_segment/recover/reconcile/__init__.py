"""Comparing what Gladly knows with the journal, hour by hour, and certifying that nothing is missing."""

from gladly_segment.recover.reconcile.certifying import Certifier
from gladly_segment.recover.reconcile.due import AFTER
from gladly_segment.recover.reconcile.feed_since import FeedSince
from gladly_segment.recover.reconcile.lists import BEHIND, Lists
from gladly_segment.recover.reconcile.reconciler import Reconciler

__all__ = ["AFTER", "BEHIND", "Certifier", "FeedSince", "Lists", "Reconciler"]
