"""No test waits for ever."""

import signal
from collections.abc import Iterator
from types import FrameType

import pytest

BOUND_S = 90


@pytest.fixture(autouse=True)
def bounded() -> Iterator[None]:
    """End a test that hangs, wherever it does; an asyncio timeout would not outlive the fixture's own task."""

    def end(_signal: int, _frame: FrameType | None) -> None:
        pytest.fail(f"the test did not end within {BOUND_S} s")

    before = signal.signal(signal.SIGALRM, end)
    signal.alarm(BOUND_S)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)
