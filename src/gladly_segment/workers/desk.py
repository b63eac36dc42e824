"""One stage's dealings with the journal for one organization; it carries out the verdicts on failed calls."""

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import Final

from gladly_segment.core.errors import JournalDamagedError, JournalUnavailableError
from gladly_segment.core.failures import Failure
from gladly_segment.core.ids import OrganizationId, Seq
from gladly_segment.core.lifecycle import Stage, Traffic
from gladly_segment.core.records import Deferred, Entry, Parked, Settlement
from gladly_segment.core.retry import Park, RetryAt, RetryPolicy, SplitBatch, Stop, Verdict, decide
from gladly_segment.core.signals import AttemptFailed, JournalTrouble, StageHeld, StageResumed
from gladly_segment.core.work import Work
from gladly_segment.ports.attribution import working_on
from gladly_segment.ports.clock import Clock
from gladly_segment.ports.journal import Journal
from gladly_segment.ports.observer import Observer
from gladly_segment.workers.hold import Hold
from gladly_segment.workers.settled import settled_signals

_JOURNAL_PAUSE_S: Final = 0.5


class Desk:
    """Claims and settles for a stage. While the stage is held it claims one entry at a time, to probe."""

    def __init__(
        self,
        stage: Stage,
        organization: OrganizationId,
        policy: RetryPolicy,
        *,
        journal: Journal,
        clock: Clock,
        observer: Observer,
        draw: Callable[[], float],
        traffic: Traffic | None = None,
        hold: Hold | None = None,
    ) -> None:
        """`draw` gives uniform numbers in [0, 1) for the jitter of retries; without a `traffic` it takes all.

        Desks of one stage and organization share a `hold`: what is wrong for one is wrong for all of them.
        """
        self._stage = stage
        self._organization = organization
        self._policy = policy
        self._journal = journal
        self._clock = clock
        self._observer = observer
        self._draw = draw
        self._traffic = traffic
        self._hold = hold or Hold(clock)
        self._began: dict[Seq, datetime] = {}

    async def next(self, limit: int, *, linger_s: float = 0.0) -> Sequence[Entry]:
        """Wait for work, wait `linger_s` for more of it, and claim up to `limit` entries.

        May be cancelled at any time: either the entries are handed over or they are not claimed.
        """
        while True:
            await self._hold.passed()
            await self._journal.ready(self._stage, self._organization, self._traffic)
            await self._clock.sleep(linger_s)
            if entries := await self.due(limit):
                return entries

    async def due(self, limit: int) -> Sequence[Entry]:
        """Claim what is due now, without waiting for more. A held stage gives nothing before its time."""
        allowed = self._hold.allowed(limit)
        if not allowed:
            return ()
        try:
            entries = await self._journal.claim(self._stage, self._organization, allowed, self._traffic)
        except JournalUnavailableError as error:
            await self._pause(error)
            return ()
        self._hold.claimed(entries)
        self._began.update(dict.fromkeys((entry.seq for entry in entries), self._clock.now()))
        return entries

    @contextmanager
    def at_work(self, entries: Sequence[Entry]) -> Generator[None]:
        """Attribute what happens in the block to the attempts at these entries."""
        with working_on([self._work(entry) for entry in entries]):
            yield

    async def settle(self, entries: Sequence[Entry], settlements: Sequence[Settlement]) -> None:
        """Write outcomes, one for each entry, as often as it takes; then tell of them."""
        works = [self._work(entry) for entry in entries]
        while True:
            try:
                await self._journal.settle(settlements)
                break
            except JournalUnavailableError as error:
                await self._pause(error)
        self._hold.settled(entries)
        now = self._clock.now()
        for entry, work, settlement in zip(entries, works, settlements, strict=True):
            # Unless it was put off and is claimed again by now.
            if self._began.get(entry.seq) is work.began:
                del self._began[entry.seq]
            for signal in settled_signals(entry, work, settlement, now):
                self._observer.emit(signal)

    def worked(self) -> None:
        """Note that a call to the vendor worked: a held stage goes on."""
        if self._hold.end():
            self._observer.emit(StageResumed(self._organization, self._stage))

    def splits(self, entries: Sequence[Entry], failure: Failure) -> bool:
        """Tell whether a refused batch is to be sent again in halves."""
        return isinstance(self._judge(entries[0], entries, failure, 0.0), SplitBatch)

    async def fail(self, entries: Sequence[Entry], failure: Failure) -> None:
        """Carry out the verdict on a failed call for each of the entries it was made for."""
        draw = self._draw()
        verdicts = [self._judge(entry, entries, failure, draw) for entry in entries]
        self._observer.emit(AttemptFailed(self._organization, self._stage, failure.kind, failure.detail, len(entries)))
        stop = next((verdict for verdict in verdicts if isinstance(verdict, Stop)), None)
        if stop is not None and self._hold.begin(stop.until):
            self._observer.emit(StageHeld(self._organization, self._stage, failure.detail, stop.until))
        settlements = [_execute(entry, verdict, failure) for entry, verdict in zip(entries, verdicts, strict=True)]
        await self.settle(entries, settlements)

    def _work(self, entry: Entry) -> Work:
        return Work(
            self._organization,
            self._stage,
            entry.key,
            entry.lane,
            entry.event_type,
            entry.entered_at,
            entry.attempts,
            self._began[entry.seq],
        )

    def _judge(self, entry: Entry, batch: Sequence[Entry], failure: Failure, draw: float) -> Verdict:
        now = self._clock.now()
        verdict = partial(
            decide, failure, age=now - entry.entered_at, batch_size=len(batch), now=now, draw=draw, policy=self._policy
        )
        # One backoff for the whole batch keeps it together.
        judged = verdict(attempt=max(each.attempts for each in batch))
        if not isinstance(judged, Stop):
            return judged
        # A held stage counts its own probes; what was under way when it was held waits no longer than the stage.
        until = self._hold.standing_until
        return Stop(until) if until is not None else verdict(attempt=self._hold.stops_in_a_row)

    async def _pause(self, error: JournalUnavailableError) -> None:
        if isinstance(error, JournalDamagedError):
            raise error
        self._observer.emit(JournalTrouble(error.message))
        await self._clock.sleep(_JOURNAL_PAUSE_S)


def _execute(entry: Entry, verdict: Verdict, failure: Failure) -> Settlement:
    match verdict:
        case RetryAt(at=at, counted=counted):
            return Deferred(entry.seq, at, counted, failure.detail)
        case Stop(until=until):
            return Deferred(entry.seq, until, counted=False, detail=failure.detail)
        case Park(cause=cause):
            return Parked(entry.seq, cause, failure.detail)
        case SplitBatch():
            raise AssertionError("a batch that splits is sent again in halves, not settled")
