"""Drives a journal and its model through the same life, and compares them at every step."""

import asyncio
import sys
from collections.abc import Coroutine, Sequence
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, TypeAlias, TypeVar

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from gladly_segment.core.errors import JournalUnavailableError, StaleClaimError
from gladly_segment.core.identity import message_id
from gladly_segment.core.ids import OrganizationId, Seq
from gladly_segment.core.lifecycle import IgnoreReason, ParkCause, Stage, State, SuppressReason
from gladly_segment.core.records import (
    Appended,
    Deferred,
    Delivered,
    Ignored,
    MadeReady,
    Parked,
    Receipt,
    Settlement,
    Suppressed,
)
from gladly_segment.ports.journal import Journal
from tests.conformance.journal.harness import Driver
from tests.model.journal_model import JournalModel, Kept, Stand
from tests.support.receipts import OTHER_SHOP, SHOP, receipt

T = TypeVar("T")

ORGANIZATIONS: Final = st.sampled_from([SHOP, OTHER_SHOP])
STAGES: Final = st.sampled_from(list(Stage))
KEYS: Final = st.integers(0, 15).map(str)
LANES: Final = st.sampled_from(["x", "y"])
ENTRANCES: Final = st.sampled_from(
    [(State.RECEIVED, None)] * 6
    + [(State.IGNORED, IgnoreReason.TYPE_NOT_MAPPED), (State.PARKED, ParkCause.EVENT_INCOMPLETE)]
)
IN_MEMORY: Final = Path("/dev/shm")  # noqa: S108 - thousands of short lives: a disk would only be slow, not tell more
Chosen: TypeAlias = tuple[Seq, Kept, Settlement]

DELAYS_S: Final = st.sampled_from([0.0, 0.001, 1.0, 30.0])


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
        self._waiting: dict[tuple[Stage, OrganizationId], asyncio.Task[None]] = {}
        self._delivered: list[Kept] = []
        self._journal = self.disguise(self._run(self._harness.open()))

    def disguise(self, journal: Journal) -> Journal:
        return journal

    @rule(key=KEYS, lane=LANES, organization=ORGANIZATIONS, entrance=ENTRANCES)
    def append(
        self,
        key: str,
        lane: str,
        organization: OrganizationId,
        entrance: tuple[State, IgnoreReason | ParkCause | None],
    ) -> None:
        made = self._receipt(key, lane, organization, *entrance)
        assert self._run(self._journal.append(made)) is self._model.append(made)

    @rule(key=KEYS, lane=LANES, organization=ORGANIZATIONS)
    def append_and_give_up(self, key: str, lane: str, organization: OrganizationId) -> None:
        made = self._receipt(key, lane, organization)
        if self._run(self._given_up(self._journal.append(made))):
            self._model.append(made)
        elif self._tally() != self._model.tally():
            assert self._model.append(made) is Appended.NEW

    @rule(stage=STAGES, organization=ORGANIZATIONS, limit=st.integers(1, 4))
    def claim(self, stage: Stage, organization: OrganizationId, limit: int) -> None:
        self._stop_waiting(stage, organization)
        expected = self._model.due(stage, organization, self._harness.clock.now())[:limit]
        if expected:
            self._run(asyncio.wait_for(self._journal.ready(stage, organization), self.patience_s))

        entries = self._run(self._journal.claim(stage, organization, limit))

        assert [entry.key for entry in entries] == [kept.receipt.key for kept in expected]
        for entry, kept in zip(entries, expected, strict=True):
            assert entry == kept.entry(entry.seq)
            kept.claimed = True
            self._claims[entry.seq] = kept
            self._unclaimed.discard(entry.seq)

    @precondition(lambda self: self._due_somewhere())
    @rule(data=st.data(), limit=st.integers(1, 4))
    def claim_what_is_due(self, data: st.DataObject, limit: int) -> None:
        self.claim(*data.draw(st.sampled_from(self._due_somewhere())), limit)

    @rule(stage=STAGES, organization=ORGANIZATIONS)
    def claim_and_give_up(self, stage: Stage, organization: OrganizationId) -> None:
        self._stop_waiting(stage, organization)
        given_up = self._given_up(self._journal.claim(stage, organization, 100))
        assert not self._run(given_up), "cancelled in time, nothing is claimed"

    @rule(stage=STAGES, organization=ORGANIZATIONS)
    def wait(self, stage: Stage, organization: OrganizationId) -> None:
        """Let the stage's worker wait as long as there is nothing for it."""
        if (stage, organization) not in self._waiting:
            task = self._runner.get_loop().create_task(self._journal.ready(stage, organization))
            self._waiting[stage, organization] = task
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
            stale += [Delivered(seq)] if kept.state is State.RECEIVED else [_ready(seq, kept)]
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
    def crash(self) -> None:
        for stage, organization in list(self._waiting):
            self._stop_waiting(stage, organization)
        self._journal = self.disguise(self._run(self._harness.crash_and_reopen()))
        self._model.crash()
        self._unclaimed |= self._claims.keys()
        self._claims.clear()

    @invariant()
    def every_receipt_stands_where_it_should(self) -> None:
        assert self._tally() == self._model.tally()

    @invariant()
    def whoever_waits_misses_nothing(self) -> None:
        for (stage, organization), waiting in list(self._waiting.items()):
            if self._model.due(stage, organization, self._harness.clock.now()):
                self._run(asyncio.wait_for(waiting, self.patience_s))
            if waiting.done():
                del self._waiting[stage, organization]

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
            (seq, kept, _ready(seq, kept) if kept.state is State.RECEIVED else Delivered(seq))
            for seq, kept in self._claims.items()
        ]
        self._run(self._journal.settle([settlement for _, _, settlement in done]))
        self._took_place(done)

    def _due_somewhere(self) -> Sequence[tuple[Stage, OrganizationId]]:
        now = self._harness.clock.now()
        workers = [(stage, organization) for stage in Stage for organization in (SHOP, OTHER_SHOP)]
        return [(stage, organization) for stage, organization in workers if self._model.due(stage, organization, now)]

    def _choose(self, data: st.DataObject) -> Sequence[Chosen]:
        seqs = data.draw(st.lists(st.sampled_from(list(self._claims)), min_size=1, max_size=4, unique=True))
        return [(seq, self._claims[seq], data.draw(self._settlements(seq))) for seq in seqs]

    def _settlements(self, seq: Seq) -> st.SearchStrategy[Settlement]:
        kept, now = self._claims[seq], self._harness.clock.now()
        due_at = DELAYS_S.map(lambda delay_s: now + timedelta(seconds=delay_s))
        deferred = st.builds(Deferred, st.just(seq), due_at, counted=st.booleans())
        ends: list[Settlement] = [Delivered(seq)]
        if kept.state is State.RECEIVED:
            ignored, suppressed = IgnoreReason.PROFILE_CHANGE_NOTED, SuppressReason.CUSTOMER_DELETED
            ends = [*[_ready(seq, kept)] * 4, Ignored(seq, ignored), Suppressed(seq, suppressed)]
        return st.sampled_from([*ends, Parked(seq, ParkCause.NO_USER)]) | deferred

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

    def _stop_waiting(self, stage: Stage, organization: OrganizationId) -> None:
        if (waiting := self._waiting.pop((stage, organization), None)) is not None:
            waiting.cancel()

    def _receipt(
        self,
        key: str,
        lane: str,
        organization: OrganizationId,
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


def _ready(seq: Seq, kept: Kept) -> MadeReady:
    return MadeReady(seq, f"payload of {kept.receipt.key}".encode(), message_id(kept.receipt.key))
