"""A day in a shop: conversations of all kinds, played over the simulators' control APIs."""

from gladly_segment.sandbox.shop.day import Day, plan_day
from gladly_segment.sandbox.shop.play import play_day

__all__ = ["Day", "plan_day", "play_day"]
