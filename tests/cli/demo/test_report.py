"""The verdict of the demo: what is shown, and that any wrong number is a failure."""

import io
from typing import Any

import msgspec
import pytest
from rich.console import Console

from gladly_segment.cli.demo.report import GladlyCalls, Outcome, print_examples, print_outcome
from gladly_segment.sandbox.audit import AuditReport, Finding, SegmentBooks

CLEAN = AuditReport(
    played=3,
    accepted=2,
    suppressed={"customer_deleted": 1},
    expected_suppressed=1,
    deduplicated=0,
    latencies_ms=(20.0, 30.0),
)


def outcome(*, pending: int = 0, **report: Any) -> Outcome:
    calls = GladlyCalls(total=5, throttled=1)
    return Outcome(report=msgspec.structs.replace(CLEAN, **report), ignored=4, pending=pending, calls=calls)


def with_findings(field: str) -> Outcome:
    findings: dict[str, Any] = {field: (Finding("e1", "what is wrong"),)}
    return outcome(**findings)


def printed(shown: Outcome) -> list[str]:
    output = io.StringIO()
    print_outcome(Console(file=output, width=200), shown)
    return [" ".join(line.split()) for line in output.getvalue().splitlines()]


def test_a_clean_run_is_ok_and_shows_its_numbers() -> None:
    lines = printed(outcome())

    assert outcome().ok
    assert "occurrences played 3" in lines
    assert "accepted by Segment 2" in lines
    assert "suppressed: customer_deleted 1" in lines
    assert "other events ignored 4" in lines
    assert {"lost 0", "doubled 0", "out of order 0", "unfaithful 0"} <= set(lines)
    assert "p50 webhook to accepted 20 ms" in lines
    assert "p99 webhook to accepted 30 ms" in lines
    assert "Gladly calls per event 2.50" in lines
    assert "Gladly calls refused for their rate (429) 1" in lines


@pytest.mark.parametrize(
    ("field", "row"),
    [
        ("lost", "lost"),
        ("doubled", "doubled"),
        ("out_of_order", "out of order"),
        ("unfaithful", "unfaithful"),
        ("dropped", "dropped by Segment"),
        ("unexplained", "unexplained"),
        ("not_delivered", "not delivered by Gladly"),
    ],
)
def test_any_finding_is_a_failure_and_is_shown_by_id(field: str, row: str) -> None:
    wrong = with_findings(field)

    assert not wrong.ok
    assert f"{row} 1" in printed(wrong)
    assert f"{row}: e1: what is wrong" in printed(wrong)


def test_receipts_still_pending_are_a_failure() -> None:
    assert not outcome(pending=1).ok


def test_a_run_in_which_nothing_arrived_is_a_failure() -> None:
    assert not outcome(played=0, accepted=0, latencies_ms=()).ok
    assert "p50 webhook to accepted -" in printed(outcome(latencies_ms=()))


def test_the_examples_are_the_first_complete_ones() -> None:
    def stored(seq: int, name: str, **properties: Any) -> dict[str, Any]:
        event = {"event": f"Gladly Conversation {name}", "messageId": f"m{seq}", "properties": properties}
        return {"seq": seq, "receivedAt": "2024-05-01T08:00:00Z", "event": event}

    complete = dict.fromkeys(("agentId", "agentName", "customerName", "email", "phone"), "é")
    entries = [
        stored(1, "Created"),
        stored(2, "Created", **complete),
        stored(3, "Closed", topicIds=[]),
        stored(4, "Closed", **complete, topicIds=[]),
    ]
    books = msgspec.convert({"stored": entries, "duplicates": [], "dropped": []}, SegmentBooks)
    output = io.StringIO()

    print_examples(Console(file=output, width=200), books)

    assert [line.strip() for line in output.getvalue().splitlines() if "messageId" in line] == [
        '"messageId": "m2",',
        '"messageId": "m3",',
    ]
    assert '"email": "é"' in output.getvalue()
