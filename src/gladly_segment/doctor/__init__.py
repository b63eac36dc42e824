"""Whether everything is well: looking at it, and concluding from what was seen."""

from gladly_segment.doctor.checks import examine
from gladly_segment.doctor.findings import ExitStatus, Finding, Severity, exit_status, verdict
from gladly_segment.doctor.observations import Observations

__all__ = ["ExitStatus", "Finding", "Observations", "Severity", "examine", "exit_status", "verdict"]
