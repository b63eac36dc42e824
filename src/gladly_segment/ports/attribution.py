"""What the running task works on: set by stages, read by observers to tell what a vendor was called for."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from gladly_segment.core.work import Work

_at_hand: Final[ContextVar[Sequence[Work]]] = ContextVar("at_hand", default=())


@contextmanager
def working_on(works: Sequence[Work]) -> Generator[None]:
    """Attribute to these attempts what happens in the block, and in tasks that it starts.

    `works` may grow meanwhile: a call that others come to wait for is theirs as well.
    """
    before = _at_hand.set(works)
    try:
        yield
    finally:
        _at_hand.reset(before)


def at_hand() -> Sequence[Work]:
    """Give the attempts that the running task works for; none outside of any stage. Does not block."""
    return _at_hand.get()
