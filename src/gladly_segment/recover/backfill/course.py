"""How far one backfill is: in memory, in its spool, and as it is told."""

from collections import Counter, deque
from collections.abc import Mapping, Sequence
from typing import Final, Protocol

import msgspec

from gladly_segment.core.backfill import Backfill, Order, Progress
from gladly_segment.core.backfill_signals import BackfillAdvanced, BackfillWaits
from gladly_segment.core.pace import Sample, pace
from gladly_segment.core.past import PastOccurrence
from gladly_segment.ports.backfills import Spool
from gladly_segment.ports.clock import Clock
from gladly_segment.ports.observer import Observer

_NOTE_EVERY_S: Final = 1.0
_SAMPLES: Final = 61
"""A minute of them."""


class Rate(Protocol):
    """What Gladly permits, and what of it the past uses."""

    def calls(self) -> int:
        """Count the calls made for the past so far."""
        ...

    def for_the_past(self) -> float:
        """Tell how many calls a second the past may make while nothing else happens."""
        ...

    def in_all(self) -> float:
        """Tell how many the organization may make."""
        ...


class Course:
    """One backfill under way."""

    def __init__(self, backfill: Backfill, spool: Spool, rate: Rate, clock: Clock, observer: Observer) -> None:
        self.number = backfill.number
        self.phase = backfill.phase
        self.order: Order = backfill.order
        self.found = backfill.found
        self.failures_in_a_row = 0
        self._spool = spool
        self._rate = rate
        self._clock = clock
        self._observer = observer
        self._progress = backfill.progress
        self._trouble = ""
        self._calls_before = rate.calls() - backfill.progress.calls
        self._samples: deque[Sample] = deque(maxlen=_SAMPLES)
        self._noted_at: float | None = None

    @property
    def progress(self) -> Progress:
        """How far it is."""
        return self._progress

    async def move(
        self,
        *,
        taken: Sequence[PastOccurrence] = (),
        known: Sequence[PastOccurrence] = (),
        left_out: Sequence[PastOccurrence] = (),
        ended: Mapping[tuple[str, str], Sequence[PastOccurrence]] | None = None,
    ) -> None:
        """Take occurrences in hand, and strike out others that need nothing more; `ended` by state and reason."""
        over = ended or {}
        outcomes = Counter({(state, reason): count for state, reason, count in self._progress.outcomes})
        outcomes.update({outcome: len(those) for outcome, those in over.items()})
        struck = [each for those in over.values() for each in those]
        progress = msgspec.structs.replace(
            self._progress,
            handed_over=self._progress.handed_over + len(taken),
            known=self._progress.known + len(known),
            left_out=self._progress.left_out + len(left_out),
            ended=self._progress.ended + len(struck),
            outcomes=tuple((*outcome, count) for outcome, count in sorted(outcomes.items())),
        )
        await self._spool.hand_over(self.number, taken=taken, struck=[*known, *left_out, *struck], progress=progress)
        self._progress = progress

    async def note(self) -> None:
        """Note how far it is and tell, about once a second however often this is called."""
        now = self._clock.monotonic()
        if self._noted_at is not None and now - self._noted_at < _NOTE_EVERY_S:
            return
        await self.note_now()

    async def note_now(self) -> None:
        """Note how far it is and tell, however short a while ago that was done."""
        self._noted_at = self._clock.monotonic()
        await self._note(self._noted_at)

    async def well(self) -> None:
        """Note that it gets on: what it waited for is over."""
        self.failures_in_a_row = 0
        if self._trouble:
            self._trouble = ""
            await self.note_now()
        await self.note()

    async def wait(self, trouble: str) -> None:
        """Note what it waits for, and tell when that is something else than before."""
        news = trouble != self._trouble
        self._trouble = trouble
        await self.note_now()
        if news:
            self._observer.emit(BackfillWaits(self.order.organization, trouble))

    async def _note(self, now: float) -> None:
        calls = self._rate.calls() - self._calls_before
        self._samples.append(Sample(now, self._progress.dealt_with, calls))
        left = max(0, self.found.occurrences - self._progress.dealt_with)
        seen = pace(self._samples, left, self._rate.in_all())
        self._progress = msgspec.structs.replace(
            self._progress, calls=calls, per_s=seen.per_s, eta_s=seen.eta_s, share=seen.share
        )
        await self._spool.note(self.number, progress=self._progress, trouble=self._trouble)
        self._observer.emit(
            BackfillAdvanced(
                organization=self.order.organization,
                found=self.found.occurrences,
                known=self._progress.known,
                left_out=self._progress.left_out,
                handed_over=self._progress.handed_over,
                ended=self._progress.ended,
            )
        )
