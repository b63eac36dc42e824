"""Whatever is sent: it is not accepted, it breaks nothing, and nothing is learned from it."""

import pytest

from tests.security.attacks import ATTACKS
from tests.security.judge import attack, complaints
from tests.security.place import Place
from tests.security.wire import Attack


def test_there_are_200_hostile_requests_and_no_two_are_the_same() -> None:
    assert len({each.request for each in ATTACKS}) == len(ATTACKS) >= 200
    assert len({each.name for each in ATTACKS}) == len(ATTACKS)


@pytest.mark.parametrize("hostile", ATTACKS, ids=lambda each: each.name)
def test_a_hostile_request_is_refused_and_hurts_nobody(place: Place, hostile: Attack) -> None:
    seen = attack(place, hostile)

    assert complaints(seen) == [], seen
