"""Drives a journal and its model through the same life, and compares them at every step."""

import asyncio
import sys
from collections.abc import Coroutine, Sequence
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, TypeAlias, TypeVar

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from gladly_segment.core.errors import JournalUnavailableError, StaleClaimError
from gladly_segment.core.ids import OrganizationId, Seq
from gladly_segment.core.lifecycle import IgnoreReason, ParkCause, Priority, Stage, State, Traffic
from gladly_segment.core.records import (
    Appended,
    Deferred,
    Delivered,
    Parked,
    Receipt,
    Settlement,
)
from gladly_segment.ports.journal import Journal
from tests.conformance.journal.harness import Driver
from tests.model.journal_model import JournalModel, Kept, Stand
from tests.model.settlements import DELAYS_S, made_ready, settlements
from tests.support.receipts import OTHER_SHOP, SHOP, receipt

T = TypeVar("T")

ORGANIZATIONS: Final = st.sampled_from([SHOP, OTHER_SHOP])
STAGES: Final = st.sampled_from(list(Stage))
TRAFFICS: Final = st.sampled_from([None, None, *Traffic])
PRIORITIES: Final = st.sampled_from([*[Priority.LIVE] * 3, Priority.GAP, *[Priority.BACKFILL] * 2])
KEYS: Final = st.integers(0, 15).map(str)
LANES: Final = st.sampled_from(["x", "y"])
ENTRANCES: Final = st.sampled_from(
    [(State.RECEIVED, None)] * 6
    + [(State.IGNORED, IgnoreReason.TYPE_NOT_MAPPED), (State.PARKED, ParkCause.EVENT_INCOMPLETE)]
)
IN_MEMORY: Final = Path("/dev/shm")  # noqa: S108 - thousands of short lives: a disk would only be slow, not tell more
Chosen: TypeAlias = tuple[Seq, Kept, Settlement]
Worker: TypeAlias = tuple[Stage, OrganizationId, Traffic | None]


class JournalMachine(RuleBasedStateMachine):
    """One life of a journal. `driver` opens it, `disguise` stands between it and the machine."""

    driver: Driver
    patience_s = 30.0

    def __init__(self) -> None:
        super().__init__()
        self._runner = asyncio.Runner()
        self._directory = TemporaryDirectory(dir=IN_MEMORY if IN_MEMORY.is_dir() else None)
        self._harness = self.driver.harness(Path(self._directory.name))
        self._model = JournalModel()
        self._claims: dict[Seq, Kept] = {}
        self._unclaimed: set[Seq] = set()
        self._waiting: dict[Worker, asyncio.Task[None]] = {}
        self._delivered: list[Kept] = []
        self._journal = self.disguise(self._run(self._harness.open()))

    def disguise(self, journal: Journal) -> Journal:
        return journal

    @rule(key=KEYS, lane=LANES, organization=ORGANIZATIONS, priority=PRIORITIES, entrance=ENTRANCES)
    def append(
        self,
        key: str,
        lane: str,
        organization: OrganizationId,
        priority: Priority,
        entrance: tuple[State, IgnoreReason | ParkCause | None],
    ) -> None:
        made = self._receipt(key, lane, organization, priority, *entrance)
        assert self._run(self._journal.append(made)) is self._model.append(made)

    @rule(key=KEYS, lane=LANES, organization=ORGANIZATIONS)
    def append_and_give_up(self, key: str, lane: str, organization: OrganizationId) -> None:
        # Of the largest priority: whether it pulled others up could not be told.
        made = self._receipt(key, lane, organization, Priority.BACKFILL)
        if self._run(self._given_up(self._journal.append(made))):
            self._model.append(made)
        elif self._tally() != self._model.tally():
            assert self._model.append(made) is Appended.NEW

    @rule(stage=STAGES, organization=ORGANIZATIONS, limit=st.integers(1, 4), traffic=TRAFFICS)
    def claim(self, stage: Stage, organization: OrganizationId, limit: int, traffic: Traffic | None = None) -> None:
        self._stop_waiting(stage, organization, traffic)
        expected = self._model.due(stage, organization, self._harness.clock.now(), traffic)[:limit]
        if expected:
            self._run(asyncio.wait_for(self._journal.ready(stage, organization, traffic), self.patience_s))

        entries = self._run(self._journal.claim(stage, organization, limit, traffic))

        assert [entry.key for entry in entries] == [kept.receipt.key for kept in expected]
        for entry, kept in zip(entries, expected, strict=True):
            assert entry == kept.entry(entry.seq)
            kept.claimed = True
            self._claims[entry.seq] = kept
            self._unclaimed.discard(entry.seq)

    @precondition(lambda self: self._due_somewhere())
    @rule(data=st.data(), limit=st.integers(1, 4))
    def claim_what_is_due(self, data: st.DataObject, limit: int) -> None:
        stage, organization, traffic = data.draw(st.sampled_from(self._due_somewhere()))
        self.claim(stage, organization, limit, traffic)

    @rule(stage=STAGES, organization=ORGANIZATIONS, traffic=TRAFFICS)
    def claim_and_give_up(self, stage: Stage, organization: OrganizationId, traffic: Traffic | None) -> None:
        self._stop_waiting(stage, organization, traffic)
        given_up = self._given_up(self._journal.claim(stage, organization, 100, traffic))
        assert not self._run(given_up), "cancelled in time, nothing is claimed"

    @rule(stage=STAGES, organization=ORGANIZATIONS, traffic=TRAFFICS)
    def wait(self, stage: Stage, organization: OrganizationId, traffic: Traffic | None) -> None:
        """Let a worker of the stage wait as long as there is nothing for it."""
        if (stage, organization, traffic) not in self._waiting:
            task = self._runner.get_loop().create_task(self._journal.ready(stage, organization, traffic))
            self._waiting[stage, organization, traffic] = task
            self._run(asyncio.sleep(0))

    @precondition(lambda self: self._claims)
    @rule(data=st.data())
    def settle(self, data: st.DataObject) -> None:
        chosen = self._choose(data)
        self._run(self._journal.settle([settlement for _, _, settlement in chosen]))
        self._took_place(chosen)

    @precondition(lambda self: self._claims)
    @rule(data=st.data())
    def settle_and_give_up(self, data: st.DataObject) -> None:
        chosen = [each for each in self._choose(data) if not isinstance(each[2], Deferred)]
        self._run(self._given_up(self._journal.settle([settlement for _, _, settlement in chosen])))
        if self._tally() != self._model.tally():
            self._took_place(chosen)

    @precondition(lambda self: self._claims or self._unclaimed)
    @rule(data=st.data())
    def settle_what_cannot_be(self, data: st.DataObject) -> None:
        """One settlement is stale; the others must not take place either."""
        stale: list[Settlement] = [Parked(seq, ParkCause.NO_USER) for seq in sorted(self._unclaimed)]
        for seq, kept in self._claims.items():
            stale += [Delivered(seq)] if kept.state is State.RECEIVED else [made_ready(seq, kept)]
        bad = data.draw(st.sampled_from(stale))
        good = [each for _, _, each in self._choose(data) if each.seq != bad.seq] if self._claims else []
        with pytest.raises(StaleClaimError):
            self._run(self._journal.settle(data.draw(st.permutations([*good, bad]))))

    @precondition(lambda self: self.driver.traits.storage_can_fail)
    @rule(key=KEYS, organization=ORGANIZATIONS, data=st.data())
    def meet_failing_storage(self, key: str, organization: OrganizationId, data: st.DataObject) -> None:
        chosen: Sequence[Chosen] = self._choose(data) if self._claims else []
        with self._harness.failing_storage():
            if chosen:
                with pytest.raises(JournalUnavailableError):
                    self._run(self._journal.settle([settlement for _, _, settlement in chosen]))
            else:
                self._append_in_vain(self._receipt(f"in vain {key}", "x", organization))

    @rule(seconds=DELAYS_S)
    def let_time_pass(self, seconds: float) -> None:
        self._harness.clock.advance(seconds)
        self._run(asyncio.sleep(0))

    @rule()
    def forget(self) -> None:
        """Let the journal forget what ended, some time after it did."""
        self.let_time_pass(0.001)
        self._run(self._harness.forget())
        self._model.forget()

    @rule()
    def crash(self) -> None:
        for worker in list(self._waiting):
            self._stop_waiting(*worker)
        self._journal = self.disguise(self._run(self._harness.crash_and_reopen()))
        self._model.crash()
        self._unclaimed |= self._claims.keys()
        self._claims.clear()

    @invariant()
    def every_receipt_stands_where_it_should(self) -> None:
        assert self._tally() == self._model.tally()

    @invariant()
    def whoever_waits_misses_nothing(self) -> None:
        for (stage, organization, traffic), waiting in list(self._waiting.items()):
            if self._model.due(stage, organization, self._harness.clock.now(), traffic):
                self._run(asyncio.wait_for(waiting, self.patience_s))
            if waiting.done():
                del self._waiting[stage, organization, traffic]

    def teardown(self) -> None:
        try:
            if sys.exception() is None:  # a failure must not be hidden by what follows from it
                self._deliver_the_rest()
        finally:
            for waiting in self._waiting.values():
                waiting.cancel()
            self._run(self._harness.close())
            self._runner.close()
            self._directory.cleanup()

    def _deliver_the_rest(self) -> None:
        """Nothing is lost, and within a lane nothing overtakes."""
        self.crash()
        self._harness.clock.advance(60)
        while any(kept.open for kept in self._model.log):
            for organization in (SHOP, OTHER_SHOP):
                for stage in Stage:
                    self.claim(stage, organization, 100)
            self._finish_claims()
            self.every_receipt_stands_where_it_should()
        last_of_lane: dict[tuple[str, str], int] = {}
        for kept in self._delivered:
            lane = kept.receipt.organization, kept.receipt.lane
            assert kept.place > last_of_lane.get(lane, -1)
            last_of_lane[lane] = kept.place

    def _finish_claims(self) -> None:
        done: list[Chosen] = [
            (seq, kept, made_ready(seq, kept) if kept.state is State.RECEIVED else Delivered(seq))
            for seq, kept in self._claims.items()
        ]
        self._run(self._journal.settle([settlement for _, _, settlement in done]))
        self._took_place(done)

    def _due_somewhere(self) -> Sequence[Worker]:
        now = self._harness.clock.now()
        workers = product(Stage, (SHOP, OTHER_SHOP), (None, *Traffic))
        return [
            (stage, organization, traffic)
            for stage, organization, traffic in workers
            if self._model.due(stage, organization, now, traffic)
        ]

    def _choose(self, data: st.DataObject) -> Sequence[Chosen]:
        seqs = data.draw(st.lists(st.sampled_from(list(self._claims)), min_size=1, max_size=4, unique=True))
        return [
            (seq, self._claims[seq], data.draw(settlements(seq, self._claims[seq], self._harness.clock.now())))
            for seq in seqs
        ]

    def _took_place(self, chosen: Sequence[Chosen]) -> None:
        self._model.settle([(kept, settlement) for _, kept, settlement in chosen], self._harness.clock.now())
        for seq, kept, settlement in chosen:
            del self._claims[seq]
            self._unclaimed.add(seq)
            if isinstance(settlement, Delivered):
                self._delivered.append(kept)

    def _append_in_vain(self, made: Receipt) -> None:
        with pytest.raises(JournalUnavailableError):
            self._run(self._journal.append(made))

    def _stop_waiting(self, stage: Stage, organization: OrganizationId, traffic: Traffic | None) -> None:
        if (waiting := self._waiting.pop((stage, organization, traffic), None)) is not None:
            waiting.cancel()

    def _receipt(
        self,
        key: str,
        lane: str,
        organization: OrganizationId,
        priority: Priority = Priority.LIVE,
        state: State = State.RECEIVED,
        reason: IgnoreReason | ParkCause | None = None,
    ) -> Receipt:
        return receipt(
            key,
            lane=lane,
            organization=organization,
            at=self._harness.clock.now(),
            body=f"body of {key}".encode(),
            state=state,
            reason=reason,
            priority=priority,
        )

    def _tally(self) -> set[Any]:
        tallies = self._run(self._journal.tally())
        return {Stand(each.organization, each.state, each.reason, each.count) for each in tallies if each.count}

    async def _given_up(self, operation: Coroutine[Any, Any, object]) -> bool:
        """Cancel an operation once it is under way; tell whether it came to an end all the same."""
        task = asyncio.ensure_future(operation)
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        return not task.cancelled()

    def _run(self, doing: Coroutine[Any, Any, T]) -> T:
        return self._runner.run(doing)
