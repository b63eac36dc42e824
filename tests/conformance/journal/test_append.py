"""Holds drivers to `Journal.append`."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest

from gladly_segment.core.errors import JournalUnavailableError
from gladly_segment.core.lifecycle import IgnoreReason, ParkCause, Stage, State, SuppressReason
from gladly_segment.core.records import Appended, Delivered, Entry, Ignored, MessageId, Parked, Settlement, Suppressed
from gladly_segment.ports.journal import Journal
from tests.conformance.journal.contract import holds_to
from tests.conformance.journal.harness import Harness
from tests.conformance.journal.steps import claim, claimed_keys, enrich, made_ready
from tests.support.clock import START
from tests.support.journals import counts
from tests.support.receipts import OTHER_SHOP, receipt

KNOWN = (
    "A receipt whose key is already in the journal, or was before its receipt was forgotten, is DUPLICATE and changes"
    " nothing, whatever became of the first."
)


@holds_to(Journal.append, "Make a receipt durable; return only once it would survive a power cut.")
async def test_a_receipt_is_there_after_a_crash_as_it_was_appended(harness: Harness, journal: Journal) -> None:
    appended = receipt("a", lane="lane", body=b'{"name":"\xc3\x84nn\\u0000"}', at=START - timedelta(milliseconds=1))
    assert await journal.append(appended) is Appended.NEW

    journal = await harness.crash_and_reopen()

    [entry] = await claim(journal, Stage.ENRICH)
    assert entry == Entry(
        seq=entry.seq,
        organization=appended.organization,
        key=appended.key,
        lane=appended.lane,
        event_type=appended.event_type,
        source=appended.source,
        state=State.RECEIVED,
        entered_at=appended.received_at,
        received_at=appended.received_at,
        attempts=0,
        body=appended.body,
        payload=b"",
        message_id=MessageId(""),
    )


SETTLEMENTS: list[Callable[[Entry], Settlement]] = [
    made_ready,
    lambda entry: Suppressed(entry.seq, SuppressReason.CUSTOMER_DELETED),
    lambda entry: Ignored(entry.seq, IgnoreReason.TYPE_NOT_MAPPED),
    lambda entry: Parked(entry.seq, ParkCause.UNEXPECTED_ERROR),
]


@holds_to(Journal.append, KNOWN)
async def test_a_second_receipt_of_the_same_key_changes_nothing(journal: Journal) -> None:
    await journal.append(receipt("a", body=b"first"))

    assert await journal.append(receipt("a", lane="another", body=b"second")) is Appended.DUPLICATE

    assert [entry.body for entry in await claim(journal, Stage.ENRICH)] == [b"first"]
    assert await counts(journal) == {"received": 1}


@pytest.mark.parametrize("settlement", SETTLEMENTS)
@holds_to(Journal.append, KNOWN)
async def test_a_key_is_known_whatever_became_of_its_first_receipt(
    harness: Harness, journal: Journal, settlement: Callable[[Entry], Settlement]
) -> None:
    await journal.append(receipt("a"))
    [entry] = await claim(journal, Stage.ENRICH)
    assert await journal.append(receipt("a")) is Appended.DUPLICATE
    await journal.settle([settlement(entry)])
    before = await counts(journal)

    assert await journal.append(receipt("a")) is Appended.DUPLICATE
    journal = await harness.crash_and_reopen()
    assert await journal.append(receipt("a")) is Appended.DUPLICATE

    assert await counts(journal) == before
    assert await claimed_keys(journal, Stage.ENRICH) == []


@pytest.mark.parametrize("settlement", SETTLEMENTS[1:])
@holds_to(Journal.append, KNOWN)
async def test_a_key_is_known_when_its_first_receipt_is_forgotten(
    harness: Harness, journal: Journal, settlement: Callable[[Entry], Settlement]
) -> None:
    await journal.append(receipt("a"))
    [entry] = await claim(journal, Stage.ENRICH)
    await journal.settle([settlement(entry)])
    await harness.forget()
    assert await counts(journal) == {}

    journal = await harness.crash_and_reopen()

    assert await journal.append(receipt("a")) is Appended.DUPLICATE
    assert await journal.append(receipt("a", organization=OTHER_SHOP)) is Appended.NEW
    assert await journal.append(receipt("b")) is Appended.NEW
    assert await claimed_keys(journal, Stage.ENRICH) == ["b"]


@holds_to(Journal.append, KNOWN)
async def test_a_key_is_known_after_its_receipt_was_delivered(journal: Journal) -> None:
    await journal.append(receipt("a"))
    await enrich(journal)
    [entry] = await claim(journal, Stage.DELIVER)
    await journal.settle([Delivered(entry.seq)])

    assert await journal.append(receipt("a")) is Appended.DUPLICATE

    assert await counts(journal) == {"delivered": 1}


@holds_to(Journal.append, KNOWN)
async def test_of_the_same_key_appended_many_times_at_once_one_is_new(journal: Journal) -> None:
    appended = await asyncio.gather(*(journal.append(receipt("a")) for _ in range(20)))

    assert sorted(appended) == [Appended.DUPLICATE] * 19 + [Appended.NEW]
    assert await claimed_keys(journal, Stage.ENRICH) == ["a"]


@holds_to(Journal, "Keys, lanes and claims are an organization's own.")
async def test_the_same_key_of_another_organization_is_another_receipt(journal: Journal) -> None:
    await journal.append(receipt("a", body=b"ours"))

    assert await journal.append(receipt("a", organization=OTHER_SHOP, body=b"theirs")) is Appended.NEW

    assert [entry.body for entry in await claim(journal, Stage.ENRICH)] == [b"ours"]
    assert [entry.body for entry in await claim(journal, Stage.ENRICH, organization=OTHER_SHOP)] == [b"theirs"]


@pytest.mark.usefixtures("storage_can_fail")
@holds_to(Journal.append, "Raises JournalUnavailableError when it could not be made durable.")
async def test_what_cannot_be_made_durable_is_refused_and_may_be_appended_later(
    harness: Harness, journal: Journal
) -> None:
    with harness.failing_storage():
        outcomes = await asyncio.gather(
            *(journal.append(receipt(f"{number}")) for number in range(10)), return_exceptions=True
        )
    assert [type(outcome) for outcome in outcomes] == [JournalUnavailableError] * 10

    assert [await journal.append(receipt(f"{number}")) for number in range(10)] == [Appended.NEW] * 10

    journal = await harness.crash_and_reopen()
    assert len(await claim(journal, Stage.ENRICH)) == 10


@pytest.mark.usefixtures("storage_can_fail")
@holds_to(Journal.append, "return only once it would survive a power cut")
async def test_a_refused_receipt_leaves_alone_what_was_durable_before(harness: Harness, journal: Journal) -> None:
    await journal.append(receipt("a", lane="lane"))
    with harness.failing_storage(), pytest.raises(JournalUnavailableError):
        await journal.append(receipt("b", lane="lane"))

    journal = await harness.crash_and_reopen()

    assert await claimed_keys(journal, Stage.ENRICH) == ["a"]
    assert await counts(journal) == {"received": 1}


@holds_to(Journal.probe, "Make a trifle durable", "Raises JournalUnavailableError when not.")
async def test_a_probe_tells_whether_something_can_be_made_durable(harness: Harness, journal: Journal) -> None:
    await journal.probe()

    with harness.failing_storage(), pytest.raises(JournalUnavailableError):
        await journal.probe()

    await journal.probe()
    assert await journal.tally() == []
