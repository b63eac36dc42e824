"""Places for connections: how many there are, and who gives up one."""

import resource
from collections.abc import Iterator
from ipaddress import ip_network

import pytest
from aiohttp import web

from gladly_segment.core.callers import Caller
from gladly_segment.core.signals import TurnedAway, TurnedAwayFor
from gladly_segment.transport.connection import Connections, Served
from gladly_segment.transport.gate import Gate
from gladly_segment.transport.listener import room_for

ONE, OTHER = Caller("203.0.113.7"), Caller("203.0.113.8")


class Guest:
    def __init__(self) -> None:
        self.evicted = False

    def evict(self) -> None:
        self.evicted = True


@pytest.fixture
def told() -> list[TurnedAway]:
    return []


@pytest.fixture
def gate(told: list[TurnedAway]) -> Gate:
    return Gate(5, 2, told.append)


def test_an_address_has_its_share_of_the_places(gate: Gate, told: list[TurnedAway]) -> None:
    guests = [Guest() for _ in range(3)]

    assert [gate.enter(each, ONE) for each in guests] == [True, True, False]
    assert told == [TurnedAway(TurnedAwayFor.CONNECTIONS_OF_ADDRESS)]
    assert gate.enter(Guest(), OTHER)

    gate.leave(guests[0])
    gate.leave(guests[0])
    assert [gate.enter(Guest(), ONE), gate.enter(Guest(), ONE)] == [True, False]


def test_who_stands_for_many_has_no_share_but_needs_a_place(gate: Gate) -> None:
    guests = [Guest() for _ in range(6)]

    assert all(gate.enter(each, None) for each in guests)

    assert [each.evicted for each in guests] == [True] + [False] * 5


def test_who_was_turned_away_or_evicted_leaves_no_trace(gate: Gate) -> None:
    inside = [Guest() for _ in range(5)]
    for each in inside:
        assert gate.enter(each, None)
        gate.work(each)
    turned_away = Guest()
    assert not gate.enter(turned_away, ONE)

    gate.rest(turned_away)
    gate.rest(inside[3])
    gate.rest(inside[1])
    newcomers = [Guest(), Guest()]

    assert [gate.enter(each, ONE) for each in newcomers] == [True, True]
    assert [each.evicted for each in inside] == [False, True, False, True, False]
    assert not turned_away.evicted


def test_the_newest_never_makes_room_for_itself(gate: Gate) -> None:
    guests = [Guest() for _ in range(50)]

    for each in guests:
        assert gate.enter(each, None)
        assert not each.evicted

    assert sum(each.evicted for each in guests) == 45


@pytest.fixture
def files_allowed() -> Iterator[tuple[int, int]]:
    """How many files this process may have open; whatever a test makes of it is undone."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield limits
    resource.setrlimit(resource.RLIMIT_NOFILE, limits)


def test_the_system_is_asked_for_the_files_that_connections_need(files_allowed: tuple[int, int]) -> None:
    _, hard = files_allowed
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))

    assert room_for(300) == 300

    assert resource.getrlimit(resource.RLIMIT_NOFILE) == (812, hard)


def test_there_are_no_more_connections_than_the_system_allows_files_for(files_allowed: tuple[int, int]) -> None:
    _, hard = files_allowed

    assert room_for(hard) == hard - 512
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == (hard, hard)


@pytest.mark.parametrize(
    ("addresses", "entered"),
    [
        (["203.0.113.7"] * 3, [True, True, False]),
        (["2001:db8::1", "2001:db8::2", "2001:db8::3"], [True, True, False]),
        (["203.0.113.7", "203.0.113.8", "203.0.113.9"], [True, True, True]),
        (["::ffff:203.0.113.7", "203.0.113.7", "203.0.113.7"], [True, True, False]),
        # Proxies, and this machine itself, speak for many.
        (["10.0.0.1"] * 3, [True, True, True]),
        (["127.0.0.1"] * 3, [True, True, True]),
        (["::1"] * 3, [True, True, True]),
        (["::ffff:127.0.0.1"] * 3, [True, True, True]),
    ],
)
async def test_connections_count_for_the_address_they_come_from(
    gate: Gate, addresses: list[str], entered: list[bool]
) -> None:
    served = Served(section="its", handle=_never, refuse=_refuse, fail=_refuse, body_bytes=10, stop_within_s=1.0)
    connections = Connections(served, gate, (ip_network("10.0.0.0/8"),))

    assert [connections().enter(each) for each in addresses] == entered


async def _never(request: web.BaseRequest) -> web.Response:
    raise AssertionError(request)


def _refuse(status: int) -> web.Response:
    raise AssertionError(status)
