"""What is ordered on the completeness screen reaches the journal and the file of backfills, and is noted."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from gladly_segment.core.backfill import Order, Phase
from gladly_segment.core.certificate import Standing
from gladly_segment.core.errors import InputError
from gladly_segment.core.past import Span
from gladly_segment.journals.sqlite import SqliteJournal, open_journal
from gladly_segment.service.backfilling import SqliteBackfills
from gladly_segment.service.screens.completeness import CompletenessRoom
from tests.support.clock import START, ManualClock
from tests.support.desk import OTHER_SHOP, SHOP

HOUR = timedelta(hours=1)
SPAN = Span(START - timedelta(days=90), START)


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[SqliteJournal]:
    journal = await open_journal(tmp_path, ManualClock())
    yield journal
    await journal.close()


@pytest.fixture
async def room(journal: SqliteJournal, tmp_path: Path) -> AsyncIterator[CompletenessRoom]:
    backfills = SqliteBackfills(tmp_path, ManualClock())
    yield CompletenessRoom(lambda: (SHOP, OTHER_SHOP), journal.certificates, backfills, journal.registry, ManualClock())
    await backfills.close()


async def noted(room: CompletenessRoom) -> list[tuple[object, ...]]:
    return [(each.organization, each.by, each.what, each.detail) for each in await room.actions(None, 10)]


async def test_a_backfill_is_ordered_and_stopped_with_who_did_it(room: CompletenessRoom) -> None:
    await room.order(Order(organization=SHOP, span=SPAN, plan_only=True), "ann")
    await room.order(Order(organization=SHOP, span=SPAN), "bo")
    assert [each.order.organization for each in await room.backfills()] == [SHOP]

    assert await room.stop(SHOP, "cy")
    assert not await room.stop(OTHER_SHOP, "cy")

    [stopped] = await room.backfills()
    assert stopped.phase is Phase.STOPPED
    span = "2025-12-01T12:00:00.000Z – 2026-03-01T12:00:00.000Z"
    assert await noted(room) == [
        (SHOP, "cy", "backfill_stopped", span),
        (SHOP, "bo", "backfill_started", span),
        (SHOP, "ann", "backfill_planned", span),
    ]


async def test_what_cannot_be_ordered_is_not_noted(room: CompletenessRoom) -> None:
    await room.order(Order(organization=SHOP, span=SPAN), "ann")

    with pytest.raises(InputError):
        await room.order(Order(organization=SHOP, span=Span(SPAN.start - HOUR, SPAN.end - HOUR)), "bo")

    assert [who for _, who, *_ in await noted(room)] == ["ann"]


async def test_an_hour_is_ordered_to_be_certified_anew(room: CompletenessRoom) -> None:
    hour = Span(START - 3 * HOUR, START - 2 * HOUR)

    await room.certify(SHOP, hour, "ann")

    [ordered] = await room.certificates(SHOP, START - timedelta(days=1), START)
    assert (ordered.span, ordered.standing) == (hour, Standing.ORDERED)
    assert await room.certificates(OTHER_SHOP, START - timedelta(days=1), START) == []
    assert [what for _, _, what, _ in await noted(room)] == ["certification_ordered"]


async def test_an_hour_that_has_not_begun_is_not_certified(room: CompletenessRoom) -> None:
    with pytest.raises(InputError):
        await room.certify(SHOP, Span(START, START + HOUR), "ann")

    assert await noted(room) == []
