"""Settings: one declaration each, read from a file and the environment, explained when wrong."""

from gladly_segment.config.admin import AdminSettings
from gladly_segment.config.load import load_settings, settings_stamp
from gladly_segment.config.organization import OrganizationSettings
from gladly_segment.config.server import ServerSettings
from gladly_segment.config.settings import Settings

__all__ = ["AdminSettings", "OrganizationSettings", "ServerSettings", "Settings", "load_settings", "settings_stamp"]
