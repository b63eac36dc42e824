"""Looking at a sample of events under two sets of rules: begun on a page, watched from it, ended with it."""

import asyncio
import secrets
from collections.abc import Sequence
from contextlib import suppress
from enum import StrEnum
from typing import Final

import msgspec
import structlog

from gladly_segment.core.errors import CallFailedError, GladlySegmentError
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.organization import Organization
from gladly_segment.core.records import History
from gladly_segment.debugger.lab.options import MappingOptions
from gladly_segment.debugger.lab.outcomes import (
    Becomes,
    Compared,
    Outcome,
    Summary,
    compare,
    outcome_of,
    summary,
)
from gladly_segment.debugger.lab.watched import LabPreview, MappingLab, Sample
from gladly_segment.ports.clock import Clock

KEPT: Final = 10
"""So many runs are remembered: they hold people's data."""

WATCHED_WITHIN_S: Final = 15.0
"""A run that nobody asks for any more ends after so long."""

AT_MOST_S: Final = 120.0
"""So long a run may last; what was not looked at by then is left out."""

_LOOK_EVERY_S: Final = 1.0
_ID_BYTES: Final = 12


class RunState(StrEnum):
    """How far a run is."""

    RUNNING = "running"
    DONE = "done"
    OUT_OF_TIME = "out_of_time"
    LEFT = "left"
    """Nobody asked for it any more."""
    FAILED = "failed"


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """A run as it stands: `looked_at` of `events` are done; what was found is there once it has ended.

    `failure` says why it failed, if so.
    """

    id: str
    organization: OrganizationId
    sample: Sample
    options: MappingOptions
    state: RunState
    events: int
    looked_at: int
    failure: str
    summary: Summary
    compared: tuple[Compared, ...]


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be looked at: an organization as it is `now`, and as it would be `then`, with other options."""

    sample: Sample
    options: MappingOptions
    now: Organization
    then: Organization

    @property
    def organization(self) -> OrganizationId:
        """Whose events they are."""
        return self.now.name


class Runs:
    """The latest runs; of an organization there is one at a time, since it uses its rate."""

    def __init__(self, lab: MappingLab, clock: Clock) -> None:
        self._lab = lab
        self._clock = clock
        self._runs: dict[str, _Running] = {}

    def begin(self, order: Order) -> str:
        """Begin one, ending what is under way for the organization; give its id. Does not block."""
        for each in self._runs.values():
            if each.order.organization == order.organization:
                each.leave()
        while len(self._runs) >= KEPT:
            self._runs.pop(next(iter(self._runs))).leave()
        id_ = secrets.token_urlsafe(_ID_BYTES)
        self._runs[id_] = _Running(order, self._lab, self._clock)
        return id_

    def find(self, id_: str) -> Run | None:
        """Give one as it stands, if it is remembered; it goes on being watched. Does not block."""
        running = self._runs.get(id_)
        return None if running is None else running.seen(id_)


class _Running:
    def __init__(self, order: Order, lab: MappingLab, clock: Clock) -> None:
        self.order = order
        self._lab = lab
        self._clock = clock
        self._state = RunState.RUNNING
        self._failure = ""
        self._events = 0
        self._compared: list[Compared] = []
        self._seen_at = clock.monotonic()
        self._task = asyncio.create_task(self._run())

    def seen(self, id_: str) -> Run:
        self._seen_at = self._clock.monotonic()
        shown = () if self._state is RunState.RUNNING else tuple(self._compared)
        return Run(
            id=id_,
            organization=self.order.organization,
            sample=self.order.sample,
            options=self.order.options,
            state=self._state,
            events=self._events,
            looked_at=len(self._compared),
            failure=self._failure,
            summary=summary(shown),
            compared=shown,
        )

    def leave(self) -> None:
        if self._state is RunState.RUNNING:
            self._state = RunState.LEFT
            self._task.cancel()

    async def _run(self) -> None:
        try:
            self._state = await self._watched(asyncio.create_task(self._look()))
        except GladlySegmentError as error:
            self._state, self._failure = RunState.FAILED, error.message
        except Exception:  # noqa: BLE001 - nobody waits for this task to see it
            structlog.get_logger().exception("unexpected")
            self._state, self._failure = RunState.FAILED, "an error that this software did not expect; see its log"

    async def _watched(self, looking: asyncio.Task[None]) -> RunState:
        began_at = self._clock.monotonic()
        try:
            while not looking.done():
                if self._clock.monotonic() - began_at >= AT_MOST_S:
                    return RunState.OUT_OF_TIME
                if self._clock.monotonic() - self._seen_at >= WATCHED_WITHIN_S:
                    return RunState.LEFT
                await self._a_while(looking)
            looking.result()
            return RunState.DONE
        finally:
            looking.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await looking

    async def _a_while(self, looking: asyncio.Task[None]) -> None:
        resting = asyncio.create_task(self._clock.sleep(_LOOK_EVERY_S))
        await asyncio.wait((looking, resting), return_when=asyncio.FIRST_COMPLETED)
        resting.cancel()
        with suppress(asyncio.CancelledError):
            await resting

    async def _look(self) -> None:
        order = self.order
        receipts = await self._lab.sample(order.organization, order.sample)
        self._events = len(receipts)
        preview = self._lab.preview(order.organization)
        if preview is None:
            raise GladlySegmentError("this service does not serve the organization any more")
        for receipt in receipts:
            now, then = await _both(receipt, preview, (order.now, order.then))
            self._compared.append(compare(receipt, now, then))


async def _both(receipt: History, preview: LabPreview, variants: Sequence[Organization]) -> Sequence[Outcome]:
    try:
        return [outcome_of(each) for each in await preview.of(receipt, variants)]
    except CallFailedError as error:
        return [Outcome(becomes=Becomes.UNKNOWN, reason=error.message) for _ in variants]
