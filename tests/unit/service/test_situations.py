"""How things stand for an organization is put together from what the service knows at that moment."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import cast

import msgspec
import pytest

from gladly_segment.core.errors import CallFailedError
from gladly_segment.core.feed_signals import DisabledBy, FeedDisabled
from gladly_segment.core.ids import OrganizationId, Seq
from gladly_segment.core.lifecycle import Stage
from gladly_segment.core.organization import Organization
from gladly_segment.core.signals import GladlyCalled, StageHeld
from gladly_segment.core.situation import AtGladly, FeedSeen, FeedState, Held, Rate
from gladly_segment.observe import Noticing
from gladly_segment.ports.receipts import Receipts
from gladly_segment.ports.registry import Feed, Feeds
from gladly_segment.service.fleet import Fleet
from gladly_segment.service.screens import event
from gladly_segment.service.screens.event import patiently
from gladly_segment.service.screens.situations import Situations
from tests.support.clock import START, ManualClock
from tests.support.histories import received, sent
from tests.support.organizations import DAY, an_organization

SHOP = OrganizationId("shop")


class Books:
    """The fleet, the receipts and the feeds, as far as they are asked."""

    def __init__(self) -> None:
        self.organizations: list[Organization] = [an_organization("shop")]
        self.noted = Feed(organization=SHOP)
        self.counted: list[Seq] = []

    async def ahead(self, seqs: Sequence[Seq]) -> Mapping[Seq, int]:
        self.counted += seqs
        return dict.fromkeys(seqs, 312)

    async def feed(self, organization: OrganizationId) -> Feed:
        assert organization == self.noted.organization
        return self.noted


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture
def books() -> Books:
    return Books()


@pytest.fixture
def noticing(clock: ManualClock) -> Noticing:
    return Noticing(clock)


@pytest.fixture
def situations(books: Books, noticing: Noticing, clock: ManualClock) -> Situations:
    return Situations(cast("Fleet", books), noticing, cast("Receipts", books), cast("Feeds", books), clock)


async def test_what_nobody_knows_yet_is_left_open(situations: Situations) -> None:
    found = await situations.of(SHOP, [])

    assert (found.now, found.organization, found.known, found.paused) == (START, SHOP, True, False)
    assert (found.held, found.feed, found.at_gladly) == ((), None, None)
    assert found.rate == Rate(ours_per_s=8, limit_per_s=10, left=None)
    assert found.kept_since == START - DAY


async def test_an_organization_that_is_not_served_is_told(situations: Situations, books: Books) -> None:
    books.organizations = [an_organization("other")]

    found = await situations.of(SHOP, [])

    assert not found.known
    assert found.kept_since is None


async def test_a_pause_is_told(situations: Situations, books: Books) -> None:
    books.organizations = [an_organization("shop", paused=True)]

    assert (await situations.of(SHOP, [])).paused


async def test_what_was_noticed_is_told(situations: Situations, noticing: Noticing) -> None:
    noticing.emit(StageHeld(SHOP, Stage.ENRICH, "answered 401", START))
    noticing.emit(FeedDisabled(SHOP, DisabledBy.HAND, START))
    noticing.emit(GladlyCalled(SHOP, "conversations", 200, 0.1, limit=10, left=3))

    found = await situations.of(SHOP, [])

    assert found.held == (Held(Stage.ENRICH, "answered 401"),)
    assert found.feed == FeedSeen(FeedState.DISABLED, START)
    assert found.rate == Rate(ours_per_s=8, limit_per_s=10, left=3)


@pytest.mark.parametrize(("webhook", "state"), [("w1", FeedState.DISABLED), (None, FeedState.MISSING)])
async def test_a_feed_that_an_earlier_process_saw_cut_off_is_told(
    webhook: str | None, state: FeedState, situations: Situations, books: Books
) -> None:
    books.noted = Feed(organization=SHOP, webhook_id=webhook, whole_until=START - DAY, disabled_since=START)

    assert (await situations.of(SHOP, [])).feed == FeedSeen(state, START)


async def test_a_feed_that_was_perhaps_looked_at_too_early_is_not_called_cut_off(
    situations: Situations, books: Books
) -> None:
    books.noted = Feed(organization=SHOP, webhook_id="w1", disabled_since=START)

    assert (await situations.of(SHOP, [])).feed is None


async def test_only_for_what_waits_the_queue_is_counted(situations: Situations, books: Books) -> None:
    found = await situations.of(SHOP, [sent(1), received(2)])

    assert found.ahead == {2: 312}
    assert books.counted == [2]


async def test_gladlys_answer_is_passed_on(situations: Situations) -> None:
    assert (await situations.of(SHOP, [], AtGladly(found=False))).at_gladly == AtGladly(found=False)


async def test_a_retention_without_end_is_kept_from_the_beginning(situations: Situations, books: Books) -> None:
    retention = msgspec.structs.replace(books.organizations[0].retention, ended=timedelta.max)
    books.organizations = [msgspec.structs.replace(books.organizations[0], retention=retention)]

    assert (await situations.of(SHOP, [])).kept_since is None


async def test_who_waits_for_a_turn_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event, "_WITHIN_S", 0.0)

    with pytest.raises(CallFailedError, match="no turn came"):
        await patiently(asyncio.Event().wait())


async def test_an_answer_in_time_is_given() -> None:
    async def answered() -> str:
        return "here"

    assert await patiently(answered()) == "here"
