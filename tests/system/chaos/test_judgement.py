"""The judgement is judged: what is wrong is counted, and excused only where the scenario forced it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.system.chaos.judgement import Excuses, Judgement, judge

LEDGERS = Path(__file__).parents[2] / "sandbox" / "audit"
ALL_DELIVERED = {("delivered", ""): 4}
ONE_PARKED = {("delivered", ""): 3, ("parked", "request_refused"): 1}
NO_EXCUSES = Excuses()
REFUSED = Excuses(refused="c2")


@pytest.fixture
def gladly() -> dict[str, Any]:
    """Conversation c1 opened and closed twice, c2 opened."""
    return {"requestTotals": {"status": {"GET 200": 9}}, **_ledger("gladly")}


@pytest.fixture
def segment() -> dict[str, Any]:
    """An event for each: m1, m2, m3 and m4."""
    return {"requests": [{"status": 200}], **_ledger("segment")}


def test_a_clean_run_is_ok(gladly: dict[str, Any], segment: dict[str, Any]) -> None:
    judgement = judged(gladly, segment)

    assert judgement.ok
    assert judgement.failed_answers == judgement.answers_503 == 0


def test_answers_that_failed_or_never_came_are_counted(gladly: dict[str, Any], segment: dict[str, Any]) -> None:
    gladly["requestTotals"]["status"] |= {"GET 503": 2, "GET none": 1, "GET 301": 5}
    gladly["deliveries"][0] |= {"status": 503}
    segment["requests"] += [{"status": 429}, {"status": None}]

    judgement = judged(gladly, segment)

    assert judgement.failed_answers == 2 + 1 + 1 + 2
    assert judgement.answers_503 == 1


def test_an_occurrence_that_never_reached_the_service_shows_nothing(
    gladly: dict[str, Any], segment: dict[str, Any]
) -> None:
    gladly["deliveries"], segment["stored"] = [], []

    judgement = judged(gladly, segment, {})

    assert judgement.wrongs["never answered"] == 4
    assert not judgement.ok


def test_an_event_that_comes_again_must_be_the_same(gladly: dict[str, Any], segment: dict[str, Any]) -> None:
    first = segment["stored"][0]["event"]
    same = {**first, "receivedAt": "2024-05-01T09:00:00.000Z", "timestamp": "2024-05-01T09:00:00.000Z"}
    other = {**first, "properties": {**first["properties"], "status": "CLOSED"}}
    segment["duplicates"] = [{"event": same}, {"event": other}]

    judgement = judged(gladly, segment)

    assert judgement.changed_payloads == (first["messageId"],)


def test_a_timestamp_is_excused_only_when_the_clock_jumped(gladly: dict[str, Any], segment: dict[str, Any]) -> None:
    segment["stored"][0]["event"]["timestamp"] = "2024-05-01T11:00:00.000Z"

    assert judged(gladly, segment).wrongs["unexplained"] == 1
    assert judged(gladly, segment, excuses=Excuses(clock_jumped=True)).ok


def test_a_jumping_clock_excuses_nothing_but_the_timestamp(gladly: dict[str, Any], segment: dict[str, Any]) -> None:
    segment["stored"][0]["event"]["originalTimestamp"] = "2024-05-01T11:00:00.000Z"

    assert not judged(gladly, segment, excuses=Excuses(clock_jumped=True)).ok


def test_the_refused_event_is_excused_when_it_alone_was_parked(gladly: dict[str, Any], segment: dict[str, Any]) -> None:
    segment["stored"] = _of(segment, "m1", "m2", "m3")

    judgement = judged(gladly, segment, ONE_PARKED, REFUSED)

    assert judgement.ok
    assert judgement.parked == 1
    assert not judged(gladly, segment, ONE_PARKED).ok


@pytest.mark.parametrize(
    ("stored", "settled"),
    [
        (("m1", "m2", "m3", "m4"), ALL_DELIVERED),
        (("m1", "m2", "m3"), ALL_DELIVERED),
        (("m1", "m2", "m3", "m4"), ONE_PARKED),
        (("m1", "m2", "m3"), {("delivered", ""): 2, ("parked", "request_refused"): 2}),
        (("m2", "m3", "m4"), ONE_PARKED),
        (("m1", "m2"), ONE_PARKED),
    ],
)
def test_the_refused_event_must_be_parked_and_no_other(
    gladly: dict[str, Any], segment: dict[str, Any], stored: tuple[str, ...], settled: Mapping[tuple[str, str], int]
) -> None:
    segment["stored"] = _of(segment, *stored)

    assert not judged(gladly, segment, settled, REFUSED).ok


def judged(
    gladly: dict[str, Any],
    segment: dict[str, Any],
    settled: Mapping[tuple[str, str], int] = ALL_DELIVERED,
    excuses: Excuses = NO_EXCUSES,
) -> Judgement:
    return judge(msgspec.json.encode(gladly), msgspec.json.encode(segment), settled, excuses)


def _ledger(vendor: str) -> dict[str, Any]:
    return msgspec.json.decode((LEDGERS / f"{vendor}-ledger.json").read_bytes())


def _of(segment: dict[str, Any], *message_ids: str) -> list[Any]:
    return [each for each in segment["stored"] if each["event"]["messageId"] in message_ids]
