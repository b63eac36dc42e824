"""When an organization's events came, as its journal tells."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from gladly_segment.core.lifecycle import IgnoreReason, Priority, State
from gladly_segment.core.records import Source
from gladly_segment.core.rhythm import HOURS_NEEDED
from gladly_segment.journals.sqlite import SqliteJournal, open_journal
from gladly_segment.ports.inspector import Pulse
from tests.support.clock import START, FlyingClock
from tests.support.receipts import OTHER_SHOP, SHOP, receipt

H, M = timedelta(hours=1), timedelta(minutes=1)
THIS_HOUR = int(START.timestamp() // 3600)


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[SqliteJournal]:
    journal = await open_journal(tmp_path, FlyingClock())
    yield journal
    await journal.close()


async def heard(
    journal: SqliteJournal,
    ago: timedelta,
    *,
    source: Source = Source.WEBHOOK,
    priority: Priority = Priority.LIVE,
) -> None:
    """Append an event that ended at once."""
    made = receipt(
        f"{ago} {source}",
        at=START - ago,
        state=State.IGNORED,
        reason=IgnoreReason.TYPE_NOT_MAPPED,
        source=source,
        priority=priority,
    )
    await journal.append(made)


async def test_hours_in_which_any_event_ended_are_busy(journal: SqliteJournal) -> None:
    for ago in (M, H, 90 * M, 30 * H):
        await heard(journal, ago)

    pulse = await journal.pulses.pulse(SHOP)

    assert pulse == Pulse(SHOP, START - M, (THIS_HOUR - 30, THIS_HOUR - 2, THIS_HOUR - 1))


async def test_hours_longer_ago_than_the_rhythm_needs_are_not_given(journal: SqliteJournal) -> None:
    await heard(journal, HOURS_NEEDED * H)
    await heard(journal, HOURS_NEEDED * H + M)

    assert (await journal.pulses.pulse(SHOP)).busy_hours == (THIS_HOUR - HOURS_NEEDED,)


async def test_recovered_events_are_busy_and_no_webhook(journal: SqliteJournal) -> None:
    await heard(journal, 3 * H)
    await heard(journal, H, source=Source.EVENTS_API, priority=Priority.GAP)

    pulse = await journal.pulses.pulse(SHOP)

    assert pulse == Pulse(SHOP, START - 3 * H, (THIS_HOUR - 3, THIS_HOUR - 1))


@pytest.mark.parametrize("source", Source)
async def test_a_backfill_is_no_part_of_the_rhythm(journal: SqliteJournal, source: Source) -> None:
    await heard(journal, 3 * H)
    await heard(journal, H, source=source, priority=Priority.BACKFILL)

    pulse = await journal.pulses.pulse(SHOP)

    assert pulse == Pulse(SHOP, START - 3 * H, (THIS_HOUR - 3,))


async def test_other_organizations_have_a_pulse_of_their_own(journal: SqliteJournal) -> None:
    await heard(journal, H)

    assert await journal.pulses.pulse(OTHER_SHOP) == Pulse(OTHER_SHOP, None, ())
