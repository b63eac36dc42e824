"""How an organization's certificates stand, told when it changes, and when somebody is called."""

from datetime import timedelta

import msgspec
import pytest

from gladly_segment.core.certificate import Certificate, Difference, DifferenceKind
from gladly_segment.core.certificate_signals import Completeness, HoursComplete, HoursIncomplete
from gladly_segment.core.ids import ConversationId
from gladly_segment.core.occurrence import EventKind
from gladly_segment.core.past import Span
from gladly_segment.core.records import Source
from gladly_segment.recover.reconcile.standings import Standings
from tests.support.clock import START
from tests.support.receipts import SHOP
from tests.unit.recover.reconcile.conftest import House

H, M = timedelta(hours=1), timedelta(minutes=1)


def certificate(hour: int, *kinds: DifferenceKind, **fields: object) -> Certificate:
    made = Certificate(
        organization=SHOP,
        span=Span(START + hour * H, START + (hour + 1) * H),
        made_at=START,
        source=Source.EVENTS_API,
        at_gladly=0,
        in_journal=0,
        accepted=0,
        differences=tuple(
            Difference(kind=kind, conversation=ConversationId("c-1"), event=EventKind.CREATED, at=START)
            for kind in kinds
        ),
        in_feed=True,
    )
    return msgspec.structs.replace(made, **fields)


@pytest.fixture
def standings(house: House) -> Standings:
    house.clock.advance((10 * H).total_seconds())
    return Standings(SHOP, house.store.certificates, house.clock, house.observer)


async def told(standings: Standings, house: House, *certificates: Certificate) -> None:
    for each in certificates:
        await house.store.certificates.put(each)
    await standings.tell()


async def test_up_to_when_it_is_certified_and_complete_and_how_many_hours_are_not(
    standings: Standings, house: House
) -> None:
    await told(
        standings,
        house,
        certificate(0),
        certificate(1, DifferenceKind.WAITING),
        certificate(2),
        certificate(3, DifferenceKind.PARKED),
    )

    assert house.observer.of(Completeness) == [Completeness(SHOP, START + 4 * H, START + H, waiting=1, incomplete=1)]


async def test_nothing_is_told_twice(standings: Standings, house: House) -> None:
    for _ in range(3):
        await told(standings, house, certificate(0, DifferenceKind.PARKED))

    assert len(house.observer.of(Completeness)) == len(house.observer.of(HoursIncomplete)) == 1


async def test_hours_that_stay_incomplete_call_somebody_until_none_is(standings: Standings, house: House) -> None:
    await told(standings, house, certificate(0, DifferenceKind.DOUBLED), certificate(1, DifferenceKind.PARKED))
    await told(standings, house, certificate(0), certificate(1))

    kinds = (DifferenceKind.DOUBLED, DifferenceKind.PARKED)
    assert house.observer.of(HoursIncomplete) == [HoursIncomplete(SHOP, 2, START, kinds)]
    assert house.observer.of(HoursComplete) == [HoursComplete(SHOP)]


@pytest.mark.parametrize(
    "quiet",
    [
        certificate(0, DifferenceKind.DROPPED),
        certificate(0, DifferenceKind.WAITING),
        certificate(0, DifferenceKind.MISSING, in_feed=False),
        certificate(9, DifferenceKind.PARKED),
        certificate(-170, DifferenceKind.PARKED),
    ],
    ids=["given up by somebody", "waits", "before the feed", "a moment ago", "long ago"],
)
async def test_what_is_no_reason_to_call_anybody(standings: Standings, house: House, quiet: Certificate) -> None:
    await told(standings, house, quiet)

    assert house.observer.of(HoursIncomplete) == []


async def test_lines_that_cannot_be_read_are_a_reason(standings: Standings, house: House) -> None:
    await told(standings, house, certificate(0, unreadable=1))

    assert house.observer.of(HoursIncomplete) == [HoursIncomplete(SHOP, 1, START, ())]
