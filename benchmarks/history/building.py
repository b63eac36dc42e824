"""A history of many synthetic events, by the way that a rebuild takes them: portion after portion of receipts."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from benchmarks.history.events import receipts
from gladly_segment.core.ids import Seq
from gladly_segment.history.store import Store

_PORTION: Final = 2_000
"""More than a service takes at once: nobody else needs the processor."""


def build(data_dir: Path, events: int, tell: Callable[[int, float], None]) -> float:
    """Build it, telling now and then how many events there are after how many seconds; give the seconds."""
    data_dir.mkdir(parents=True, exist_ok=True)
    store, began = Store(data_dir, 0), time.monotonic()
    seen = store.begin_again(store.standpoint(), 0, Seq(events))
    for first in range(1, events + 1, _PORTION):
        end = min(first + _PORTION, events + 1)
        seen = store.walk(seen, list(receipts(first, end, events)), Seq(end - 1))
        if first // _PORTION % 100 == 0:
            tell(end - 1, time.monotonic() - began)
    store.close()
    return time.monotonic() - began
