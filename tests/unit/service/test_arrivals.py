"""What arrived behind Segment is kept as long as its event since that ended, whatever befalls its file."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from gladly_segment.core.ids import MessageId, OrganizationId
from gladly_segment.core.mirror_signals import MirrorTrouble
from gladly_segment.core.organization import Retention
from gladly_segment.mirrors import arrived
from gladly_segment.mirrors.file import FILE_NAME
from gladly_segment.ports.mirrors import Arrivals
from gladly_segment.service.arrivals import keeping_arrivals
from tests.support.clock import ManualClock
from tests.support.observer import RecordingObserver
from tests.support.receipts import OTHER_SHOP, SHOP

DAY_S = 86_400.0
ONE = MessageId("gladly-1")


def retention(days: float) -> Retention:
    return Retention(ended=timedelta(days=days), dead=timedelta(days=180), content=timedelta(days=1))


@asynccontextmanager
async def keeping(data_dir: Path, clock: ManualClock, observer: RecordingObserver) -> AsyncGenerator[Arrivals]:
    """One shop keeps its events for three days, all others for ten."""
    own = {SHOP: retention(3)}
    async with keeping_arrivals(data_dir, lambda: own, retention(10), clock, observer) as arrivals:
        yield arrivals


def kept(data_dir: Path, organization: OrganizationId) -> list[str]:
    return [message for portion in arrived(data_dir, organization) for message, _ in portion]


async def test_each_organization_has_its_own_time(tmp_path: Path) -> None:
    clock = ManualClock()
    async with keeping(tmp_path, clock, RecordingObserver()) as arrivals:
        for organization in (SHOP, OTHER_SHOP):
            await arrivals.note(organization, [ONE])
        await clock.asleep()
        clock.advance(3 * DAY_S)
        await clock.asleep()
        at_three_days = kept(tmp_path, SHOP)
        clock.advance(60)
        # Once for a pause between portions, and once until the next look.
        await clock.asleep()
        clock.advance(1)
        await clock.asleep()

        assert at_three_days == [ONE]
        assert kept(tmp_path, SHOP) == []
        assert kept(tmp_path, OTHER_SHOP) == [ONE]


async def test_trouble_with_the_file_is_told_and_forgetting_goes_on(tmp_path: Path) -> None:
    clock, observer = ManualClock(), RecordingObserver()
    (tmp_path / FILE_NAME).write_bytes(b"no database, but long enough to be taken for one" * 100)
    async with keeping(tmp_path, clock, observer):
        await observer.told(MirrorTrouble)
        await clock.asleep()
        clock.advance(60)
        troubles = await observer.told(MirrorTrouble, 2)

        assert all("is damaged" in each.detail for each in troubles)
