"""What the cases do over and over."""

from collections.abc import Sequence
from typing import Final

from gladly_segment.core.ids import ReceiptKey
from gladly_segment.core.lifecycle import IgnoreReason, ParkCause, Stage, State, SuppressReason
from gladly_segment.core.records import Deferred, Delivered, Entry, History, Ignored, Parked, Selection, Suppressed
from gladly_segment.ports.curator import Curator
from gladly_segment.ports.journal import Journal
from tests.conformance.journal.steps import claim, enrich, fill, made_ready
from tests.support.clock import START

ALL: Final = Selection()
EVERYTHING: Final = 100_000

VENDOR_TROUBLE: Final = ParkCause.VENDOR_UNAVAILABLE
"""A cause that says nothing against a track event."""
BAD_EVENT: Final = ParkCause.EVENT_TOO_LARGE
"""A cause that lies in the track event."""


async def park_unmapped(journal: Journal, *keys: str, lane: str | None = None, cause: ParkCause) -> None:
    """Append receipts that enrich makes dead letters."""
    await fill(journal, *keys, lane=lane)
    await journal.settle([Parked(each.seq, cause) for each in await claim(journal, Stage.ENRICH, EVERYTHING)])


async def park(journal: Journal, *keys: str, lane: str | None = None, cause: ParkCause = VENDOR_TROUBLE) -> None:
    """Append receipts that deliver makes dead letters, each with its track event."""
    for key in keys:
        await fill(journal, key, lane=lane)
        await enrich(journal)
    while heads := await claim(journal, Stage.DELIVER, EVERYTHING):
        await journal.settle([Parked(each.seq, cause, "what was met") for each in heads])


async def deliver(journal: Journal) -> list[str]:
    """Deliver all that is ready; give the keys in that order."""
    keys: list[str] = []
    while heads := await claim(journal, Stage.DELIVER, EVERYTHING):
        keys += [head.key for head in heads]
        await journal.settle([Delivered(head.seq) for head in heads])
    return keys


async def work_off(journal: Journal) -> list[str]:
    """Enrich and deliver all; give the keys in the order of delivery."""
    while entries := await claim(journal, Stage.ENRICH, EVERYTHING):
        await journal.settle([made_ready(entry) for entry in entries])
    return await deliver(journal)


async def fill_every_state(journal: Journal) -> Sequence[Entry]:
    """Let there be a receipt in each state that a stage can bring it to, and two that are claimed; give those."""
    await park(journal, "parked")
    await fill(journal, "delivered")
    await work_off(journal)
    await fill(journal, "ready and claimed")
    await enrich(journal)
    claimed = list(await claim(journal, Stage.DELIVER))
    await fill(journal, "ready")
    await enrich(journal)
    await fill(journal, "received and claimed")
    claimed += await claim(journal, Stage.ENRICH)
    await fill(journal, "suppressed", "ignored", "deferred")
    suppressed, ignored, deferred = await claim(journal, Stage.ENRICH)
    await journal.settle(
        [
            Suppressed(suppressed.seq, SuppressReason.CUSTOMER_DELETED),
            Ignored(ignored.seq, IgnoreReason.PROFILE_CHANGE_NOTED),
            Deferred(deferred.seq, START, counted=True, detail="HTTP 503"),
        ]
    )
    await fill(journal, "received")
    return claimed


async def by_key(curator: Curator) -> dict[str, History]:
    """Give every receipt by its key (the builders put it into the id of the event)."""
    found = await curator.find(ALL, EVERYTHING)
    return {each.event_id.removeprefix("event of "): each for each in found}


async def states(curator: Curator) -> dict[str, State]:
    return {key: each.state for key, each in (await by_key(curator)).items()}


async def told(curator: Curator, key: str) -> History:
    """Give one receipt with its history; it has its lane for itself."""
    receipt = (await by_key(curator))[ReceiptKey(key)]
    [history] = await curator.explain(None, receipt.lane)
    return history
