"""`gladly-segment doctor`: is everything well, and if not, what mends it?"""

from gladly_segment.cli.doctor.command import doctor_command

__all__ = ["doctor_command"]
