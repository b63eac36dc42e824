"""The history is what the journal is: by following its changes, as by reading it whole."""

import asyncio
import random
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gladly_segment.core.ids import CustomerId
from gladly_segment.core.lifecycle import ParkCause, Stage, SuppressReason
from gladly_segment.core.records import Deferred, Delivered, Parked, Selection, Suppressed
from gladly_segment.history import projector, schema
from gladly_segment.history.store import Store
from gladly_segment.journals.sqlite import open_curator, open_eraser
from gladly_segment.ports.curator import START
from tests.support.receipts import OTHER_SHOP, SHOP, conversation_event, merge_event, profile_event, taken_in
from tests.unit.history.projecting import EVERYTHING, Beside, content_of, made_ready, opened, track
from tests.unit.journals.aging import kept_since

PEOPLE = ("u-ann-1", "u-bob-2", "u-eve-3")
NAMES = {"u-ann-1": "Ann Lee", "u-bob-2": "Bob Müller", "u-eve-3": "Eve O'Neil"}


class Life:
    """What befalls a journal, drawn by lot."""

    def __init__(self, beside: Beside, seed: int) -> None:
        self._beside = beside
        self._draw = random.Random(seed)  # noqa: S311 - must be repeatable, not secret
        self._number = 0

    async def go_on(self) -> None:
        deeds = (
            *(self._append,) * 6,
            *(self._enrich,) * 4,
            *(self._deliver,) * 4,
            *(self._project,) * 3,
            self._curate,
            self._forget,
            self._erase,
        )
        await self._draw.choice(deeds)()
        self._beside.clock.advance(self._draw.choice((0, 0.4, 30, 3_600)))

    async def _append(self) -> None:
        self._number += self._draw.choice((0, 1, 1, 1))  # now and then it was there already
        person, now = self._draw.choice(PEOPLE), self._beside.clock.now()
        conversation = f"c-{self._draw.randrange(5)}-{person}"
        body = self._draw.choice(
            (
                conversation_event("CREATED", f"{conversation}-{self._number}", person, now),
                conversation_event("CLOSED", conversation, person, now),
                conversation_event("REOPENED", conversation, person, now),
                profile_event("UPDATED", person, now),
                merge_event(person, self._draw.choice(PEOPLE), now),
                b'{"type":"CONVERSATION/CLOSED","id":"broken"}',
            )
        )
        organization = self._draw.choice((SHOP, SHOP, OTHER_SHOP))
        await self._beside.journal.append(taken_in(body, organization=organization, at=now))

    async def _enrich(self) -> None:
        entries = await self._beside.journal.claim(Stage.ENRICH, SHOP, self._draw.randrange(1, 4))
        now = self._beside.clock.now()
        for entry in entries:
            person = next((each for each in PEOPLE if each.encode() in entry.body), PEOPLE[0])
            payload = track(
                person, customerName=NAMES[person], email=f"{person}@shop.example", customAttributes={"n": entry.seq}
            )
            await self._beside.journal.settle(
                [
                    self._draw.choice(
                        (
                            made_ready(entry, payload),
                            made_ready(entry, payload),
                            Suppressed(entry.seq, SuppressReason.CUSTOMER_DELETED),
                            Parked(entry.seq, ParkCause.EVENT_TOO_LARGE, "too large"),
                            Deferred(entry.seq, now, counted=True, detail="HTTP 503"),
                        )
                    )
                ]
            )

    async def _deliver(self) -> None:
        for entry in await self._beside.journal.claim(Stage.DELIVER, SHOP, self._draw.randrange(1, 4)):
            await self._beside.journal.settle(
                [self._draw.choice((Delivered(entry.seq), Parked(entry.seq, ParkCause.BAD_TIMESTAMP)))]
            )

    async def _project(self) -> None:
        await self._beside.projector.step()

    async def _curate(self) -> None:
        curator = await open_curator(self._beside.data_dir, self._beside.clock)
        try:
            match self._draw.randrange(3):
                case 0:
                    await curator.retry(Selection())
                case 1:
                    await curator.drop(Selection())
                case _:
                    await curator.replay(Selection(organization=SHOP), remap=self._draw.random() < 0.5)
        finally:
            await curator.close()

    async def _forget(self) -> None:
        now = self._beside.clock.now()
        retention = self._draw.choice((kept_since(ended=now, now=now), kept_since(content=now, now=now)))
        await self._beside.journal.forget(SHOP, retention, now)

    async def _erase(self) -> None:
        if SHOP in await self._beside.journal.organizations():
            async with open_eraser(self._beside.data_dir, self._beside.clock) as eraser:
                await eraser.erase(SHOP, [CustomerId(self._draw.choice(PEOPLE))])


async def live(data_dir: Path, seed: int, length: int) -> None:
    async with opened(data_dir) as beside:
        life = Life(beside, seed)
        for _ in range(length):
            await life.go_on()
        await beside.follow()
        followed = content_of(data_dir)

        await beside.projector.do(Store.empty)
        assert content_of(data_dir)["events"] == []
        await beside.follow()

        assert content_of(data_dir) == followed
        receipts = await beside.journal.changes.walk(START, EVERYTHING)
        assert [each.seq for each in receipts] == [row[0] for row in followed["events"]]


@settings(max_examples=20)
@given(seed=st.integers(0, 2**32), length=st.integers(1, 60), portion=st.sampled_from([1, 3, 100]))
def test_following_leads_to_the_same_as_reading_everything_again(seed: int, length: int, portion: int) -> None:
    with pytest.MonkeyPatch.context() as patch, TemporaryDirectory() as folder:
        patch.setattr(projector, "PORTION", portion)
        patch.setattr(schema, "_PARTITION_BITS", 3)
        asyncio.run(live(Path(folder) / "data", seed, length))
