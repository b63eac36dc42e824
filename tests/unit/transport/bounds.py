"""No test waits for ever."""

import signal
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from types import FrameType

import pytest

BOUND_S = 90


@contextmanager
def within(seconds: int) -> Generator[None]:
    """End a test that hangs, wherever it does; an asyncio timeout would not outlive the fixture's own task."""

    def end(_signal: int, _frame: FrameType | None) -> None:
        pytest.fail(f"the test did not end within {seconds} s")

    before = signal.signal(signal.SIGALRM, end)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@pytest.fixture(autouse=True)
def bounded() -> Iterator[None]:
    """Bound a test as nearly all are."""
    with within(BOUND_S):
        yield
