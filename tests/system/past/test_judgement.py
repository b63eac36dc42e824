"""The judgement is judged: each wrong and each missed bound is found."""

from typing import Any

import pytest
from msgspec.structs import replace

from gladly_segment.sandbox.audit import AuditReport, Finding
from tests.system.past.calls import Calls
from tests.system.past.feel import Feel
from tests.system.past.judgement import Judgement
from tests.system.past.traffic import Use

REPORT = AuditReport(played=9, accepted=9, suppressed={}, expected_suppressed=0, deduplicated=0)
FINDING = (Finding("c1", "wrong"),)
CALLS = Calls(made=300, again=100, least=200, by_other_ids=0, lists=3, conversations=150)
GOOD = Judgement(
    report=REPORT,
    throttled=0,
    interruptions=1,
    repeated={},
    calls=CALLS,
    use=Use(seconds=10, past=90, others=8, permitted_per_s=10, late_s=1),
    feel=Feel(alone=[40.0], beside=[44.0]),
)


def test_a_good_run_is_ok() -> None:
    assert GOOD.ok


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        ({"report": replace(REPORT, lost=FINDING)}, "lost"),
        ({"report": replace(REPORT, not_delivered=FINDING)}, "lost"),
        ({"report": replace(REPORT, doubled=FINDING)}, "doubled"),
        ({"report": replace(REPORT, out_of_order=FINDING)}, "out of order"),
        ({"report": replace(REPORT, unfaithful=FINDING)}, "unfaithful"),
        ({"report": replace(REPORT, dropped=FINDING)}, "unfaithful"),
        ({"report": replace(REPORT, unexplained=FINDING)}, "unexplained"),
        ({"throttled": 1}, "answers 429"),
        ({"repeated": {"/api/v1/agents": 1}}, "asked for twice"),
        ({"calls": replace(CALLS, made=301)}, "asked for needlessly"),
    ],
)
def test_each_wrong_is_named(wrong: dict[str, Any], name: str) -> None:
    judgement = replace(GOOD, **wrong)

    assert {each for each, count in judgement.wrongs.items() if count} == {name}
    assert not judgement.ok


@pytest.mark.parametrize(
    ("missed", "name"),
    [
        ({"use": Use(seconds=10, past=80, others=8, permitted_per_s=10, late_s=1)}, "rate used"),
        ({"feel": Feel(alone=[40.0], beside=[50.0])}, "live p99, beside / alone"),
        ({"calls": replace(CALLS, made=401, again=201)}, "asked again"),
    ],
)
def test_each_missed_bound_is_named_with_its_figure(missed: dict[str, Any], name: str) -> None:
    judgement = replace(GOOD, **missed)

    assert list(judgement.missed) == [name]
    assert not any(judgement.wrongs.values())
    assert not judgement.ok
