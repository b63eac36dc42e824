"""The judgement of a run: both vendors' ledgers and the service's own account, compared."""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec.structs import replace

from gladly_segment.sandbox.audit import AuditReport, GladlyBooks, SegmentBooks, audit
from gladly_segment.sandbox.audit.report import Finding

_SKEWED = ": timestamp is not the conversation's creation"
_REFUSED = Finding("parked", "1 for request_refused")


class Excuses(msgspec.Struct, frozen=True):
    """What a scenario forces upon the best of services."""

    clock_jumped: bool = False
    """Segment moves `timestamp` by the time between `sentAt` and receipt: a wrong clock makes a wrong `timestamp`."""
    refused: str | None = None
    """The conversation whose opening Segment refused: that event must be parked, and no other."""


class Judgement(msgspec.Struct, frozen=True):
    """What a run came to, after excuses."""

    report: AuditReport
    parked: int
    """Events that had to be parked, and were."""
    changed_payloads: tuple[str, ...]
    """messageIds that came to Segment with different contents."""
    failed_answers: int
    """How often a vendor or the service answered with an error, or not at all."""
    answers_503: int
    """How often the service told Gladly that it cannot make an event durable."""

    @property
    def wrongs(self) -> dict[str, int]:
        """The numbers that must be zero."""
        report = self.report
        return {
            "lost": len(report.lost),
            "doubled": len(report.doubled),
            "out of order": len(report.out_of_order),
            "unexplained": len(report.unexplained) + len(report.unfaithful) + len(report.dropped),
            "changed": len(self.changed_payloads),
            # Not the service's fault, but nothing is shown by events that never reached it.
            "never answered": len(report.not_delivered),
        }

    @property
    def ok(self) -> bool:
        """All of them are."""
        return not any(self.wrongs.values())


def judge(gladly: bytes, segment: bytes, settled: Mapping[tuple[str, str], int], excuses: Excuses) -> Judgement:
    """Compare the vendors' ledgers, as their control APIs give them, with what the service says it settled."""
    report = audit(
        msgspec.json.decode(gladly, type=GladlyBooks), msgspec.json.decode(segment, type=SegmentBooks), settled
    )
    answers = msgspec.json.decode(gladly, type=_GladlyAnswers)
    requests = msgspec.json.decode(segment, type=_SegmentAnswers).requests
    statuses = [each.status for each in answers.deliveries] + [each.status for each in requests]
    totals = answers.request_totals.status
    return Judgement(
        _excused(report, excuses),
        int(excuses.refused is not None),
        _changed_payloads(segment),
        sum(map(_failed, statuses)) + sum(count for key, count in totals.items() if _failed_key(key)),
        sum(each.status == 503 for each in answers.deliveries),
    )


class _Answer(msgspec.Struct):
    status: int | None = None


class _Totals(msgspec.Struct):
    status: dict[str, int]


class _GladlyAnswers(msgspec.Struct, rename="camel"):
    deliveries: list[_Answer]
    request_totals: _Totals


class _SegmentAnswers(msgspec.Struct):
    requests: list[_Answer]


class _Copy(msgspec.Struct):
    event: dict[str, Any]


class _Copies(msgspec.Struct):
    stored: list[_Copy]
    duplicates: list[_Copy]


def _failed(status: int | None) -> bool:
    return status is None or status >= 400


def _failed_key(key: str) -> bool:
    status = key.rpartition(" ")[2]
    return _failed(int(status) if status.isdigit() else None)


def _excused(report: AuditReport, excuses: Excuses) -> AuditReport:
    if excuses.clock_jumped:
        unfaithful = tuple(each for each in report.unfaithful if not each.detail.endswith(_SKEWED))
        report = replace(report, unfaithful=unfaithful)
    if excuses.refused is None:
        return report
    opening = f"CREATED of {excuses.refused}:"
    lost = tuple(each for each in report.lost if not each.detail.startswith(opening))
    unexplained = tuple(each for each in report.unexplained if each != _REFUSED)
    if len(lost) + 1 != len(report.lost) or len(unexplained) + 1 != len(report.unexplained):
        unexplained += (Finding(excuses.refused, "the refused event was not parked, or not it alone"),)
    return replace(report, lost=lost, unexplained=unexplained)


def _changed_payloads(segment_ledger: bytes) -> tuple[str, ...]:
    copies = msgspec.json.decode(segment_ledger, type=_Copies)
    stored = {each.event["messageId"]: _lasting(each.event) for each in copies.stored}
    return tuple(
        each.event["messageId"] for each in copies.duplicates if stored[each.event["messageId"]] != _lasting(each.event)
    )


def _lasting(event: dict[str, Any]) -> dict[str, Any]:
    # Segment adds these anew at every receipt.
    return {name: value for name, value in event.items() if name not in ("receivedAt", "timestamp")}
