"""How everything stands now: numbers that add up, each with its meaning, and what was noticed."""

from collections.abc import Sequence
from datetime import timedelta

import msgspec

from gladly_segment.core.feed_signals import DisabledBy
from gladly_segment.core.lifecycle import Stage, State
from gladly_segment.core.noticed import Noticed, Throttled
from gladly_segment.core.records import Tally, Waiting
from gladly_segment.core.situation import FeedSeen, FeedState, Held, Rate
from gladly_segment.debugger.overview import JournalNow, Served
from gladly_segment.debugger.overview.figures import FIGURES
from gladly_segment.debugger.overview.status import OrganizationStatus, Standing, status
from tests.support.clock import START
from tests.support.desk import OTHER_SHOP, SHOP

PARTS = ("delivered", "suppressed", "ignored", "parked", "dropped", "waiting")
SERVED = Served(name=SHOP, paused=False, share=0.8)
PAUSED = Served(name=OTHER_SHOP, paused=True, share=0.8)


def stand(
    served: Sequence[Served], tallies: Sequence[Tally] = (), waiting: Sequence[Waiting] = ()
) -> tuple[OrganizationStatus, ...]:
    journal = JournalNow(tallies=tallies, waiting=waiting, size_bytes=1, max_bytes=2)
    return status(START, served, journal, None).organizations


def test_every_state_is_counted_in_exactly_one_part() -> None:
    parts = [figure.states for figure in FIGURES if figure.name != "received"]

    assert sorted(state for states in parts for state in states) == sorted(State)
    assert [figure.name for figure in FIGURES] == ["received", *PARTS]


def test_the_parts_add_up_to_what_was_received() -> None:
    tallies = [Tally(SHOP, state, "", place + 1, 100) for place, state in enumerate(State)]

    (shop,) = stand([SERVED], tallies)

    assert shop.received == sum(getattr(shop, part) for part in PARTS) == 28


def test_reasons_and_organizations_are_kept_apart() -> None:
    tallies = [
        Tally(SHOP, State.PARKED, "no_user", 2, 5),
        Tally(SHOP, State.PARKED, "event_incomplete", 3, 3),
        Tally(OTHER_SHOP, State.RECEIVED, "", 1, 1),
        Tally(OTHER_SHOP, State.READY, "", 1, 1),
    ]

    other, shop = stand([SERVED, PAUSED], tallies)

    assert (shop.name, shop.parked, shop.waiting, shop.standing) == (SHOP, 5, 0, Standing.ACTIVE)
    assert (other.name, other.parked, other.waiting, other.standing) == (OTHER_SHOP, 0, 2, Standing.PAUSED)


def test_an_organization_that_was_removed_is_shown_while_its_events_are_there() -> None:
    there, forgotten = Tally(SHOP, State.DELIVERED, "", 1, 9), Tally(OTHER_SHOP, State.DELIVERED, "", 0, 9)

    shown = stand([], [there, forgotten])

    assert [(each.name, each.standing) for each in shown] == [(SHOP, Standing.REMOVED)]


def test_the_age_of_the_backlog_is_that_of_its_oldest_event() -> None:
    earlier = START - timedelta(hours=1)
    waiting = [
        Waiting(SHOP, State.RECEIVED, START),
        Waiting(SHOP, State.READY, earlier),
        Waiting(OTHER_SHOP, State.READY, START - timedelta(days=1)),
    ]

    _, shop = stand([SERVED, PAUSED], waiting=waiting)

    assert shop.waiting_since == earlier


def test_what_was_noticed_is_told() -> None:
    noticed = Noticed(
        feed=FeedSeen(FeedState.DISABLED, START),
        disabled_by=DisabledBy.HAND,
        held=(Held(Stage.DELIVER, "401"),),
        limit_per_s=12,
        left=3,
        asked_at=START,
        throttled=(Throttled(int(START.timestamp()) // 60 - 61, 5), Throttled(int(START.timestamp()) // 60, 2)),
    )

    (shop,) = stand([Served(name=SHOP, paused=False, share=0.8, heard_at=START, noticed=noticed)])

    assert (shop.feed.state, shop.feed.disabled_by, shop.feed.since) == (FeedState.DISABLED, DisabledBy.HAND, START)
    assert (shop.feed.is_troubled, shop.feed.is_well, shop.feed.heard_at) == (True, False, START)
    assert shop.held == (Held(Stage.DELIVER, "401"),)
    assert (shop.rate, shop.asked_at) == (Rate(9, 12, 3), START)
    assert shop.throttled == 2


def test_a_webhook_that_is_enabled_but_not_watched_needs_somebody() -> None:
    noticed = Noticed(feed=FeedSeen(FeedState.ENABLED), unguarded="403")

    (shop,) = stand([msgspec.structs.replace(SERVED, noticed=noticed)])

    assert (shop.feed.is_well, shop.feed.is_troubled) == (False, True)


def test_what_was_not_noticed_is_not_made_up() -> None:
    (shop,) = stand([SERVED])

    assert (shop.feed.state, shop.feed.is_troubled, shop.feed.is_well) == (None, False, False)
    assert (shop.rate, shop.held, shop.throttled, shop.waiting_since) == (None, (), 0, None)
