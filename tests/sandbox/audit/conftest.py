from pathlib import Path

import msgspec
import pytest

from gladly_segment.sandbox.audit import GladlyBooks, SegmentBooks

HERE = Path(__file__).parent


@pytest.fixture
def gladly() -> GladlyBooks:
    """One conversation opened and closed twice, another opened: deliveries began at 0, 10, 20 and 30 s."""
    return msgspec.json.decode((HERE / "gladly-ledger.json").read_bytes(), type=GladlyBooks)


@pytest.fixture
def segment() -> SegmentBooks:
    """An event for each: m1, m2, m3 and m4."""
    return msgspec.json.decode((HERE / "segment-ledger.json").read_bytes(), type=SegmentBooks)
