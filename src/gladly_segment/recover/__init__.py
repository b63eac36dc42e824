"""Guarding the feed of webhooks, and recovering from Gladly's Events API what it missed."""

from gladly_segment.recover.gap import GapRecovery
from gladly_segment.recover.guardian import Guardian
from gladly_segment.recover.silence import SilenceWatch

__all__ = ["GapRecovery", "Guardian", "SilenceWatch"]
