"""A sentence is cut where moments are, and says the same all in all."""

import pytest

from gladly_segment.debugger.sentences import in_parts
from tests.support.clock import START


@pytest.mark.parametrize(
    ("sentence", "parts"),
    [
        ("", []),
        ("Nothing of the kind.", ["Nothing of the kind."]),
        ("Sent at 2026-03-01T12:00:00.000Z as m-1.", ["Sent at ", START, " as m-1."]),
        ("2026-03-01T12:00:00Z2026-03-01T12:00:00Z", [START, START]),
        ("Never at 2026-99-01T12:00:00.000Z.", ["Never at ", "2026-99-01T12:00:00.000Z", "."]),
    ],
)
def test_moments_stand_for_themselves(sentence: str, parts: list[object]) -> None:
    assert in_parts(sentence) == parts
