"""Looking: input and output alone, each bounded in time; what cannot be seen is an observation too."""

from gladly_segment.doctor.looking.machine import look_at_disk, look_at_files
from gladly_segment.doctor.looking.service import Listening, look_at_journal, look_at_service
from gladly_segment.doctor.looking.vendors import Vendors, look_at_organizations

__all__ = [
    "Listening",
    "Vendors",
    "look_at_disk",
    "look_at_files",
    "look_at_journal",
    "look_at_organizations",
    "look_at_service",
]
