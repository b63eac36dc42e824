"""What live events felt, and which of them tell something."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from gladly_segment.sandbox.audit import GladlyBooks, SegmentBooks
from tests.system.past.feel import Felt, at_share, feel, felt
from tests.system.past.traffic import Stretch

START = datetime(2026, 11, 24, 9, tzinfo=UTC)
LEDGERS = Path(__file__).parents[2] / "sandbox" / "audit"


def stretch(began: float, ended: float) -> Stretch:
    return Stretch(START + timedelta(seconds=began), START + timedelta(seconds=ended))


def events(began: int, ended: int, ms: float) -> list[Felt]:
    return [Felt(START + timedelta(seconds=second), ms) for second in range(began, ended)]


def ratio(felts: Sequence[Felt], kills: Sequence[Stretch] = ()) -> float:
    return feel(felts, alone=[stretch(0, 100)], beside=[stretch(100, 200)], kills=kills).ratio


def test_the_same_beside_as_alone_is_one() -> None:
    assert ratio([*events(0, 100, 40), *events(101, 200, 40)]) == 1


def test_a_slow_hundredth_beside_is_seen() -> None:
    assert ratio([*events(0, 100, 40), *events(101, 198, 40), *events(198, 200, 90)]) > 2


def test_what_is_near_a_kill_is_left_out_of_both() -> None:
    kills = [stretch(50, 52), stretch(150, 152)]
    slow = [*events(45, 58, 3_000), *events(145, 158, 5_000)]

    assert (
        ratio([*events(0, 45, 40), *events(58, 100, 40), *events(101, 145, 40), *events(158, 200, 40), *slow], kills)
        == 1
    )


def test_without_events_of_either_kind_nothing_is_shown() -> None:
    assert ratio(events(0, 100, 40)) == float("inf")
    assert ratio(events(101, 200, 40)) == float("inf")


def test_a_share_is_that_of_the_ordered_values() -> None:
    assert at_share([1, 2, 3, 4], 0.5) == 2
    assert at_share([1, 2, 3, 4], 0.99) == 4


def test_latencies_are_read_from_both_ledgers_where_an_event_is_one_of_its_kind() -> None:
    gladly = msgspec.json.decode((LEDGERS / "gladly-ledger.json").read_bytes(), type=GladlyBooks)
    segment = msgspec.json.decode((LEDGERS / "segment-ledger.json").read_bytes(), type=SegmentBooks)

    found = felt(gladly, segment)

    # c1 was closed twice: which event is which only the audit can tell.
    assert len(found) == 2
    assert all(each.ms == pytest.approx(each.ms) and each.ms > 0 for each in found)
