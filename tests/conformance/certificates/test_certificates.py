"""Holds what keeps certificates to `Certificates`."""

import asyncio
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from gladly_segment.core.certificate import Certificate, Difference, DifferenceKind, Standing
from gladly_segment.core.errors import JournalUnavailableError
from gladly_segment.core.ids import ConversationId, CustomerId, OrganizationId, Seq
from gladly_segment.core.occurrence import EventKind
from gladly_segment.core.organization import Retention
from gladly_segment.core.past import Span
from gladly_segment.core.records import Source
from gladly_segment.journals.sqlite import SqliteJournal, open_eraser, open_journal
from gladly_segment.ports.certificates import Certificates
from tests.conformance.certificates.conftest import Open
from tests.conformance.journal.contract import holds_to
from tests.support.clock import START, ManualClock
from tests.support.receipts import OTHER_SHOP, SHOP, receipt

PUT: Final = "Keep one, durably, in the place of all of its organization whose span overlaps its own."
APART: Final = "those of an organization never overlap."
SAYING: Final = (
    "Give those that have one of these standings and begin at `since` or later, oldest first; cheap while few."
)
BETWEEN: Final = "Give those whose span begins within [since, until), by organization and time."
RETENTION: Final = "Retention deletes one when dead letters, and what ended, would be deleted that are as old as it is"
HOUR: Final = timedelta(hours=1)
AGES: Final = (timedelta(days=30), timedelta(days=400))


def difference(event_id: str = "event-1", kind: DifferenceKind = DifferenceKind.MISSING) -> Difference:
    return Difference(
        kind=kind,
        conversation=ConversationId("c-1"),
        event=EventKind.CLOSED,
        at=START + timedelta(milliseconds=7),
        event_id=event_id,
        seqs=(Seq(3), Seq(4)),
        reason="because",
    )


def certificate(
    hour: int = 0, *differences: Difference, organization: OrganizationId = SHOP, hours: int = 1
) -> Certificate:
    """Make the certificate of an hour after the start; complete, unless it has differences."""
    return Certificate(
        organization=organization,
        span=Span(START + hour * HOUR, START + (hour + hours) * HOUR),
        made_at=START + (hour + 1) * HOUR + timedelta(minutes=10),
        source=Source.REPORT,
        at_gladly=5,
        in_journal=5,
        accepted=3,
        suppressed=(("customer_deleted", 2),),
        differences=differences,
        calls=2,
    )


async def all_of(certificates: Certificates, organization: OrganizationId | None = None) -> list[Certificate]:
    return list(await certificates.certificates(organization, START - 9999 * HOUR, START + 9999 * HOUR))


@holds_to(Certificates.put, PUT)
async def test_one_is_given_as_it_was_put_to_whoever_asks_later(certificates: Certificates, opened: Open) -> None:
    await certificates.put(made := certificate(0, difference(), difference("", DifferenceKind.PARKED)))

    async with opened() as later:
        assert await all_of(later) == [made]


@holds_to(Certificates, APART)
@holds_to(Certificates.put, PUT)
async def test_a_later_one_replaces_the_one_of_its_span_and_no_other(certificates: Certificates) -> None:
    others = [certificate(-1), certificate(1), certificate(organization=OTHER_SHOP)]
    for each in (certificate(0, difference()), *others):
        await certificates.put(each)

    await certificates.put(later := replace(certificate(0), calls=9))

    assert await all_of(certificates, SHOP) == [others[0], later, others[1]]
    assert await all_of(certificates, OTHER_SHOP) == others[2:]


SPANS: Final = st.tuples(st.integers(0, 9), st.integers(1, 5)).map(lambda drawn: (drawn[0], sum(drawn)))


@given(spans=st.lists(SPANS, max_size=12))
@settings(max_examples=30)
@holds_to(Certificates, APART)
@holds_to(Certificates.put, PUT)
def test_of_those_that_overlap_the_last_stays(spans: list[tuple[int, int]]) -> None:
    async def live(data_dir: Path) -> list[tuple[int, int]]:
        journal = await open_journal(data_dir, ManualClock())
        for start, end in spans:
            await journal.certificates.put(certificate(start, hours=end - start))
        found = await all_of(journal.certificates)
        await journal.close()
        return [((each.span.start - START) // HOUR, (each.span.end - START) // HOUR) for each in found]

    stay = [
        (start, end)
        for number, (start, end) in enumerate(spans)
        if not any(later_start < end and later_end > start for later_start, later_end in spans[number + 1 :])
    ]
    with TemporaryDirectory() as directory:
        assert asyncio.run(live(Path(directory))) == sorted(stay)


@holds_to(Certificates, "Commands write beside a running service: one that is ordered is seen by it within seconds.")
async def test_what_is_ordered_beside_a_service_is_seen_by_it(journal: SqliteJournal, opened: Open) -> None:
    ordered = replace(certificate(), ordered=True)
    before = await journal.certificates.saying(SHOP, {Standing.ORDERED}, START)

    async with opened() as beside:
        await beside.put(ordered)

    assert (before, await journal.certificates.saying(SHOP, {Standing.ORDERED}, START)) == ([], [ordered])


@holds_to(Certificates.certificates, BETWEEN)
async def test_a_span_that_begins_at_the_end_is_not_within(certificates: Certificates) -> None:
    for hour in (3, 0, 2, 1):
        await certificates.put(certificate(hour))

    found = await certificates.certificates(SHOP, START + HOUR, START + 3 * HOUR)

    assert found == [certificate(1), certificate(2)]


@holds_to(Certificates.certificates, BETWEEN)
async def test_they_come_by_organization_and_time(certificates: Certificates) -> None:
    made = [certificate(hour, organization=name) for name in (OTHER_SHOP, SHOP) for hour in (0, 1)]
    for each in (made[2], made[1], made[3], made[0]):
        await certificates.put(each)

    assert await all_of(certificates) == made
    assert await all_of(certificates, SHOP) == made[2:]


@holds_to(Certificates.saying, SAYING)
async def test_those_that_say_what_is_asked_for_are_given(certificates: Certificates) -> None:
    complete, incomplete = certificate(0), certificate(3, difference())
    waiting = [certificate(hour, difference(kind=DifferenceKind.WAITING)) for hour in (1, 2)]
    assert [each.standing for each in (complete, waiting[0], incomplete)] == ["complete", "waiting", "incomplete"]
    for each in (incomplete, waiting[1], complete, waiting[0], replace(incomplete, organization=OTHER_SHOP)):
        await certificates.put(each)

    assert await certificates.saying(SHOP, {Standing.WAITING}, START) == waiting
    assert await certificates.saying(SHOP, {Standing.WAITING}, START + 2 * HOUR) == waiting[1:]
    assert await certificates.saying(SHOP, {Standing.INCOMPLETE, Standing.WAITING}, START) == [*waiting, incomplete]
    assert await certificates.saying(SHOP, {Standing.ORDERED}, START) == []

    await certificates.put(certificate(1))
    assert await certificates.saying(SHOP, {Standing.WAITING}, START) == waiting[1:]


@holds_to(Certificates.last, "Give the one of the latest span; None where there is none.")
async def test_the_last_is_the_one_of_the_latest_span(certificates: Certificates) -> None:
    before = await certificates.last(SHOP)
    for each in (certificate(4), certificate(7), certificate(5), certificate(9, organization=OTHER_SHOP)):
        await certificates.put(each)

    assert (before, await certificates.last(SHOP)) == (None, certificate(7))


@pytest.mark.parametrize(("ended", "dead"), [AGES, AGES[::-1]])
@holds_to(Certificates, RETENTION)
async def test_one_is_kept_as_long_as_what_is_kept_longest(
    certificates: Certificates, journal: SqliteJournal, ended: timedelta, dead: timedelta
) -> None:
    await journal.append(receipt("waiting"))
    # Of a span long ago, and made now.
    made = replace(certificate(-99 * 24), made_at=START)
    for each in (made, replace(certificate(), organization=OTHER_SHOP)):
        await certificates.put(each)
    kept = Retention(ended=ended, dead=dead, content=ended)

    await journal.forget(SHOP, kept, START + max(AGES))
    before = await all_of(certificates, SHOP)
    await journal.forget(SHOP, kept, START + max(AGES) + timedelta(milliseconds=1))

    assert (before, await all_of(certificates, SHOP)) == ([made], [])
    assert len(await all_of(certificates)) == 1


@holds_to(Certificates, "erasing a customer changes nothing in them but the id of an event")
async def test_an_erased_customer_is_named_nowhere(
    certificates: Certificates, journal: SqliteJournal, tmp_path: Path
) -> None:
    await journal.append(receipt("a"))
    for hour, event_id in enumerate(("event-1", "of-u-ann-7")):
        await certificates.put(certificate(hour, difference(event_id), difference()))
    await certificates.put(elsewhere := certificate(0, difference("of-u-ann-7"), organization=OTHER_SHOP))

    async with open_eraser(tmp_path, ManualClock()) as eraser:
        await eraser.erase(SHOP, [CustomerId("u-ann")])

    untouched = certificate(0, difference("event-1"), difference())
    assert await all_of(certificates, SHOP) == [untouched, certificate(1, difference(""), difference())]
    assert await all_of(certificates, OTHER_SHOP) == [elsewhere]


@holds_to(Certificates, "Every method raises JournalUnavailableError.")
async def test_what_is_closed_says_so(journal: SqliteJournal) -> None:
    await journal.close()

    for asked in (journal.certificates.put(certificate()), journal.certificates.last(SHOP)):
        with pytest.raises(JournalUnavailableError):
            await asked


@holds_to(Certificates.put, PUT)
async def test_one_whose_putting_was_given_up_is_there_as_a_whole_or_not_at_all(certificates: Certificates) -> None:
    putting = asyncio.ensure_future(certificates.put(certificate()))
    await asyncio.sleep(0)
    putting.cancel()
    await asyncio.wait([putting])

    assert await all_of(certificates) in ([], [certificate()])
    await certificates.put(certificate())
    assert await all_of(certificates) == [certificate()]
