"""Who is served: the settings' organizations, and those of the registry, one in trouble never costing another."""

from collections.abc import AsyncIterator, Hashable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from gladly_segment.config import Settings, load_settings
from gladly_segment.config.declared import declare
from gladly_segment.core.credentials import WebhookCredentials
from gladly_segment.core.errors import GladlySegmentError, SettingsError, VaultError
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.organization import Origin
from gladly_segment.core.secret import Secret
from gladly_segment.core.signals import SettingsTrouble
from gladly_segment.journals.sqlite import SqliteRegistry, open_registry
from gladly_segment.service.roster import Roster
from tests.support.clock import ManualClock
from tests.support.observer import RecordingObserver

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ACME, BETA = OrganizationId("acme"), OrganizationId("beta")
SETTINGS = {"gladly_user": "api@beta.example", "gladly_token": "token", "segment_write_key": "key"}

TABLE = """
[organizations.acme]
gladly_user = "api@acme.example"
gladly_token = "token"
segment_write_key = "write-key"
webhook_username = "gladly"
webhook_passwords = ["password"]
"""


class PlainVault:
    """The vault port, hiding nothing; what was sealed for another context does not open."""

    def seal(self, secrets: Mapping[str, Secret], *, context: str) -> bytes:
        return "\n".join((context, *(f"{name}={secret.reveal()}" for name, secret in secrets.items()))).encode()

    def open(self, sealed: bytes, *, context: str) -> Mapping[str, Secret]:
        sealed_for, *lines = sealed.decode().split("\n")
        if sealed_for != context:
            raise VaultError(f"what is sealed for {context} does not open")
        return {name: Secret(text) for name, _, text in (line.partition("=") for line in lines)}


class Sheet:
    """A settings source on a real file."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.reads = 0

    def write(self, text: str) -> None:
        self.file.write_text(text)
        self.reads += 1

    def load(self) -> Settings:
        return load_settings(self.file)

    def stamp(self) -> Hashable:
        return self.reads


@pytest.fixture
def sheet(tmp_path: Path) -> Sheet:
    sheet = Sheet(tmp_path / "settings.toml")
    sheet.write(TABLE)
    return sheet


class Office:
    def __init__(self, sheet: Sheet, registry: SqliteRegistry) -> None:
        self.sheet = sheet
        self.registry = registry
        self.observer = RecordingObserver()
        self.no_key: GladlySegmentError | None = None
        self.keys_read = 0
        self.roster = Roster(sheet.load(), sheet, registry, self._vault, ManualClock(), self.observer)

    async def declare(self, name: OrganizationId, *, sealed_for: OrganizationId | None = None) -> None:
        declared = declare(sealed_for or name, SETTINGS, WebhookCredentials(), PlainVault(), NOON)
        await self.registry.declare(replace(declared, name=name))

    def troubles(self) -> list[SettingsTrouble]:
        return [each for each in self.observer.signals if isinstance(each, SettingsTrouble)]

    def _vault(self) -> PlainVault:
        self.keys_read += 1
        if self.no_key is not None:
            raise self.no_key
        return PlainVault()


@pytest.fixture
async def office(sheet: Sheet, tmp_path: Path) -> AsyncIterator[Office]:
    async with open_registry(tmp_path / "data") as registry:
        yield Office(sheet, registry)


async def test_settings_and_registry_are_served_together(office: Office) -> None:
    await office.declare(BETA)

    found = await office.roster.read()

    assert {name: each.origin for name, each in found.items()} == {ACME: Origin.FILE, BETA: Origin.REGISTRY}
    assert found[BETA].gladly.token == Secret("token")
    assert found[BETA].gladly.url == "https://beta.gladly.com"


async def test_the_settings_win_over_the_registry(office: Office) -> None:
    await office.declare(ACME)

    assert (await office.roster.read())[ACME].origin is Origin.FILE


async def test_a_pause_counts_wherever_it_was_declared(office: Office) -> None:
    await office.declare(BETA)
    await office.registry.pause(ACME, paused=True)
    await office.registry.pause(BETA, paused=True)

    assert all(each.paused for each in (await office.roster.read()).values())


async def test_reading_again_what_did_not_change_gives_equals(office: Office) -> None:
    await office.declare(BETA)

    assert await office.roster.read() == await office.roster.read()


async def test_one_that_does_not_open_is_told_of_and_costs_no_other(office: Office) -> None:
    await office.declare(BETA, sealed_for=OrganizationId("somebody-else"))

    assert list(await office.roster.read()) == [ACME]
    assert office.troubles() == [SettingsTrouble(BETA, "what is sealed for beta does not open")]


async def test_trouble_is_told_again_when_it_was_over_in_between(office: Office) -> None:
    for sealed_for in ("somebody-else", "beta", "somebody-else", "somebody-else"):
        await office.declare(BETA, sealed_for=OrganizationId(sealed_for))
        await office.roster.read()

    assert len(office.troubles()) == 2


async def test_one_that_opens_no_more_stays_as_it_was(office: Office) -> None:
    await office.declare(BETA)
    before = await office.roster.read()

    await office.declare(BETA, sealed_for=OrganizationId("somebody-else"))

    assert await office.roster.read() == before


async def test_the_key_is_read_again_only_when_something_does_not_open(office: Office) -> None:
    await office.declare(BETA)
    await office.roster.read()
    await office.roster.read()
    assert office.keys_read == 1

    await office.declare(BETA, sealed_for=OrganizationId("somebody-else"))
    await office.roster.read()
    assert office.keys_read == 2


async def test_without_a_key_all_that_were_open_stay_open(office: Office) -> None:
    await office.declare(BETA)
    before = await office.roster.read()
    await office.declare(BETA, sealed_for=OrganizationId("somebody-else"))

    office.no_key = SettingsError("no key")

    assert await office.roster.read() == before
    assert office.troubles() == [SettingsTrouble(None, "no key")]


async def test_no_key_is_asked_for_before_anything_is_sealed(office: Office) -> None:
    office.no_key = SettingsError("no key")

    assert list(await office.roster.read()) == [ACME]
    assert office.troubles() == []


async def test_a_changed_file_counts_from_the_next_look_on(office: Office) -> None:
    await office.roster.changed()
    assert not await office.roster.changed()

    office.sheet.write(TABLE + TABLE.replace("acme", "beta").replace("write-key", "another-key"))

    assert await office.roster.changed()
    assert list(await office.roster.read()) == [ACME, BETA]


async def test_what_no_file_shows_counts_once_a_rereading_is_asked_for(office: Office) -> None:
    await office.roster.changed()
    office.sheet.file.write_text(TABLE.replace('"token"', '"another"'))
    assert not await office.roster.changed()

    office.roster.reread()

    assert await office.roster.changed()
    assert (await office.roster.read())[ACME].gladly.token == Secret("another")
    assert not await office.roster.changed()


async def test_a_file_that_is_wrong_now_changes_nothing_and_is_told_of(office: Office) -> None:
    before = await office.roster.read()

    office.sheet.write("[organizations.acme]\n")

    assert await office.roster.changed()
    assert await office.roster.read() == before
    assert "organizations.acme" in office.troubles()[0].detail


async def test_a_change_of_the_registry_by_another_is_noticed(office: Office, tmp_path: Path) -> None:
    await office.roster.changed()
    async with open_registry(tmp_path / "data") as another:
        await another.pause(ACME, paused=True)

    assert await office.roster.changed()


async def test_a_write_key_of_another_organization_holds_up_the_second_one_and_is_told_once(office: Office) -> None:
    office.sheet.write(TABLE + TABLE.replace("acme", "beta"))
    await office.roster.changed()

    first = await office.roster.read()
    again = await office.roster.read()

    assert [(name, each.paused) for name, each in first.items()] == [(ACME, False), (BETA, True)]
    assert again == first
    assert len(office.troubles()) == 1
    assert office.troubles()[0].organization == BETA
    assert "acme" in office.troubles()[0].detail
