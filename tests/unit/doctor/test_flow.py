"""The way of events through the journal."""

from datetime import timedelta
from typing import Any

import pytest

from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.lifecycle import REMEDIES, ParkCause, State
from gladly_segment.core.records import Tally, Waiting
from gladly_segment.doctor.findings import Severity
from gladly_segment.ports.inspector import Pulse, Trouble
from tests.support.organizations import an_organization
from tests.unit.doctor.builders import ACME, NOW, codes, found, journal, observed, organization, replaced

OTHER = OrganizationId("other")
HOUR = 3600
THIS_HOUR = int(NOW.timestamp()) // HOUR
EVERY_HOUR = tuple(range(THIS_HOUR - 16 * 24, THIS_HOUR))


def waiting(age: timedelta, state: State = State.RECEIVED, name: OrganizationId = ACME) -> Waiting:
    return Waiting(name, state, NOW - age)


@pytest.mark.parametrize(
    ("silent_h", "busy_hours", "expected"),
    [(2.9, EVERY_HOUR, []), (3.1, EVERY_HOUR, ["feed_silent"]), (30, (), [])],
)
def test_a_silence_is_judged_by_the_usual_rhythm(silent_h: float, busy_hours: Any, expected: list[str]) -> None:
    pulse = Pulse(ACME, NOW - timedelta(hours=silent_h), busy_hours)

    assert codes(observed(journal=journal(pulses=(pulse,)))) == expected


@pytest.mark.parametrize("pulses", [(), (Pulse(OTHER, NOW, EVERY_HOUR),), (Pulse(ACME, None, ()),)])
def test_before_the_first_event_that_is_worth_a_note(pulses: Any) -> None:
    assert "no_event_yet" in codes(observed(journal=journal(pulses=pulses)), Severity.NOTE)


@pytest.mark.parametrize(
    ("each", "expected"),
    [
        (waiting(timedelta(minutes=10)), []),
        (waiting(timedelta(minutes=11)), ["backlog_ageing"]),
        (waiting(timedelta(minutes=11), State.READY), ["backlog_ageing"]),
        (waiting(timedelta(hours=12)), ["backlog_ageing"]),
        (waiting(timedelta(hours=12, minutes=1)), ["backlog_late"]),
        (waiting(timedelta(hours=12, minutes=1), name=OTHER), []),
    ],
)
def test_what_waits_for_long_is_told_of(each: Waiting, expected: list[str]) -> None:
    assert codes(observed(journal=journal(waiting=(each,)))) == expected


@pytest.mark.parametrize(
    ("state", "setting"), [(State.RECEIVED, "enrich_max_age_h"), (State.READY, "deliver_max_age_h")]
)
def test_what_is_late_is_judged_by_the_maximum_age_of_its_stage(state: State, setting: str) -> None:
    shop = an_organization()
    enrich = timedelta(hours=1) if state is State.RECEIVED else timedelta(hours=100)
    limits = replaced(shop.limits, enrich_max_age=enrich, deliver_max_age=timedelta(hours=101) - enrich)
    seen = observed(
        organizations=(organization(replaced(shop, limits=limits)),),
        journal=journal(waiting=(waiting(timedelta(minutes=31), state),)),
    )

    (finding,) = found(seen)

    assert finding.code == "backlog_late"
    assert setting in finding.mend


def test_what_waits_because_its_organization_is_paused_is_no_trouble() -> None:
    paused = organization(an_organization(paused=True))

    assert codes(observed(organizations=(paused,), journal=journal(waiting=(waiting(timedelta(days=3)),)))) == []


@pytest.mark.parametrize(
    ("state", "detail", "expected"),
    [
        (State.RECEIVED, "answered 401 (Unauthorized)", ["enrich_held"]),
        (State.RECEIVED, "answered 404 (Not Found)", ["enrich_held"]),
        (State.READY, "answered 401 (Unauthorized)", ["deliver_held"]),
        (State.READY, "answered 302 (Found)", ["deliver_held"]),
        (State.READY, "answered 501 (Not Implemented)", ["deliver_held"]),
        (State.RECEIVED, "answered 501 (Not Implemented)", []),
        (State.RECEIVED, "answered 503 (Service Unavailable)", []),
        (State.READY, "answered 429 (Too Many Requests)", []),
        (State.READY, "no answer in time", []),
    ],
)
def test_a_stage_stands_still_by_what_its_events_met_last(state: State, detail: str, expected: list[str]) -> None:
    troubles = (Trouble(ACME, state, detail, 7), Trouble(OTHER, state, "answered 401 (Unauthorized)", 9))

    assert codes(observed(journal=journal(troubles=troubles))) == expected


def test_a_stage_that_stands_still_tells_how_much_waits_and_what_mends_it() -> None:
    trouble = Trouble(ACME, State.READY, "answered 401 (Unauthorized)", 7)
    old = waiting(timedelta(hours=1), State.READY)

    (finding,) = found(observed(journal=journal(troubles=(trouble,), waiting=(old,))))

    assert "with 7 events" in finding.what
    assert "Segment answered 401" in finding.what
    assert "segment_write_key" in finding.mend


@pytest.mark.parametrize(("count", "expected"), [(79, []), (80, ["backlog_near_limit"])])
def test_a_backlog_near_its_limit_is_told_of(count: int, expected: list[str]) -> None:
    shop = an_organization()
    limited = organization(replaced(shop, limits=replaced(shop.limits, backlog=100)))
    tallies = (Tally(ACME, State.RECEIVED, "", count - 30, 900), Tally(ACME, State.READY, "", 30, 900))
    others = (Tally(OTHER, State.READY, "", 900, 900), Tally(ACME, State.DELIVERED, "", 900, 900))

    seen = observed(organizations=(limited,), journal=journal(tallies=(*tallies, *others)))

    assert codes(seen) == expected


@pytest.mark.parametrize("cause", list(ParkCause))
def test_dead_letters_are_told_by_cause_with_their_remedy(cause: ParkCause) -> None:
    tallies = (Tally(ACME, State.PARKED, cause, 3, 5), Tally(ACME, State.PARKED, "no_user", 0, 5))

    (finding,) = found(observed(journal=journal(tallies=tallies)))

    assert finding.code == "dead_letters"
    assert finding.what == f"3 dead letters, {cause}: {REMEDIES[cause].meaning}"
    assert finding.mend.startswith(REMEDIES[cause].action)
    assert finding.mend.endswith(f"gladly-segment dead list --organization acme --cause {cause}")


@pytest.mark.parametrize(("only", "expected"), [(None, ["acme", "other"]), (OTHER, ["other"])])
def test_dead_letters_of_organizations_that_are_known_no_more_count_too(only: Any, expected: list[str]) -> None:
    tallies = tuple(Tally(name, State.PARKED, ParkCause.NO_USER, 1, 1) for name in (ACME, OTHER))

    findings = found(observed(journal=journal(tallies=tallies), only=only))

    assert [each.organization for each in findings] == expected


@pytest.mark.parametrize(
    ("age", "said"),
    [
        (timedelta(seconds=-5), "0 s"),
        (timedelta(seconds=119), "119 s"),
        (timedelta(seconds=120), "2 min"),
        (timedelta(minutes=119), "119 min"),
        (timedelta(hours=2), "2 h"),
        (timedelta(hours=47), "47 h"),
        (timedelta(days=2), "2 days"),
    ],
)
def test_how_long_it_was_is_written_for_people(age: timedelta, said: str) -> None:
    pulse = Pulse(ACME, NOW - age, ())

    told = found(observed(journal=journal(pulses=(pulse,))), Severity.OK)

    assert any(each.what.endswith(f", {said} ago") for each in told)


@pytest.mark.parametrize(("state", "done"), [(State.RECEIVED, "enriched"), (State.READY, "delivered")])
def test_what_waits_tells_for_what(state: State, done: str) -> None:
    (finding,) = found(observed(journal=journal(waiting=(waiting(timedelta(minutes=30), state),))))

    assert finding.what == f"an event has been waiting for 30 min to be {done}"
