"""Secrets are in no sentence, no representation and no traceback, whatever is wrong with the settings."""

import traceback
from collections.abc import Callable
from pathlib import Path

import pytest

from gladly_segment.config import Settings
from gladly_segment.config.declared import from_settings
from gladly_segment.core.errors import SettingsError
from gladly_segment.core.ids import OrganizationId
from tests.unit.config.conftest import Load, organization

CANARY = "canary-c0ffee"

SECRETS = {
    "gladly_token": f'"{CANARY}-1"',
    "segment_write_key": f'"{CANARY}-2"',
    "webhook_passwords": f'["{CANARY}-3", "{CANARY}-4"]',
    "webhook_headers": f'{{ X-Key = ["{CANARY}-5"] }}',
}

PREFIX = "GLADLY_SEGMENT_ORGANIZATIONS__ACME__"


def said(load: Callable[[], Settings]) -> str:
    """All that is shown of an error: its sentences, its representation and its traceback."""
    with pytest.raises(SettingsError) as error:
        load()
    lines = traceback.format_exception(error.value)
    return "\n".join((error.value.message, error.value.hint, repr(error.value), *lines))


def test_settings_do_not_show_their_secrets(load: Load) -> None:
    settings = load(organization(**SECRETS))

    shown = [repr(settings), str(settings), settings.model_dump_json(), str(settings.model_dump())]
    shown += [repr(from_settings(OrganizationId("acme"), settings.organizations["acme"], settings))]

    assert CANARY not in "\n".join(shown)
    assert settings.organizations["acme"].gladly_token.get_secret_value() == f"{CANARY}-1"


WRONG = {
    "a list": f'["{CANARY}"]',
    "a list of lists": f'[["{CANARY}"]]',
    "a table": f'{{ a = "{CANARY}" }}',
    "a table of lists": f'{{ "X Key" = ["{CANARY}"] }}',
    "a table of tables": f'{{ X-Key = {{ a = "{CANARY}" }} }}',
    "a login with a colon": f'"{CANARY}:{CANARY}"',
    "a list with a number": f'["{CANARY}", 5]',
}

MAY_BE_RIGHT = {
    ("webhook_headers", "a table"),
    ("webhook_passwords", "a list"),
    ("webhook_passwords", "a login with a colon"),
    ("gladly_token", "a login with a colon"),
}


@pytest.mark.parametrize("key", SECRETS)
@pytest.mark.parametrize("kind", WRONG)
def test_a_secret_of_the_wrong_form_is_not_shown(load: Load, key: str, kind: str) -> None:
    if (key, kind) in MAY_BE_RIGHT:
        assert CANARY not in repr(load(organization(**{key: WRONG[kind]})))
        return

    assert CANARY not in said(lambda: load(organization(**{key: WRONG[kind]})))


@pytest.mark.parametrize(
    "changes",
    [
        {"gladly_share": "5"},
        {"gladly_url": f'"https://user:{CANARY}@acme.gladly.com"'},
        {"gladly_url": f'"user:{CANARY}@acme.gladly.com"'},
        {"segment_host": f'"https://{CANARY}@data.acme.example"'},
        {"gladly_tokn": f'"{CANARY}"'},
        {"gladly_user": None},
        {"webhook_username": None},
    ],
)
def test_secrets_are_not_shown_when_something_beside_them_is_wrong(load: Load, changes: dict[str, str | None]) -> None:
    assert CANARY not in said(lambda: load(organization(**SECRETS, **changes)))


@pytest.mark.parametrize(
    "text",
    [
        f'[organizations.acme]\ngladly_token = "{CANARY}\n',
        f"[organizations.acme]\ngladly_token = {CANARY}\n",
        f'[organizations.acme]\ngladly_token = "{CANARY}\\q"\n',
        f'organizations = "{CANARY}"\n',
        f'organizations = ["{CANARY}"]\n',
        f'[organizations]\nacme = "{CANARY}"\n',
    ],
)
def test_secrets_in_a_file_that_is_wrong_as_a_whole_are_not_shown(load: Load, text: str) -> None:
    assert CANARY not in said(lambda: load(text))


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("GLADLY_SEGMENT_ORGANIZATIONS", f'{{"acme": {{"gladly_token": "{CANARY}"'),
        ("GLADLY_SEGMENT_ORGANIZATIONS", f'{{"acme": "{CANARY}"}}'),
        ("GLADLY_SEGMENT_ORGANIZATIONS", f'["{CANARY}"]'),
        ("GLADLY_SEGMENT_ORGANIZATIONS", CANARY),
        ("GLADLY_SEGMENT_ORGANIZATIONS__ACME", CANARY),
        (f"{PREFIX}WEBHOOK_HEADERS", f'{{"X-Key": "{CANARY}'),
        (f"{PREFIX}WEBHOOK_HEADERS", CANARY),
        (f"{PREFIX}WEBHOOK_PASSWORDS", f'{{"a": "{CANARY}"}}'),
        (f"{PREFIX}SEGMENT_WRITE_KEY", f"{CANARY}:"),
        (f"{PREFIX}GLADLY_TOKN", CANARY),
        ("GLADLY_SEGMENT_GLADLY_TOKEN", CANARY),
    ],
)
def test_secrets_in_a_variable_that_is_wrong_are_not_shown(
    load: Load, monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)

    assert CANARY not in said(lambda: load(organization()))


@pytest.mark.parametrize("content", [CANARY.encode() + b"\xff", f"{CANARY}:x".encode()])
def test_secrets_in_a_file_of_their_own_are_not_shown(load: Load, own_directory: Path, content: bytes) -> None:
    (own_directory / "key").write_bytes(content)

    assert CANARY not in said(lambda: load(organization(segment_write_key=None, segment_write_key_file='"key"')))


def test_what_is_no_secret_is_shown_and_would_be_noticed(load: Load) -> None:
    assert CANARY in said(lambda: load(organization(gladly_share=f'"{CANARY}"')))
