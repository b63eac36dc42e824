"""The Gladly adapter: its API within its rate limit, its entities as they are remembered, its lists of the past."""

from gladly_segment.gladly.client import GladlyClient
from gladly_segment.gladly.directory import Directory
from gladly_segment.gladly.exports import GladlyExports
from gladly_segment.gladly.limiter import Limiter, Rank
from gladly_segment.gladly.past_entities import PastEntities
from gladly_segment.gladly.past_events import GladlyPastEvents
from gladly_segment.gladly.reports import GladlyReports, ReportDiary
from gladly_segment.gladly.requests import GladlyAccount, GladlyAnswer, GladlyRequests
from gladly_segment.gladly.webhooks import GladlyWebhooks

__all__ = [
    "Directory",
    "GladlyAccount",
    "GladlyAnswer",
    "GladlyClient",
    "GladlyExports",
    "GladlyPastEvents",
    "GladlyReports",
    "GladlyRequests",
    "GladlyWebhooks",
    "Limiter",
    "PastEntities",
    "Rank",
    "ReportDiary",
]
