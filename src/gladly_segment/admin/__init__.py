"""Admin: where those who look after the service look, behind authentication."""

from gladly_segment.admin.access import AccessRules
from gladly_segment.admin.app import Admin
from gladly_segment.admin.watched import Shown

__all__ = ["AccessRules", "Admin", "Shown"]
