"""The oracle's checker: what both simulators saw, and whether the service between them did right by it. Pure."""

from gladly_segment.sandbox.audit.books import GladlyBooks, SegmentBooks
from gladly_segment.sandbox.audit.judge import audit
from gladly_segment.sandbox.audit.recovery import Recovery
from gladly_segment.sandbox.audit.report import AuditReport, Finding

__all__ = ["AuditReport", "Finding", "GladlyBooks", "Recovery", "SegmentBooks", "audit"]
