"""Organizations as the service runs them, from the settings and from the registry."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gladly_segment.config import load_settings
from gladly_segment.config.declared import (
    all_settings,
    declare_file,
    from_registry,
    from_settings,
    open_settings,
    redeclare,
)
from gladly_segment.core.errors import SettingsError
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.occurrence import EventKind
from gladly_segment.core.organization import Organization, Origin
from gladly_segment.core.privacy import Treatment
from gladly_segment.core.secret import Secret
from gladly_segment.ports.registry import Declared
from gladly_segment.vault import EnvelopeVault
from gladly_segment.vault.keys import Key, Keyring
from tests.unit.config.conftest import Load, organization

ACME = OrganizationId("acme")
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
VAULT = EnvelopeVault(Keyring(Key(bytes(32))))

TABLE: Mapping[str, Any] = {
    "gladly_user": "api@acme.example",
    "gladly_token": "canary-token",
    "segment_write_key": "canary-write-key",
    "mirror_secret": "canary-mirror-secret",
    "segment_region": "eu",
    "environment": "staging",
    "webhook_username": "gladly",
    "webhook_passwords": ["canary-password"],
    "webhook_headers": {"X-Key": ["canary-header"]},
    "privacy": {"hash": ["email"], "hash_key": "canary-hash-key-0123"},
    "retention_days": 3,
    "events": ["closed"],
    "max_backlog": 1000,
}


def declared(**changes: Any) -> Declared:
    return declare_file(ACME, {**TABLE, **changes}, VAULT, NOON, draw_salt=bytes)


def as_run(found: Declared) -> Organization:
    return from_registry(found, VAULT, load_settings())


def test_what_is_declared_is_what_is_run() -> None:
    found = as_run(declared())

    assert (found.name, found.origin) == (ACME, Origin.REGISTRY)
    assert found.gladly.token == Secret("canary-token")
    assert found.gladly.url == "https://acme.gladly.com"
    assert found.segment.write_key == Secret("canary-write-key")
    assert found.segment.host == "https://events.eu1.segmentapis.com"
    assert (found.segment.region, found.segment.environment) == ("eu", "staging")
    assert found.events == {EventKind.CLOSED}
    assert found.webhook.logins[0].matches("gladly:canary-password")
    assert found.webhook.headers["X-Key"][0].matches("canary-header")
    assert found.privacy.properties == {"email": Treatment.HASH}
    assert found.privacy.hash_key == Secret("canary-hash-key-0123")
    assert found.limits.backlog == 1000
    assert found.mirror == Secret("canary-mirror-secret")


def test_the_settings_give_the_same_as_the_registry(load: Load) -> None:
    settings = load(organization())
    table = settings.organizations["acme"].model_dump(exclude_unset=True)
    plain = {key: _plain(each) for key, each in table.items()}

    of_file = from_settings(ACME, settings.organizations["acme"], settings)
    of_registry = from_registry(declare_file(ACME, plain, VAULT, NOON, draw_salt=bytes), VAULT, settings)

    assert (of_file.gladly, of_file.segment, of_file.limits, of_file.retention, of_file.privacy) == (
        of_registry.gladly,
        of_registry.segment,
        of_registry.limits,
        of_registry.retention,
        of_registry.privacy,
    )
    assert of_file.origin is Origin.FILE
    assert of_file.mirror is of_registry.mirror is None


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(each) for each in value]  # type: ignore[reportUnknownVariableType]
    return value.get_secret_value() if hasattr(value, "get_secret_value") else value


def test_nothing_secret_lies_open_in_what_is_kept() -> None:
    found = declared()

    assert b"canary" not in found.document
    assert b"canary" not in found.sealed
    assert "canary" not in msgspec.json.encode(open_settings(found)).decode()


def test_an_organizations_own_retention_goes_before_the_services() -> None:
    found = as_run(declared())

    assert found.retention.ended == timedelta(days=3)
    assert found.retention.dead == timedelta(days=load_settings().dead_letter_retention_days)


def test_other_settings_leave_what_is_sealed_as_it_is() -> None:
    before = declared()

    after = redeclare(before, {**all_settings(before, VAULT), "retention_days": 7}, VAULT, NOON + timedelta(days=1))

    assert after.sealed == before.sealed
    assert after.changed_at == NOON + timedelta(days=1)
    same = {**open_settings(before), "retention_days": 7}
    assert open_settings(after) == same
    assert as_run(after).webhook == as_run(before).webhook


def test_another_secret_is_sealed_anew() -> None:
    before = declared()

    after = redeclare(before, {**all_settings(before, VAULT), "gladly_token": "canary-new"}, VAULT, NOON)

    assert after.sealed != before.sealed
    assert as_run(after).gladly.token == Secret("canary-new")
    assert b"canary" not in after.document


def test_other_settings_that_cannot_be_used_are_refused() -> None:
    before = declared()

    with pytest.raises(SettingsError):
        redeclare(before, {**all_settings(before, VAULT), "privacy": {"deny": ["emial"]}}, VAULT, NOON)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"gladly_user": ""}, "organizations.acme.gladly_user"),
        ({"segment_region": "asia"}, "organizations.acme.segment_region"),
        ({"colour": 1}, "organizations.acme.colour is unknown"),
        ({"privacy": {"hash": ["email"]}}, "hash_key"),
        ({"webhook_passwords": []}, "webhook_username and webhook_passwords go together"),
    ],
)
def test_what_cannot_be_used_is_refused_before_it_is_kept(changes: Mapping[str, Any], words: str) -> None:
    with pytest.raises(SettingsError) as error:
        declared(**changes)

    assert words in error.value.message


def test_secrets_may_stand_in_files(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("canary-token\n")
    (tmp_path / "passwords").write_text("canary-password\n")
    table = {key: each for key, each in TABLE.items() if key not in ("gladly_token", "webhook_passwords")}
    files = {
        "gladly_token_file": str(tmp_path / "token"),
        "webhook_passwords_file": str(tmp_path / "passwords"),
    }

    found = declare_file(ACME, {**table, **files}, VAULT, NOON, draw_salt=bytes)

    assert as_run(found).gladly.token == Secret("canary-token")
    assert as_run(found).webhook.logins[0].matches("gladly:canary-password")
