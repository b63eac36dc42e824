"""Settings as they are shown: each with value, default, origin and how it is typed; a secret only as set or not."""

from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest

from gladly_segment.config import Settings, load_settings
from gladly_segment.config.declarations import declarations
from gladly_segment.config.declared import organization_of
from gladly_segment.core.credentials import WebhookCredentials
from gladly_segment.core.ids import OrganizationId
from gladly_segment.debugger.settings.watched import Form, Setting
from gladly_segment.service.screens.settings_shown import UNREADABLE, of_file, of_registry, of_service

SHOP = OrganizationId("shop")
FILE = """
journal_max_gb = 7
admin.token = "canary-admin-token-of-the-test"

[organizations.shop]
gladly_user = "api@shop.example"
gladly_token = "canary-token"
segment_write_key = "canary-write-key"
webhook_username = "gladly"
webhook_passwords = ["canary-password"]
max_backlog = 1000

[organizations.shop.privacy]
deny = ["phone"]
"""
DECLARED = {"gladly_user": "api@shop.example", "max_backlog": 5, "privacy": {"deny": ["phone"]}}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "settings.toml"
    file.write_text(FILE)
    return file


def by_key(settings: list[Setting]) -> Mapping[str, Setting]:
    return {each.key: each for each in settings}


def declared(settings: Settings, **privacy: str) -> Mapping[str, Setting]:
    secrets = {"gladly_token": "canary-token", "segment_write_key": "canary-write-key"}
    organization = organization_of(SHOP, {**DECLARED, **secrets, "privacy": privacy}, WebhookCredentials(), settings)
    return by_key(list(of_registry(organization, DECLARED, settings)))


def test_of_the_service_each_has_its_line_or_its_variable(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLADLY_SEGMENT_RETENTION_DAYS", "9")

    shown = by_key(list(of_service(load_settings(file), file)))

    assert (shown["journal_max_gb"].value, shown["journal_max_gb"].origin) == ("7.0", f"{file}:2")
    assert (shown["retention_days"].value, shown["retention_days"].origin) == ("9.0", "GLADLY_SEGMENT_RETENTION_DAYS")
    assert (shown["server.port"].origin, shown["server.port"].default) == ("default", "8080")
    assert all(each.meaning for each in shown.values())
    assert not any(key.startswith("organizations.") for key in shown)


def test_of_the_file_each_has_the_line_to_change(file: Path) -> None:
    shown = by_key(list(of_file(SHOP, load_settings(file), file)))

    assert (shown["max_backlog"].table, shown["max_backlog"].line) == ("organizations.shop", "max_backlog = 1000")
    assert shown["max_backlog"].origin == f"{file}:11"
    assert (shown["privacy.deny"].table, shown["privacy.deny"].value) == ("organizations.shop.privacy", '["phone"]')
    assert shown["gladly_share"].origin == "default"


def test_a_secret_is_set_or_not_and_nothing_more(file: Path) -> None:
    settings = load_settings(file)
    shown = [*of_file(SHOP, settings, file), *of_service(settings, file), *declared(settings).values()]

    assert "canary" not in str(msgspec.to_builtins(shown))
    secrets = [each for each in shown if each.form is Form.SECRET]
    assert {each.value for each in secrets} == {"set", "not set"}
    assert all(each.typed == "" for each in secrets)


def test_of_the_registry_what_is_declared_is_told_from_defaults(file: Path) -> None:
    shown = declared(load_settings(file))

    assert (shown["max_backlog"].value, shown["max_backlog"].typed, shown["max_backlog"].origin) == (
        "5",
        "5",
        "declared",
    )
    assert (shown["gladly_share"].typed, shown["gladly_share"].counts) == ("", "0.8")
    assert shown["privacy.deny"].typed == "phone"
    assert shown["privacy.hash_key"].value == "not set"
    assert shown["mirror_secret"].value == "not set"
    assert shown["gladly_token"].value == "set"
    assert not any(key.startswith("webhook_") for key in shown)


def test_what_the_service_says_counts_where_nothing_is_declared(file: Path) -> None:
    shown = declared(load_settings(file))

    assert (shown["retention_days"].value, shown["retention_days"].origin) == (
        "30.0",
        "the service's own retention_days",
    )


def test_a_key_of_hashes_is_seen_by_what_it_does(file: Path) -> None:
    shown = declared(load_settings(file), hash_key="canary-hash-key-of-the-test")

    assert shown["privacy.hash_key"].value == "set"


def test_every_setting_is_typed_as_what_it_is(file: Path) -> None:
    shown = declared(load_settings(file))

    forms = {key: each.form for key, each in shown.items()}
    assert forms["segment_region"] is Form.CHOICE
    assert shown["segment_region"].choices == ("us", "eu")
    for key in ("gladly_share", "max_backlog", "max_webhooks_per_s", "retention_days"):
        assert forms[key] is Form.NUMBER
    for key in ("events", "privacy.deny", "privacy.allow_only_attributes"):
        assert forms[key] is Form.NAMES
    for key in ("gladly_url", "gladly_user", "environment", "segment_host"):
        assert forms[key] is Form.TEXT


def test_every_setting_that_there_is_is_shown(file: Path) -> None:
    settings = load_settings(file)
    every = {key for key in declarations() if key != ("organizations",)}

    assert len([*of_service(settings, file), *of_file(SHOP, settings, file)]) == len(every)


def test_a_file_that_cannot_be_read_just_now_hides_no_value(file: Path) -> None:
    settings = load_settings(file)
    file.write_text("[[[")

    shown = by_key(list(of_service(settings, file)))

    assert (shown["journal_max_gb"].value, shown["journal_max_gb"].origin) == ("7.0", UNREADABLE)
