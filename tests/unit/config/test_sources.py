"""Where settings come from: the file, the environment over it, and secrets in files of their own."""

from collections.abc import Callable
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Any

import msgspec
import pytest
from pydantic import SecretStr

from gladly_segment.config import OrganizationSettings, Settings, load_settings
from gladly_segment.config.declarations import ANY_ORGANIZATION, declarations
from gladly_segment.config.environment import variable_of
from gladly_segment.core.errors import SettingsError
from tests.unit.config.conftest import Load, organization

Key = tuple[str, ...]

PREFIX = "GLADLY_SEGMENT_ORGANIZATIONS__ACME__"
KEY = "A" * 43 + "="
"""The secrets key of 32 zero bytes."""


class Case(msgspec.Struct):
    """A setting as it stands in the file and in the environment, and what is made of it."""

    toml: str
    text: str
    value: Any


CASES: dict[Key, Case] = {
    ("data_dir",): Case('"/var/lib/x"', "/var/lib/x", Path("/var/lib/x")),
    ("drain_timeout_s",): Case("7.5", "7.5", 7.5),
    ("retention_days",): Case("3", "3", 3.0),
    ("dead_letter_retention_days",): Case("400", "400", 400.0),
    ("journal_max_gb",): Case("0.5", "0.5", 0.5),
    ("log_format",): Case('"json"', "json", "json"),
    ("log_level",): Case('"error"', "error", "error"),
    ("server", "host"): Case('"0.0.0.0"', "0.0.0.0", "0.0.0.0"),  # noqa: S104
    ("server", "port"): Case("9000", "9000", 9000),
    ("server", "tls_cert_file"): Case('"/x/server.crt"', "/x/server.crt", Path("/x/server.crt")),
    ("server", "tls_key_file"): Case('"/x/server.key"', "/x/server.key", Path("/x/server.key")),
    ("server", "trusted_proxies"): Case(
        '["10.1.2.0/24", "fd00::/8"]',
        '["10.1.2.0/24", "fd00::/8"]',
        (IPv4Network("10.1.2.0/24"), IPv6Network("fd00::/8")),
    ),
    ("server", "max_connections"): Case("9", "9", 9),
    ("server", "max_connections_per_address"): Case("9", "9", 9),
    ("server", "drain_notice_s"): Case("0.5", "0.5", 0.5),
    ("admin", "host"): Case('"0.0.0.0"', "0.0.0.0", "0.0.0.0"),  # noqa: S104
    ("admin", "port"): Case("9001", "9001", 9001),
    ("admin", "token"): Case('"[{ of twenty characters"', "[{ of twenty characters", "[{ of twenty characters"),
    ("admin", "trusted_user_header"): Case('"X-User"', "X-User", "X-User"),
    ("admin", "trusted_proxies"): Case('["10.1.2.0/24"]', '["10.1.2.0/24"]', (IPv4Network("10.1.2.0/24"),)),
    ("admin", "tls_cert_file"): Case('"/x/admin.crt"', "/x/admin.crt", Path("/x/admin.crt")),
    ("admin", "tls_key_file"): Case('"/x/admin.key"', "/x/admin.key", Path("/x/admin.key")),
    ("tracing", "endpoint"): Case('"http://127.0.0.1:4318"', "http://127.0.0.1:4318", "http://127.0.0.1:4318"),
    ("tracing", "headers"): Case('{ X-Key = "a" }', '{"X-Key": "a"}', {"X-Key": "a"}),
    ("tracing", "sample"): Case("0.5", "0.5", 0.5),
    ("gladly_url",): Case('"https://acme.gladly.qa/x"', "https://acme.gladly.qa/x", "https://acme.gladly.qa/x"),
    ("gladly_user",): Case('"zoë@acme.example"', "zoë@acme.example", "zoë@acme.example"),
    ("gladly_token",): Case('"0123"', "0123", "0123"),
    ("gladly_share",): Case("0.25", "0.25", 0.25),
    ("enrich_max_age_h",): Case("2", "2", 2.0),
    ("deliver_max_age_h",): Case("72", "72", 72.0),
    ("segment_write_key",): Case('"[{ key"', "[{ key", "[{ key"),
    ("segment_region",): Case('"eu"', "eu", "eu"),
    ("segment_host",): Case('"http://127.0.0.1:9"', "http://127.0.0.1:9", "http://127.0.0.1:9"),
    ("mirror_secret",): Case('"[{ secret"', "[{ secret", "[{ secret"),
    ("environment",): Case('"staging"', "staging", "staging"),
    ("events",): Case('["closed"]', '["closed"]', ("closed",)),
    ("max_backlog",): Case("9", "9", 9),
    ("max_webhooks_per_s",): Case("0.5", "0.5", 0.5),
    ("content_retention_days",): Case("2", "2", 2.0),
    ("organizations_dir",): Case('"/"', "/", Path("/")),
    ("alarms", "url"): Case('"https://chat.example/x"', "https://chat.example/x", "https://chat.example/x"),
    ("secrets", "key_file"): Case('"/x/secrets.key"', "/x/secrets.key", Path("/x/secrets.key")),
    ("secrets", "key"): Case(f'"{KEY}"', KEY, KEY),
    ("secrets", "key_command"): Case('["print", "key"]', '["print", "key"]', ("print", "key")),
    ("secrets", "previous_key_files"): Case('["/x/old.key"]', '["/x/old.key"]', (Path("/x/old.key"),)),
    **{
        ("organizations", "acme", name): Case("2", "2", 2.0)
        for name in ("retention_days", "dead_letter_retention_days", "content_retention_days")
    },
    ("privacy", "deny"): Case('["phone"]', '["phone"]', ("phone",)),
    ("privacy", "hash"): Case('["email"]', '["email"]', ("email",)),
    ("privacy", "deny_attributes"): Case('["birthday"]', '["birthday"]', ("birthday",)),
    ("privacy", "hash_attributes"): Case('["tier"]', '["tier"]', ("tier",)),
    ("privacy", "allow_only_attributes"): Case('["locale"]', '["locale"]', ("locale",)),
    ("privacy", "hash_key"): Case('"[{ of sixteen or more"', "[{ of sixteen or more", "[{ of sixteen or more"),
    ("webhook_username",): Case('"somebody"', "somebody", "somebody"),
    ("webhook_passwords",): Case('["a", "1"]', '["a", "1"]', ("a", "1")),
    ("webhook_headers",): Case('{ X-Key = ["a", "b"] }', '{"X-Key": ["a", "b"]}', {"X-Key": ("a", "b")}),
}
"""One for each setting there is; keys below `organizations.acme` are written without that."""

OTHER_VALUES = {
    "events": '["created"]',
    "max_backlog": "1",
    "max_webhooks_per_s": "1",
    "content_retention_days": "1",
    "organizations_dir": '"/var"',
    "environment": '"testing"',
    "key": f'"{"B" * 42}A="',
    "key_command": '["another"]',
    "previous_key_files": "[]",
    "deny": "[]",
    "hash": "[]",
    "deny_attributes": "[]",
    "hash_attributes": "[]",
    "allow_only_attributes": "[]",
    "trusted_proxies": "[]",
    "trusted_user_header": '"X-Other-User"',
    "max_connections": "1",
    "max_connections_per_address": "1",
    "drain_notice_s": "1",
    "drain_timeout_s": "1",
    "port": "1",
    "retention_days": "1",
    "dead_letter_retention_days": "1",
    "journal_max_gb": "1",
    "enrich_max_age_h": "1",
    "deliver_max_age_h": "1",
    "log_format": '"text"',
    "log_level": '"debug"',
    "gladly_share": "1.0",
    "segment_region": '"us"',
    "webhook_passwords": '["of the file"]',
}
"""For the file, where any address will not do."""


BESIDE: dict[Key, str] = {
    ("server", "tls_cert_file"): 'server.tls_key_file = "/x/server.key"\n',
    ("server", "tls_key_file"): 'server.tls_cert_file = "/x/server.crt"\n',
    ("admin", "host"): 'admin.trusted_user_header = "X-User"\n',
    ("admin", "tls_cert_file"): 'admin.tls_key_file = "/x/admin.key"\n',
    ("admin", "tls_key_file"): 'admin.tls_cert_file = "/x/admin.crt"\n',
    ("privacy", "hash"): f'privacy.hash_key = "{KEY}"\n',
    ("privacy", "hash_attributes"): f'privacy.hash_key = "{KEY}"\n',
}
"""What a setting goes together with."""


def full(key: Key) -> Key:
    return key if key in declarations() or key[0] == "organizations" else ("organizations", "acme", *key)


def in_file(key: Key, text: str | None) -> str:
    """The file with a setting, or with only what goes together with it."""
    path, beside = full(key), BESIDE.get(key, "")
    name = ".".join(path[2:] if path[0] == "organizations" else path)
    line = "" if text is None else f"{name} = {text}\n"
    if path[0] != "organizations":
        return line + beside + organization()
    return organization(**{each: None for each in [name] if text is not None}) + line + beside


def found(settings: Settings, key: Key) -> Any:
    value: Any = settings.model_dump()
    for part in full(key):
        value = value[part]
    return revealed(value)


def revealed(value: Any) -> Any:
    match value:
        case SecretStr():
            return value.get_secret_value()
        case tuple():
            return tuple(revealed(each) for each in value)  # type: ignore[reportUnknownVariableType]
        case dict():
            return {name: revealed(each) for name, each in value.items()}  # type: ignore[reportUnknownVariableType]
        case _:
            return value


NO_EXAMPLES = {("organizations",), ("organizations_dir",)}
"""Their examples are not values to be taken here: a table, and a directory that must be there."""


def test_there_is_a_case_for_every_setting() -> None:
    general = {
        ("organizations", ANY_ORGANIZATION, *key[2:]) if key[0] == "organizations" else key for key in map(full, CASES)
    }

    assert general | {("organizations",)} == set(declarations())


@pytest.mark.parametrize("key", CASES, ids=".".join)
def test_every_setting_is_read_from_the_file(load: Load, key: Key) -> None:
    assert found(load(in_file(key, CASES[key].toml)), key) == CASES[key].value


@pytest.mark.parametrize("key", CASES, ids=".".join)
def test_every_setting_is_read_from_the_environment(load: Load, monkeypatch: pytest.MonkeyPatch, key: Key) -> None:
    monkeypatch.setenv(variable_of(full(key)), CASES[key].text)

    assert found(load(in_file(key, None)), key) == CASES[key].value


@pytest.mark.parametrize("key", [key for key in CASES if key != ("webhook_headers",)], ids=".".join)
def test_the_environment_wins_over_the_file(load: Load, monkeypatch: pytest.MonkeyPatch, key: Key) -> None:
    text = OTHER_VALUES.get(key[-1], '"https://file.example"')
    monkeypatch.setenv(variable_of(full(key)), CASES[key].text)

    assert found(load(in_file(key, text)), key) == CASES[key].value


def test_everything_can_be_set_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    values = {"GLADLY_USER": "u", "GLADLY_TOKEN": "t", "SEGMENT_WRITE_KEY": "k"}
    values |= {"WEBHOOK_USERNAME": "w", "WEBHOOK_PASSWORDS": "p"}
    for name, value in values.items():
        monkeypatch.setenv(f"{PREFIX}{name}", value)

    settings = load_settings()

    assert list(settings.organizations) == ["acme"]
    assert found(settings, ("webhook_passwords",)) == ("p",)


def test_an_organization_may_stand_in_both_places(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLADLY_SEGMENT_ORGANIZATIONS__MY_SHOP__GLADLY_TOKEN", "of the environment")

    settings = load(organization("my-shop", gladly_token=None) + organization("acme"))

    assert list(settings.organizations) == ["my-shop", "acme"]
    assert settings.organizations["my-shop"].gladly_token.get_secret_value() == "of the environment"
    assert settings.organizations["acme"].gladly_token.get_secret_value() == "token"


def test_what_is_not_set_has_its_default(load: Load) -> None:
    settings = load(organization())

    assert (settings.data_dir, settings.drain_timeout_s) == (Path("gladly-segment-data"), 20.0)
    assert (settings.log_format, settings.log_level) == ("text", "info")
    assert (settings.server.host, settings.server.port) == ("127.0.0.1", 8080)
    acme = settings.organizations["acme"]
    assert (acme.gladly_url, acme.gladly_share, acme.segment_region, acme.segment_host) == (None, 0.8, "us", None)
    assert acme.events == ("created", "closed")


@pytest.mark.parametrize(
    ("changes", "url"),
    [
        ({}, "https://api.segment.io"),
        ({"segment_region": '"us"'}, "https://api.segment.io"),
        ({"segment_region": '"eu"'}, "https://events.eu1.segmentapis.com"),
        ({"segment_region": '"eu"', "segment_host": '"https://data.acme.example"'}, "https://data.acme.example"),
    ],
)
def test_events_go_to_the_regions_host_or_to_the_one_that_is_named(
    acme: Callable[..., OrganizationSettings], changes: dict[str, str], url: str
) -> None:
    assert acme(**changes).segment_url == url


def test_the_file_that_is_given_goes_before_the_named_one_and_that_before_the_usual_one(
    own_directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("given", "named", "gladly-segment"):
        (own_directory / f"{name}.toml").write_text(f'data_dir = "{name}"\n{organization()}')

    assert load_settings().data_dir == Path("gladly-segment")
    monkeypatch.setenv("GLADLY_SEGMENT_CONFIG", str(own_directory / "named.toml"))
    assert load_settings().data_dir == Path("named")
    assert load_settings(own_directory / "given.toml").data_dir == Path("given")


@pytest.mark.parametrize("single", ["gladly_token", "segment_write_key", "mirror_secret"])
def test_a_secret_may_stand_in_a_file_of_its_own(
    acme: Callable[..., OrganizationSettings], own_directory: Path, single: str
) -> None:
    file = own_directory / "secret"
    file.write_text("  sécret\n")

    settings = acme(**{single: None, f"{single}_file": f'"{file}"'})

    assert getattr(settings, single).get_secret_value() == "sécret"


def test_several_passwords_stand_one_a_line(acme: Callable[..., OrganizationSettings], own_directory: Path) -> None:
    (own_directory / "passwords").write_text("new\n\n  old \r\n")

    settings = acme(webhook_passwords=None, webhook_passwords_file='"passwords"')

    assert revealed(settings.webhook_passwords) == ("new", "old")


def test_a_secrets_file_may_be_named_in_the_environment(
    load: Load, own_directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (own_directory / "token").write_text("secret")
    monkeypatch.setenv(f"{PREFIX}GLADLY_TOKEN_FILE", str(own_directory / "token"))

    assert found(load(organization(gladly_token=None)), ("gladly_token",)) == "secret"


def test_a_secrets_file_may_lie_in_the_home_directory(
    acme: Callable[..., OrganizationSettings], own_directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (own_directory / "token").write_text("secret")
    monkeypatch.setenv("HOME", str(own_directory))

    assert revealed(acme(gladly_token=None, gladly_token_file='"~/token"').gladly_token) == "secret"


@pytest.mark.parametrize(
    "text", ["0123", "1e5", "true", "null", "12345678901234567890123", "[", "{", '{"a', "[1", "'quoted'", " blank "]
)
def test_a_secret_in_the_environment_is_the_text_that_it_is(
    load: Load, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    for name in ("GLADLY_TOKEN", "SEGMENT_WRITE_KEY", "WEBHOOK_PASSWORDS"):
        monkeypatch.setenv(PREFIX + name, text)

    acme = load(organization()).organizations["acme"]

    assert revealed((acme.gladly_token, acme.segment_write_key, *acme.webhook_passwords)) == (text, text, text)


def test_one_password_and_one_header_value_need_no_list(acme: Callable[..., OrganizationSettings]) -> None:
    settings = acme(webhook_passwords='"one"', webhook_headers='{ X-Key = "one" }')

    assert revealed(settings.webhook_passwords) == ("one",)
    assert revealed(settings.webhook_headers) == {"X-Key": ("one",)}


def test_one_kind_of_event_needs_no_list(acme: Callable[..., OrganizationSettings]) -> None:
    assert acme(events='"created"').events == ("created",)


def test_headers_alone_are_credentials_enough(acme: Callable[..., OrganizationSettings]) -> None:
    settings = acme(webhook_username=None, webhook_passwords=None, webhook_headers='{ X-Key = ["one"] }')

    assert (settings.webhook_username, settings.webhook_passwords) == (None, ())


@pytest.mark.parametrize("name", ["acme", "a", "0", "my-shop", "a1-b2", "x" * 63])
def test_an_organization_is_named_as_its_subdomain(load: Load, name: str) -> None:
    assert list(load(organization(name)).organizations) == [name]


def test_variables_of_other_programs_are_none_of_ours(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GLADLY_TOKEN", "SEGMENT_WRITE_KEY", "LOG_LEVEL", "GLADLYSEGMENT_X"):
        monkeypatch.setenv(name, "x")

    assert load(organization()).log_level == "info"


@pytest.mark.parametrize("key", [key for key in declarations() if key not in NO_EXAMPLES], ids=".".join)
def test_every_example_can_be_taken_as_it_stands(load: Load, key: Key) -> None:
    example = declarations()[key].example.partition(" = ")[2]
    short = key[2:] if key[0] == "organizations" else key

    try:
        load(in_file(short, example))
    except SettingsError as error:
        pytest.fail(error.message)
