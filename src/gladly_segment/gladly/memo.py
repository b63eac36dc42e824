"""What is remembered between events: bounded in age and number, and never fetched twice at once."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, Generic, TypeVar

import msgspec

from gladly_segment.core.provenance import Fetched, Origin, Resource
from gladly_segment.core.work import Work
from gladly_segment.ports.attribution import at_hand, working_on
from gladly_segment.ports.clock import Clock
from gladly_segment.ports.entities import Gone

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Given(msgspec.Struct, Generic[V], frozen=True):
    """A value that is `age_s` seconds old, and whether it was remembered, or fetched while the caller waited."""

    value: V
    age_s: float = 0.0
    remembered: bool = False

    def fetched(self, resource: Resource, id_: str = "") -> Fetched:
        """Say so for the record of an event; `id_` is empty for a list."""
        return Fetched(
            resource=resource,
            id=id_,
            origin=Origin.MEMORY if self.remembered else Origin.GLADLY,
            age_s=round(self.age_s, 3),
            found=not isinstance(self.value, Gone),
        )


class Memo(Generic[K, V]):
    """Keeps up to `most` values for `keep_s` seconds each; the one unused for longest goes first.

    Whoever asks for what is already being fetched waits for that call, which goes on as long as one caller waits.
    """

    def __init__(self, clock: Clock, *, keep_s: float, most: int) -> None:
        self._clock = clock
        self._keep_s = keep_s
        self._most = most
        self._kept: OrderedDict[K, tuple[float, V]] = OrderedDict()
        self._calls: dict[K, _Call[V]] = {}

    async def get(self, key: K, fetch: Callable[[], Coroutine[Any, Any, V]]) -> Given[V]:
        """Give the value kept for a key, or fetch it. Raises what `fetch` raises; that is not kept."""
        if (kept := self._kept.get(key)) is not None:
            fetched_at, value = kept
            if (age_s := self._clock.monotonic() - fetched_at) < self._keep_s:
                self._kept.move_to_end(key)
                return Given(value, age_s, remembered=True)
            del self._kept[key]
        call = self._calls.get(key) or self._start(key, fetch)
        call.waiting += 1
        call.works += at_hand()
        try:
            return Given(await asyncio.shield(call.task))
        finally:
            call.waiting -= 1
            if call.waiting == 0 and not call.task.done():
                # At once, not when its end is noticed: nobody may join a call that is being cancelled.
                self._retire(key, call)
                call.task.cancel()

    def drop(self, key: K) -> None:
        """Forget a value. A call under way still serves those who wait for it, but is neither kept nor joined."""
        self._kept.pop(key, None)
        self._calls.pop(key, None)

    def drop_all(self) -> None:
        """Forget every value, in the same way."""
        self._kept.clear()
        self._calls.clear()

    def _start(self, key: K, fetch: Callable[[], Coroutine[Any, Any, V]]) -> "_Call[V]":
        works: list[Work] = []
        with working_on(works):
            call = self._calls[key] = _Call(asyncio.create_task(fetch()), works)
        call.task.add_done_callback(lambda task: self._land(key, call, task))
        return call

    def _land(self, key: K, call: "_Call[V]", task: asyncio.Task[V]) -> None:
        if not self._retire(key, call) or task.cancelled() or task.exception() is not None:
            return
        self._kept[key] = (self._clock.monotonic(), task.result())
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)

    def _retire(self, key: K, call: "_Call[V]") -> bool:
        if self._calls.get(key) is not call:
            return False
        del self._calls[key]
        return True


class _Call(Generic[V]):
    __slots__ = ("task", "waiting", "works")

    def __init__(self, task: asyncio.Task[V], works: list[Work]) -> None:
        self.task = task
        self.works = works
        """Those who wait for it, or did."""
        self.waiting = 0
