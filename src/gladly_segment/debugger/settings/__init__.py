"""Settings: every one with its value, where it came from and what it means; secrets go in and never out."""

from gladly_segment.debugger.settings.handlers import SettingsHandlers

__all__ = ["SettingsHandlers"]
