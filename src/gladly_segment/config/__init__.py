"""Settings: one declaration each, read from a file and the environment, explained when wrong."""

from gladly_segment.config.load import load_settings
from gladly_segment.config.settings import OrganizationSettings, ServerSettings, Settings

__all__ = ["OrganizationSettings", "ServerSettings", "Settings", "load_settings"]
