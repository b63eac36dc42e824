"""A setting that is missing or wrong: one sentence with its key, what was found, and an example."""

from collections.abc import Callable
from pathlib import Path

import pytest

from gladly_segment.config import OrganizationSettings, load_settings
from gladly_segment.config.declarations import declarations
from gladly_segment.core.errors import SettingsError
from tests.unit.config.conftest import REQUIRED, Load, organization

MASK = "********"

WRONG_GLOBALS = {
    "data_dir": ("5", "5"),
    "drain_timeout_s": ("-1", "-1"),
    "retention_days": ("0", "0"),
    "dead_letter_retention_days": ("-1", "-1"),
    "journal_max_gb": ("0", "0"),
    "log_format": ('"xml"', '"xml"'),
    "log_level": ('"LOUD"', '"LOUD"'),
    "server.host": ("[]", "[]"),
    "server.port": ("65536", "65536"),
    "server.tls_cert_file": ("5", "5"),
    "server.tls_key_file": ("5", "5"),
    "server.trusted_proxies": ('["10.1.2.3/8"]', '"10.1.2.3/8"'),
    "server.max_connections": ("0", "0"),
    "server.max_connections_per_address": ("0", "0"),
    "server.drain_notice_s": ("-1", "-1"),
    "admin.host": ("[]", "[]"),
    "admin.port": ("65536", "65536"),
    "admin.token": ('"nineteen characters"', MASK),
    "admin.trusted_user_header": ('"X-User: ann"', '"X-User: ann"'),
    "admin.trusted_proxies": ('["10.1.2.3/8"]', '"10.1.2.3/8"'),
    "admin.tls_cert_file": ("5", "5"),
    "admin.tls_key_file": ("5", "5"),
    "content_retention_days": ("0", "0"),
    "organizations_dir": ("5", "5"),
    "alarms.url": ('"chat.example"', MASK),
    "secrets.key_file": ("5", "5"),
    "secrets.key": ("5", MASK),
    "secrets.key_command": ("[]", "[]"),
    "secrets.previous_key_files": ("5", "5"),
    "tracing.endpoint": ('"collector:4318"', '"collector:4318"'),
    "tracing.headers": ('{ "no header" = "x" }', MASK),
    "tracing.sample": ("1.5", "1.5"),
}
WRONG_OF_ORGANIZATION = {
    "gladly_url": ('"acme.gladly.com"', '"acme.gladly.com"'),
    "gladly_user": ('""', '""'),
    "gladly_token": ('""', MASK),
    "gladly_share": ("1.5", "1.5"),
    "enrich_max_age_h": ("0", "0"),
    "deliver_max_age_h": ("0", "0"),
    "segment_write_key": ("5", MASK),
    "segment_region": ('"asia"', '"asia"'),
    "segment_host": ('"ftp://data.example"', '"ftp://data.example"'),
    "mirror_secret": ('""', MASK),
    "environment": ('"Staging"', '"Staging"'),
    "events": ('["opened"]', '"opened"'),
    "max_backlog": ("0", "0"),
    "max_webhooks_per_s": ("0", "0"),
    "retention_days": ("0", "0"),
    "dead_letter_retention_days": ("0", "0"),
    "content_retention_days": ("0", "0"),
    "privacy.deny": ("5", "5"),
    "privacy.hash": ("5", "5"),
    "privacy.deny_attributes": ("5", "5"),
    "privacy.hash_attributes": ("5", "5"),
    "privacy.allow_only_attributes": ("5", "5"),
    "privacy.hash_key": ("5", MASK),
    "webhook_username": ("true", "true"),
    "webhook_passwords": ("[5]", MASK),
    "webhook_headers": ('{ X-Key = [["a"]] }', MASK),
}


def message_of(load: Callable[[], object]) -> str:
    """The sentence, and that it is one."""
    with pytest.raises(SettingsError) as error:
        load()
    assert "\n" not in error.value.message
    return error.value.message


def test_every_setting_is_wrong_once_in_these_tests() -> None:
    keys = {key for key in declarations() if key != ("organizations",)}

    assert {".".join(key) for key in keys if key[0] != "organizations"} == WRONG_GLOBALS.keys()
    assert {".".join(key[2:]) for key in keys if key[0] == "organizations"} == WRONG_OF_ORGANIZATION.keys()


@pytest.mark.parametrize("key", WRONG_GLOBALS)
def test_a_wrong_setting_is_named_with_what_was_found_and_an_example(load: Load, key: str) -> None:
    wrong, found = WRONG_GLOBALS[key]
    table, _, name = key.rpartition(".")
    head = f"[{table}]\n" if table else ""

    with pytest.raises(SettingsError) as error:
        load(f"{head}{name} = {wrong}\n{organization()}")

    example = declarations()[tuple(key.split("."))].example
    assert error.value.message.startswith(f"the setting {key} is {found}, which cannot be: ")
    assert error.value.message.endswith(f"; for example {example}")
    variable = "GLADLY_SEGMENT_" + key.upper().replace(".", "__")
    assert error.value.hint == f"set it in the file, or with the environment variable {variable}"


@pytest.mark.parametrize("key", WRONG_OF_ORGANIZATION)
def test_a_wrong_setting_of_an_organization_is_named_too(load: Load, key: str) -> None:
    wrong, found = WRONG_OF_ORGANIZATION[key]

    with pytest.raises(SettingsError) as error:
        load(organization("my-shop", **{key: wrong}))

    example = declarations()["organizations", "{organization}", *key.split(".")].example
    assert error.value.message.startswith(f"the setting organizations.my-shop.{key}")
    assert f" is {found}, which cannot be: " in error.value.message
    assert error.value.message.endswith(f"; for example {example}")
    variable = key.upper().replace(".", "__")
    assert f"GLADLY_SEGMENT_ORGANIZATIONS__MY_SHOP__{variable}" in error.value.hint


@pytest.mark.parametrize("key", ["gladly_user", "gladly_token", "segment_write_key"])
def test_a_missing_setting_is_named_with_an_example(load: Load, key: str) -> None:
    example = declarations()["organizations", "{organization}", key].example

    message = message_of(lambda: load(organization(**{key: None})))

    assert message == f"the setting organizations.acme.{key} is missing; for example {example}"


def test_without_any_settings_there_is_no_organization_and_nothing_is_wrong() -> None:
    assert load_settings().organizations == {}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("log_levle = 1\n", "the setting log_levle is unknown; did you mean log_level?"),
        ("[server]\nprt = 1\n", "the setting server.prt is unknown; did you mean port?"),
        ("[sever]\nport = 1\n", "the setting sever is unknown; did you mean server?"),
        ("[organisations.acme]\n", "the setting organisations is unknown; did you mean organizations?"),
        ("colour = 1\n", "the setting colour is unknown"),
    ],
)
def test_an_unknown_setting_is_named_with_the_one_that_may_be_meant(load: Load, text: str, sentence: str) -> None:
    assert message_of(lambda: load(text + organization())) == sentence


@pytest.mark.parametrize("present", ['"token"', None], ids=["beside the right one", "instead of it"])
def test_a_misspelt_setting_of_an_organization_is_named_as_such(load: Load, present: str | None) -> None:
    message = message_of(lambda: load(organization(gladly_token=present, gladly_tokn='"x"')))

    assert message == "the setting organizations.acme.gladly_tokn is unknown; did you mean gladly_token?"


@pytest.mark.parametrize(
    ("variable", "sentence"),
    [
        (
            "GLADLY_SEGMENT_LOG_LEVLE",
            "the environment variable GLADLY_SEGMENT_LOG_LEVLE names no setting; did you mean",
        ),
        ("GLADLY_SEGMENT_TOKEN", "the environment variable GLADLY_SEGMENT_TOKEN names no setting"),
        ("GLADLY_SEGMENT_SERVER__PRT", "the setting server.prt is unknown; did you mean port?"),
        (
            "GLADLY_SEGMENT_ORGANIZATIONS__ACME__GLADLY_TOKN",
            "the setting organizations.acme.gladly_tokn is unknown; did you mean gladly_token?",
        ),
    ],
)
def test_an_unknown_variable_is_named_with_the_setting_that_may_be_meant(
    load: Load, monkeypatch: pytest.MonkeyPatch, variable: str, sentence: str
) -> None:
    monkeypatch.setenv(variable, "1")

    assert message_of(lambda: load(organization())).startswith(sentence)


@pytest.mark.parametrize("name", ["Acme", "acme.gladly.com", "-acme", "a_b", "größe", "", "x" * 64])
def test_a_name_that_is_no_subdomain_is_refused(load: Load, name: str) -> None:
    message = message_of(lambda: load(organization(f'"{name}"')))

    assert message.startswith(f"organizations.{name} is no organization's name: it is the subdomain of its Gladly")
    assert message.endswith("for example [organizations.acme]")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('server = "x"\n' + organization(), "server"),
        ('[organizations]\nacme = "x"\n', "organizations.acme"),
        ("[organizations]\nacme = []\n", "organizations.acme"),
    ],
)
def test_a_table_that_is_none_is_named(load: Load, text: str, name: str) -> None:
    assert message_of(lambda: load(text)) == f"the setting {name} is no table; for example [{name}]"


@pytest.mark.parametrize(
    "address",
    [
        "https://",
        "https://acme gladly.com",
        "https://acme.gladly.com?x=1",
        "https://acme.gladly.com#x",
        "https://user:secret@acme.gladly.com",
        "https://acme.gladly.com:99999",
        "https://acme.gladly.com:port",
        "https://[::1",
        "https://acme..com",
        "https://" + "x" * 64 + ".com",
    ],
)
@pytest.mark.parametrize("key", ["gladly_url", "segment_host"])
def test_an_address_that_cannot_be_reached_by_http_is_refused(load: Load, key: str, address: str) -> None:
    message = message_of(lambda: load(organization(**{key: f'"{address}"'})))

    assert message.startswith(f"the setting organizations.acme.{key} is ")
    assert "secret" not in message


@pytest.mark.parametrize("key", ["gladly_user", "segment_write_key", "webhook_username"])
def test_a_login_with_a_colon_cannot_be_sent_and_is_refused(load: Load, key: str) -> None:
    message = message_of(lambda: load(organization(**{key: '"a:b"'})))

    assert message.startswith(f"the setting organizations.acme.{key} is ")
    assert "there is a colon in it" in message


@pytest.mark.parametrize("key", ["gladly_token", "segment_write_key", "webhook_passwords"])
@pytest.mark.parametrize("empty", ['""', '" \\n"'])
def test_an_empty_secret_is_refused(load: Load, key: str, empty: str) -> None:
    message = message_of(lambda: load(organization(**{key: empty})))

    assert message.startswith(f"the setting organizations.acme.{key}")
    assert "there is nothing in it" in message


def test_an_empty_password_in_the_environment_is_refused(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLADLY_SEGMENT_ORGANIZATIONS__ACME__WEBHOOK_PASSWORDS", "")

    assert "there is nothing in it" in message_of(lambda: load(organization()))


NOBODY_ELSE = {"webhook_username": None, "webhook_passwords": None}


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        (NOBODY_ELSE, "no webhook credentials are set, so anybody could send events; for example "),
        ({"webhook_passwords": None}, "webhook_username and webhook_passwords go together"),
        ({"webhook_username": None}, "webhook_username and webhook_passwords go together"),
        ({"webhook_passwords": "[]"}, "webhook_username and webhook_passwords go together"),
        ({**NOBODY_ELSE, "webhook_headers": "{ X-Key = [] }"}, "webhook_headers.X-Key is no header name with"),
        ({"webhook_headers": '{ "X Key" = ["a"] }'}, "webhook_headers.X Key is no header name with"),
        ({"webhook_headers": '{ "" = ["a"] }'}, "webhook_headers. is no header name with"),
    ],
)
def test_credentials_that_let_anybody_or_nobody_in_are_refused(
    load: Load, changes: dict[str, str | None], part: str
) -> None:
    message = message_of(lambda: load(organization(**changes)))

    assert message.startswith(f"organizations.acme: {part}")
    assert "; for example " in message


def test_an_empty_header_value_is_refused(load: Load) -> None:
    message = message_of(lambda: load(organization(webhook_headers='{ X-Key = ["a", ""] }')))

    assert message.startswith("the setting organizations.acme.webhook_headers.X-Key is ********")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "which cannot be read: No such file or directory"),
        (b"", "which is empty"),
        (b" \n \n", "which is empty"),
        (b"\xff\xfe", "which cannot be read: it is no UTF-8 text"),
    ],
    ids=["missing", "empty", "blank", "no text"],
)
@pytest.mark.parametrize("key", ["gladly_token", "segment_write_key", "webhook_passwords"])
def test_a_secrets_file_that_holds_none_is_named(
    load: Load, own_directory: Path, key: str, content: bytes | None, reason: str
) -> None:
    file = own_directory / "secret"
    if content is not None:
        file.write_bytes(content)

    message = message_of(lambda: load(organization(**{key: None, f"{key}_file": f'"{file}"'})))

    assert message == f"organizations.acme: {key}_file names {file}, {reason}"


@pytest.mark.parametrize("path", [".", "~nobody-of-that-name/secret", "a\\u0000b"])
def test_a_path_that_is_no_file_is_named(load: Load, path: str) -> None:
    message = message_of(lambda: load(organization(gladly_token=None, gladly_token_file=f'"{path}"')))

    assert message.startswith("organizations.acme: ")


def test_a_secret_and_its_file_together_are_refused(acme: Callable[..., OrganizationSettings]) -> None:
    message = message_of(lambda: acme(gladly_token_file='"anything"'))

    assert message == "organizations.acme: both gladly_token and gladly_token_file are set; keep one of them"


@pytest.mark.parametrize("name", ["missing.toml", "."])
def test_a_settings_file_that_cannot_be_read_is_named(own_directory: Path, name: str) -> None:
    path = own_directory / name

    with pytest.raises(SettingsError) as error:
        load_settings(path)

    assert error.value.message.startswith(f"the settings file {path} cannot be read: ")
    assert "--config" in error.value.hint


def test_a_named_settings_file_that_is_missing_is_not_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLADLY_SEGMENT_CONFIG", "nowhere.toml")

    assert message_of(load_settings) == "the settings file nowhere.toml cannot be read: No such file or directory"


@pytest.mark.parametrize("content", [b"[server", b"port: 8080", b"a = 1\na = 2\n", b"\xff\xfe"])
def test_a_settings_file_that_is_no_toml_is_named(own_directory: Path, content: bytes) -> None:
    path = own_directory / "bad.toml"
    path.write_bytes(content)

    assert message_of(lambda: load_settings(path)).startswith(f"the settings file {path} is not TOML: ")


def test_of_several_faults_one_is_told(load: Load) -> None:
    message = message_of(lambda: load("log_level = 1\n" + organization(**dict.fromkeys(REQUIRED, "5"))))

    assert message.startswith("the setting log_level is 1, which cannot be: ")
