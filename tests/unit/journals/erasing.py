"""A customer with canaries, in every state of a receipt, and erased."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import msgspec

from gladly_segment.core.identity import message_id
from gladly_segment.core.ids import CustomerId, OrganizationId
from gladly_segment.core.lifecycle import IgnoreReason, ParkCause, Stage, State, SuppressReason
from gladly_segment.core.provenance import Fetched, Origin, Resource
from gladly_segment.core.records import (
    Deferred,
    Delivered,
    Entry,
    Ignored,
    MadeReady,
    Parked,
    Selection,
    Settlement,
    Suppressed,
)
from gladly_segment.journals.sqlite import SqliteJournal, open_eraser
from gladly_segment.ports.eraser import Erasure
from tests.support.clock import START, ManualClock
from tests.support.receipts import SHOP, conversation_event, taken_in
from tests.unit.journals.beside import curating

ANN: Final = CustomerId("u-ann-0123456789")
NAME, EMAIL, PHONE = "Canary Ann", "canary@ann.example", "+14155550199"
CANARIES: Final = (ANN, NAME, EMAIL, PHONE)
EVERYTHING: Final = 100_000


def fetched(customer: str = ANN, *, found: bool = True) -> tuple[Fetched, ...]:
    return (Fetched(resource=Resource.CUSTOMER_PROFILE, id=customer, origin=Origin.GLADLY, age_s=0.0, found=found),)


def track_event(customer: str = ANN) -> bytes:
    properties = {"customerName": NAME, "email": EMAIL, "phone": PHONE}
    return msgspec.json.encode({"event": "x", "userId": customer, "properties": properties if customer == ANN else {}})


async def erase(data_dir: Path, *customers: str, organization: OrganizationId = SHOP) -> Erasure:
    async with open_eraser(data_dir, ManualClock()) as eraser:
        return await eraser.erase(organization, [CustomerId(each) for each in customers or (ANN,)])


async def make_ready(journal: SqliteJournal) -> None:
    entries = await journal.claim(Stage.ENRICH, SHOP, EVERYTHING)
    customers = [ANN if ANN.encode() in each.body else "u-bob" for each in entries]
    await journal.settle(
        [
            MadeReady(each.seq, track_event(customer), message_id(each.key), (), fetched(customer))
            for each, customer in zip(entries, customers, strict=True)
        ]
    )


async def deliver(journal: SqliteJournal) -> None:
    await make_ready(journal)
    while heads := await journal.claim(Stage.DELIVER, SHOP, EVERYTHING):
        await journal.settle([Delivered(each.seq) for each in heads])


async def fill_every_state(journal: SqliteJournal, data_dir: Path) -> None:
    """Let there be a receipt of the customer in each state, each in a conversation named by it."""
    for state in State:
        await journal.append(taken_in(conversation_event("CLOSED", f"c-{state}", ANN)))
        [entry] = await journal.claim(Stage.ENRICH, SHOP, 1)
        await journal.settle([first_step(entry, state)])
        if state is State.DELIVERED:
            await journal.settle([Delivered(each.seq) for each in await journal.claim(Stage.DELIVER, SHOP, 1)])
        if state is State.DROPPED:
            async with curating(data_dir) as curator:
                await curator.drop(Selection(seqs=(entry.seq,)))


def first_step(entry: Entry, towards: State) -> Settlement:
    """What enrich makes of a receipt that shall come to a state."""
    made_ready = MadeReady(entry.seq, track_event(), message_id(entry.key), (), fetched())
    parked = Parked(entry.seq, ParkCause.NO_USER, f"of {ANN}")
    return {
        State.RECEIVED: Deferred(entry.seq, START + timedelta(days=1), counted=True, detail=f"of {ANN}"),
        State.READY: made_ready,
        State.DELIVERED: made_ready,
        State.SUPPRESSED: Suppressed(entry.seq, SuppressReason.CUSTOMER_DELETED, fetched(found=False)),
        State.IGNORED: Ignored(entry.seq, IgnoreReason.PROFILE_CHANGE_NOTED),
        State.PARKED: parked,
        State.DROPPED: parked,
    }[towards]


def names_in(directory: Path) -> list[str]:
    return [path.name for path in directory.iterdir()]


def rows(data_dir: Path) -> Sequence[dict[str, Any]]:
    """All receipts as they stand in the table."""
    with closing(sqlite3.connect(data_dir / "journal.sqlite")) as db:
        db.row_factory = sqlite3.Row
        return [dict(row) for row in db.execute("SELECT * FROM receipts ORDER BY seq")]


def everything_in(data_dir: Path) -> bytes:
    """The bytes of all files of the journal."""
    return b"".join(path.read_bytes() for path in sorted(data_dir.glob("journal.sqlite*")))


def canaries_in(data_dir: Path) -> list[str]:
    found = everything_in(data_dir)
    return [canary for canary in CANARIES if canary.encode() in found]
