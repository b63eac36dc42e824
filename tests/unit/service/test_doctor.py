"""What the doctor finds by the settings and the registry, without asking anybody."""

import asyncio
import os
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gladly_segment.config import ServerSettings, Settings, load_settings
from gladly_segment.config.admin import AdminSettings
from gladly_segment.config.declared import declare
from gladly_segment.core.credentials import WebhookCredentials
from gladly_segment.core.errors import InputError, VaultError
from gladly_segment.core.fingerprint import fingerprint
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.secret import Secret
from gladly_segment.doctor import Observations, examine
from gladly_segment.doctor.observations import ListenerSeen, ServiceSeen
from gladly_segment.journals.sqlite import open_journal, open_registry
from gladly_segment.ports.registry import Binding, Feed
from gladly_segment.ports.vault import Vault
from gladly_segment.service.doctor import Wishes, observe
from gladly_segment.service.vault import vault_to_seal_with
from tests.support.certificates import write_certificate
from tests.support.clock import ManualClock

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ACME, BETA = OrganizationId("acme"), OrganizationId("beta")
DECLARED = {"gladly_user": "api@beta.example", "gladly_token": "token", "segment_write_key": "beta-key"}
GRAVE = ("warning", "error")

TABLE = """
[organizations.acme]
gladly_user = "api@acme.example"
gladly_token = "token"
segment_write_key = "acme-key"
webhook_username = "gladly"
webhook_passwords = ["password"]
"""


@pytest.fixture(autouse=True)
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Those of one organization, in a directory of its own."""
    monkeypatch.chdir(tmp_path)
    for variable in [name for name in os.environ if name.startswith("GLADLY_SEGMENT_")]:
        monkeypatch.delenv(variable)
    file = tmp_path / "gladly-segment.toml"
    file.write_text(f'data_dir = "{tmp_path}/data"\n{TABLE}')
    file.chmod(0o600)
    return load_settings()


async def look(settings: Settings, only: OrganizationId | None = None) -> Observations:
    return await observe(settings, Wishes(only=only, offline=True))


def grave(seen: Observations) -> Sequence[str]:
    """The codes of what is wrong, beside that no service runs."""
    codes = [each.code for each in examine(seen) if each.severity in GRAVE]
    return [code for code in codes if code != "service_down"]


async def make_journal(settings: Settings) -> None:
    await (await open_journal(settings.data_dir, ManualClock())).close()


async def declare_beta(settings: Settings, **changes: str) -> None:
    await make_journal(settings)
    async with open_registry(settings.data_dir) as registry:
        vault, _ = await vault_to_seal_with(settings, registry)
        await registry.declare(declare(BETA, {**DECLARED, **changes}, WebhookCredentials(), vault, NOON))


async def bind(settings: Settings, key: str, organization: OrganizationId) -> None:
    await make_journal(settings)
    async with open_registry(settings.data_dir) as registry:
        await registry.bind(
            Binding(
                fingerprint=fingerprint(Secret(key)),
                organization=organization,
                environment="production",
                region="us",
                bound_at=NOON,
            )
        )


def names_in(directory: Path) -> set[str]:
    return {path.name for path in directory.iterdir()}


async def test_before_the_first_start_nothing_is_made(settings: Settings, tmp_path: Path) -> None:
    before = names_in(tmp_path)

    seen = await look(settings)

    assert seen.journal is None
    assert [each.name for each in seen.organizations] == [ACME]
    assert names_in(tmp_path) == before


async def test_organizations_of_both_kinds_are_looked_at(settings: Settings) -> None:
    await declare_beta(settings)

    seen = await look(settings)

    assert sorted(each.name for each in seen.organizations) == [ACME, BETA]
    assert seen.sealed == 1
    assert grave(seen) == []


async def test_what_was_noted_of_a_feed_comes_along(settings: Settings) -> None:
    await make_journal(settings)
    noted = Feed(organization=ACME, webhook_id="w-7", whole_until=NOON)
    async with open_registry(settings.data_dir) as registry:
        await registry.note_feed(noted)

    (acme,) = (await look(settings)).organizations

    assert acme.feed == noted


async def test_one_organization_may_be_asked_for(settings: Settings) -> None:
    await declare_beta(settings)

    seen = await look(settings, BETA)

    assert [each.name for each in seen.organizations] == [BETA]


async def test_one_that_is_not_there_cannot_be_asked_for(settings: Settings) -> None:
    with pytest.raises(InputError) as refused:
        await look(settings, OrganizationId("gamma"))

    assert refused.value.hint == "known are: acme"


async def test_a_lost_key_closes_what_was_declared_by_command(settings: Settings) -> None:
    await declare_beta(settings)
    (settings.data_dir.parent / "data.key").unlink()

    seen = await look(settings)

    assert [each.name for each in seen.organizations] == [ACME]
    assert grave(seen) == ["secrets_closed"]


async def test_another_key_closes_the_organizations_that_it_does_not_open(settings: Settings) -> None:
    await declare_beta(settings)
    (settings.data_dir.parent / "data.key").write_text("A" * 43)

    seen = await look(settings)

    assert grave(seen) == ["organization_unusable"]
    assert grave(await look(settings, BETA)) == ["organization_unusable"]


async def test_a_key_file_that_others_can_read_is_told_of(settings: Settings) -> None:
    await declare_beta(settings)
    (settings.data_dir.parent / "data.key").chmod(0o644)

    seen = await look(settings)

    # The service does not take such a key.
    assert grave(seen) == ["secrets_closed", "file_open_to_all"]


async def test_a_key_that_does_not_come_is_not_waited_for(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    await declare_beta(settings)
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()

    def never(_: Settings) -> Vault:
        asyncio.run_coroutine_threadsafe(ended.wait(), loop).result(30)
        raise VaultError("too late")

    monkeypatch.setattr("gladly_segment.service.known.open_vault", never)
    monkeypatch.setattr("gladly_segment.service.known._KEY_WITHIN_S", 0.0)

    seen = await look(settings)

    assert [each.name for each in seen.organizations] == [ACME]
    assert grave(seen) == ["secrets_closed"]
    ended.set()


async def test_a_write_key_of_several_is_told_of(settings: Settings) -> None:
    await declare_beta(settings, segment_write_key="acme-key")

    seen = await look(settings)

    assert seen.same_key == [[ACME, BETA]]
    assert grave(seen) == ["write_key_shared"]
    assert "acme-key" not in str(seen)


async def test_a_write_key_that_is_bound_to_another_place_is_told_of(settings: Settings) -> None:
    await bind(settings, "acme-key", BETA)

    assert grave(await look(settings)) == ["write_key_misbound"]


async def test_a_place_that_is_bound_to_another_write_key_is_told_of(settings: Settings) -> None:
    await bind(settings, "another-key", ACME)

    assert grave(await look(settings)) == ["write_key_misbound"]


async def test_a_write_key_in_its_own_place_is_well(settings: Settings) -> None:
    await bind(settings, "acme-key", ACME)

    assert grave(await look(settings)) == []


async def test_a_damaged_journal_is_the_only_finding(settings: Settings) -> None:
    settings.data_dir.mkdir()
    (settings.data_dir / "journal.sqlite").write_bytes(b"this is no journal, whatever else it may be. " * 100)

    seen = await look(settings)

    assert grave(seen) == ["journal_damaged"]
    assert [each.name for each in seen.organizations] == [ACME]


async def test_a_journal_of_a_newer_version_is_told_of(settings: Settings) -> None:
    await make_journal(settings)
    with closing(sqlite3.connect(settings.data_dir / "journal.sqlite")) as db:
        db.execute("PRAGMA user_version = 99")

    assert grave(await look(settings)) == ["journal_unreadable"]


async def test_looking_binds_no_write_key(settings: Settings) -> None:
    await declare_beta(settings)

    await look(settings)

    async with open_registry(settings.data_dir) as registry:
        assert await registry.bindings() == []


async def test_a_paused_organization_is_seen_as_such(settings: Settings) -> None:
    await make_journal(settings)
    async with open_registry(settings.data_dir) as registry:
        await registry.pause(ACME, paused=True)

    (acme,) = (await look(settings)).organizations

    assert acme.organization.paused


async def test_listeners_are_asked_where_and_how_the_settings_say(settings: Settings, tmp_path: Path) -> None:
    certificate, key = write_certificate(tmp_path)
    server = ServerSettings(port=1, tls_cert_file=certificate, tls_key_file=key)
    admin = AdminSettings(port=2)
    journal = await open_journal(settings.data_dir, ManualClock())

    seen = await look(settings.model_copy(update={"server": server, "admin": admin}))

    await journal.close()
    assert isinstance(seen.service, ServiceSeen)
    asked = [each.url for each in seen.service.listeners if isinstance(each, ListenerSeen)]
    assert asked == ["https://127.0.0.1:1", "http://127.0.0.1:2"]


async def test_a_tls_key_that_everybody_can_read_is_told_of(settings: Settings, tmp_path: Path) -> None:
    certificate, key = write_certificate(tmp_path)
    key.chmod(0o644)
    admin = AdminSettings(tls_cert_file=certificate, tls_key_file=key)

    seen = await look(settings.model_copy(update={"admin": admin}))

    assert grave(seen) == ["file_open_to_all"]
