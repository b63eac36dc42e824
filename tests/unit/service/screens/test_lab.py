"""The mapping lab on a registry, a journal and a history."""

from collections.abc import AsyncIterator, Collection
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from gladly_segment.config import Settings, load_settings
from gladly_segment.config.declared import declare_file, from_registry, open_settings
from gladly_segment.core.ids import OrganizationId, Seq
from gladly_segment.core.lifecycle import ParkCause, Stage, State
from gladly_segment.core.occurrence import EventKind
from gladly_segment.core.organization import Organization, Origin
from gladly_segment.core.records import Parked
from gladly_segment.core.secret import Secret
from gladly_segment.debugger.lab import MappingOptions, Sample
from gladly_segment.journals.sqlite import SqliteCurator, SqliteJournal, open_curator, open_journal
from gladly_segment.ports.registry import Declared
from gladly_segment.service.fleet import Fleet
from gladly_segment.service.screens.changing import Changing
from gladly_segment.service.screens.lab import LabRoom
from gladly_segment.service.vault import open_vault, vault_to_seal_with
from tests.support.clock import START, ManualClock
from tests.support.history import HistoryOnAList, event
from tests.support.receipts import conversation_event, profile_event, taken_in

SHOP = OrganizationId("shop")
KEY = "canary-hash-key-0123"
TABLE: dict[str, Any] = {
    "gladly_user": "api@shop.example",
    "gladly_token": "canary-token",
    "segment_write_key": "canary-write-key",
    "webhook_headers": {"X-Key": ["canary-header"]},
    "privacy": {"hash": ["email"], "hash_key": KEY},
    "retention_days": 3,
}
OPTIONS = MappingOptions(events=(EventKind.CLOSED,), deny=("phone",), hash_attributes=("tier",))


class StandingFleet:
    """A fleet of one organization, which is read anew when it is told to."""

    def __init__(self, organization: Organization) -> None:
        self.organizations: Collection[Organization] = [organization]
        self.refreshed = 0

    async def refresh(self) -> None:
        self.refreshed += 1


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings().model_copy(update={"data_dir": tmp_path / "data"})


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture
async def journal(settings: Settings, clock: ManualClock) -> AsyncIterator[SqliteJournal]:
    journal = await open_journal(settings.data_dir, clock)
    yield journal
    await journal.close()


@pytest.fixture
async def curator(journal: SqliteJournal, settings: Settings, clock: ManualClock) -> AsyncIterator[SqliteCurator]:
    curator = await open_curator(settings.data_dir, clock)
    yield curator
    await curator.close()


@pytest.fixture
async def declared(journal: SqliteJournal, settings: Settings) -> Declared:
    """The shop, declared by command."""
    vault, _ = await vault_to_seal_with(settings, journal.registry)
    declared = declare_file(SHOP, TABLE, vault, START - timedelta(days=1), draw_salt=bytes)
    await journal.registry.declare(declared)
    return declared


@pytest.fixture
def fleet(declared: Declared, settings: Settings) -> StandingFleet:
    return StandingFleet(from_registry(declared, open_vault(settings), settings))


@pytest.fixture
def history() -> HistoryOnAList:
    return HistoryOnAList()


@pytest.fixture
def room(
    settings: Settings,
    fleet: StandingFleet,
    journal: SqliteJournal,
    history: HistoryOnAList,
    curator: SqliteCurator,
    clock: ManualClock,
) -> LabRoom:
    return LabRoom(
        settings,
        cast("Fleet", fleet),
        Changing(journal.registry, lambda: settings, fleet.refresh, clock),
        events=history,
        receipts=journal.receipts,
        curator=curator,
    )


async def version(room: LabRoom) -> str:
    subject = await room.subject(SHOP)
    assert subject is not None
    return subject.version


async def test_only_what_is_known_is_a_subject(room: LabRoom) -> None:
    subject = await room.subject(SHOP)

    assert subject is not None
    assert (subject.organization.name, subject.organization.origin) == (SHOP, Origin.REGISTRY)
    assert await room.subject(OrganizationId("nobody")) is None


async def test_a_switch_changes_the_mapping_and_nothing_else(
    room: LabRoom, journal: SqliteJournal, fleet: StandingFleet, declared: Declared, settings: Settings
) -> None:
    assert await room.switch(SHOP, OPTIONS, await version(room), "ann")

    [after] = await journal.registry.declared()
    assert open_settings(after) == {
        **open_settings(declared),
        "events": ["closed"],
        "privacy": {"deny": ["phone"], "hash_attributes": ["tier"]},
    }
    assert (after.sealed, after.changed_at) == (declared.sealed, START)
    running = from_registry(after, open_vault(settings), settings)
    assert running.privacy.hash_key == Secret(KEY)
    assert running.gladly.token == Secret("canary-token")
    assert fleet.refreshed == 1
    [action] = await journal.registry.actions(SHOP, 9)
    assert (action.by, action.what) == ("ann", "mapping_switched")
    assert action.detail == "events, privacy.deny, privacy.hash, privacy.hash_attributes"


async def test_going_back_to_the_defaults_takes_the_settings_out(room: LabRoom, journal: SqliteJournal) -> None:
    assert await room.switch(SHOP, MappingOptions(), await version(room), "ann")

    [after] = await journal.registry.declared()
    assert "events" not in open_settings(after)
    assert not open_settings(after).get("privacy")


async def test_what_was_changed_meanwhile_stays(
    room: LabRoom, journal: SqliteJournal, fleet: StandingFleet, settings: Settings
) -> None:
    before = await version(room)
    other = declare_file(SHOP, {**TABLE, "retention_days": 9}, open_vault(settings), START, draw_salt=bytes)
    await journal.registry.declare(other)

    assert not await room.switch(SHOP, OPTIONS, before, "ann")

    assert await journal.registry.declared() == [other]
    assert (fleet.refreshed, list(await journal.registry.actions(None, 9))) == (0, [])


async def test_one_that_was_removed_meanwhile_stays_away(room: LabRoom, journal: SqliteJournal) -> None:
    before = await version(room)
    await journal.registry.remove(SHOP)

    assert not await room.switch(SHOP, OPTIONS, before, "ann")
    assert list(await journal.registry.declared()) == []


async def test_the_latest_events_that_something_can_be_made_of_are_the_sample(
    room: LabRoom, journal: SqliteJournal, history: HistoryOnAList
) -> None:
    for body in (conversation_event("CREATED"), profile_event("UPDATED"), conversation_event("CLOSED")):
        await journal.append(taken_in(body))
    for number, state in ((1, State.RECEIVED), (2, State.SUPPRESSED), (3, State.RECEIVED), (4, State.RECEIVED)):
        history.put(event(number, organization=SHOP, state=state))

    found = await room.sample(SHOP, Sample(most=9))

    # The last one is there no more, the second leads to no track event.
    assert [each.seq for each in found] == [3, 1]
    assert [each.seq for each in await room.sample(SHOP, Sample(most=2))] == [3]


async def test_dead_letters_are_the_sample_by_cause_or_by_number(room: LabRoom, journal: SqliteJournal) -> None:
    for number in range(3):
        await journal.append(taken_in(conversation_event("CLOSED", f"c-{number}")))
    entries = await journal.claim(Stage.ENRICH, SHOP, 9)
    causes = (ParkCause.EVENT_TOO_LARGE, ParkCause.NO_USER, ParkCause.EVENT_TOO_LARGE)
    await journal.settle([Parked(each.seq, cause) for each, cause in zip(entries, causes, strict=True)])

    by_cause = await room.sample(SHOP, Sample(most=9, cause=ParkCause.EVENT_TOO_LARGE))
    by_number = await room.sample(SHOP, Sample(most=9, letters=(Seq(2), Seq(99))))

    assert [each.seq for each in by_cause] == [3, 1]
    assert [each.seq for each in by_number] == [2]
