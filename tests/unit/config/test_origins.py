"""Where each setting's value came from, and which files hold secrets."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from gladly_segment.config import load_settings
from gladly_segment.config.declarations import declarations
from gladly_segment.config.origins import Sourced, files_with_secrets, sourced
from tests.unit.config.conftest import REQUIRED, organization

FILE = Path("given.toml")


def listed(text: str) -> dict[str, Sourced]:
    FILE.write_text(text, encoding="utf-8")
    return {each.key: each for each in sourced(load_settings(FILE), FILE)}


def line_of(key: str) -> int:
    lines = FILE.read_text(encoding="utf-8").splitlines()
    return 1 + next(place for place, line in enumerate(lines) if line.startswith(key))


def named(text: str) -> Sequence[Path]:
    FILE.write_text(text, encoding="utf-8")
    return files_with_secrets(load_settings(FILE), FILE)


def test_every_setting_is_listed_in_the_order_of_its_declaration() -> None:
    found = list(listed(organization("acme")))

    keys = [".".join(key).replace("{organization}", "acme") for key in declarations() if key != ("organizations",)]
    assert found == keys


def test_what_is_set_nowhere_is_the_default() -> None:
    assert listed("")["server.port"] == Sourced("server.port", "8080", "default")


@pytest.mark.parametrize(
    ("text", "key", "line"),
    [
        ('data_dir = "x"', "data_dir", 1),
        ("\n# [server]\n[server]\nport = 1", "server.port", 4),
        ("[ server ]\n  port=1", "server.port", 2),
        ("server.port = 1", "server.port", 1),
        ("server = { port = 1 }", "server.port", 1),
        ("[server]\nhost = 'h'\n[admin]\nport = 1", "admin.port", 4),
    ],
)
def test_what_is_set_in_the_file_is_named_by_its_line(text: str, key: str, line: int) -> None:
    assert listed(text)[key].origin == f"given.toml:{line}"


def test_a_setting_of_the_same_name_in_another_table_is_another_one() -> None:
    found = listed("[admin]\nport = 1")

    assert (found["admin.port"].origin, found["server.port"].origin) == ("given.toml:2", "default")


def test_the_environment_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLADLY_SEGMENT_SERVER__PORT", "2")

    found = listed("[server]\nport = 1")["server.port"]

    assert (found.value, found.origin) == ("2", "GLADLY_SEGMENT_SERVER__PORT")


def test_a_whole_table_in_a_variable_counts_for_what_is_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLADLY_SEGMENT_SERVER", '{"port": 2}')

    assert listed("")["server.port"].origin == "GLADLY_SEGMENT_SERVER"


def test_an_organization_s_hyphen_is_an_underscore_in_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLADLY_SEGMENT_ORGANIZATIONS__ACME_SHOP__GLADLY_SHARE", "0.5")

    found = listed(organization("acme-shop"))["organizations.acme-shop.gladly_share"]

    assert (found.value, found.origin) == ("0.5", "GLADLY_SEGMENT_ORGANIZATIONS__ACME_SHOP__GLADLY_SHARE")


def test_an_organization_of_a_file_of_its_own_is_named_by_it() -> None:
    Path("more").mkdir()
    lines = [f"{key} = {value}" for key, value in REQUIRED.items()]
    Path("more/acme.toml").write_text("\n".join(lines), encoding="utf-8")

    found = listed('organizations_dir = "more"')

    assert found["organizations.acme.gladly_user"].origin == "more/acme.toml:1"


def test_secrets_are_masked_and_their_files_named(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("token").write_text("canary-token\n", encoding="utf-8")
    monkeypatch.setenv("GLADLY_SEGMENT_ADMIN__TOKEN", "canary-admin-token-that-is-long")
    headers = '{ X-Key = ["canary-header"] }'

    found = listed(
        organization(
            gladly_token=None,
            gladly_token_file='"token"',
            segment_write_key='"canary-write-key"',
            webhook_passwords='["canary-password"]',
            webhook_headers=headers,
        )
    )

    assert "canary" not in str(found)
    assert found["organizations.acme.gladly_token"].value == "********"
    assert found["organizations.acme.gladly_token"].origin == f"given.toml:{line_of('gladly_token_file')}"
    assert found["organizations.acme.webhook_headers"].value == "********"
    assert found["admin.token"].value == "********"
    assert found["secrets.key"].value == "none"


def test_a_settings_file_counts_as_secret_when_a_secret_stands_in_it() -> None:
    Path("secret").write_text("secret\n", encoding="utf-8")
    by_file = dict.fromkeys(("gladly_token", "segment_write_key", "webhook_passwords"))
    by_file |= {f"{name}_file": '"secret"' for name in by_file}

    assert named("[server]\nport = 1") == []
    assert named(organization(**by_file)) == [Path("secret")] * 3
    assert named(organization(**by_file, webhook_headers='{ X-Key = ["secret"] }')) == [FILE, *[Path("secret")] * 3]
    assert named(organization()) == [FILE]


def test_a_table_of_secrets_makes_its_file_secret_too() -> None:
    assert named('[tracing.headers]\nAuthorization = "Bearer secret"') == [FILE]


def test_files_that_variables_name_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("token").write_text("secret\n", encoding="utf-8")
    monkeypatch.setenv("GLADLY_SEGMENT_ORGANIZATIONS__ACME__GLADLY_TOKEN_FILE", "token")

    assert Path("token") in named(organization(gladly_token=None))


def test_without_a_settings_file_there_is_none_to_name() -> None:
    assert files_with_secrets(load_settings(), None) == []
    assert {each.origin for each in sourced(load_settings(), None)} == {"default"}
