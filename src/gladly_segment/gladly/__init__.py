"""The Gladly adapter: its API within its rate limit, and the entities remembered between events."""

from gladly_segment.gladly.client import GladlyClient
from gladly_segment.gladly.directory import Directory
from gladly_segment.gladly.limiter import Limiter
from gladly_segment.gladly.past_events import GladlyPastEvents
from gladly_segment.gladly.requests import GladlyAccount, GladlyAnswer, GladlyRequests
from gladly_segment.gladly.webhooks import GladlyWebhooks

__all__ = [
    "Directory",
    "GladlyAccount",
    "GladlyAnswer",
    "GladlyClient",
    "GladlyPastEvents",
    "GladlyRequests",
    "GladlyWebhooks",
    "Limiter",
]
