"""The Gladly adapter: API client within its rate limit, and the entities remembered between events."""

from gladly_segment.gladly.client import GladlyAccount, GladlyClient
from gladly_segment.gladly.directory import Directory
from gladly_segment.gladly.limiter import Limiter

__all__ = ["Directory", "GladlyAccount", "GladlyClient", "Limiter"]
