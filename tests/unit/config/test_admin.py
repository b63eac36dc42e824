"""The admin listener is never open to others without anybody having to prove who they are."""

from pathlib import Path

import pytest

from gladly_segment.core.errors import SettingsError
from tests.unit.config.conftest import Load, organization

TOKEN = "canary-token-of-twenty"


def admin(*lines: str) -> str:
    return "\n".join(("[admin]", *lines, organization()))


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost"])
def test_without_any_proof_it_listens_on_loopback(load: Load, host: str) -> None:
    assert load(admin(f'host = "{host}"')).admin.host == host


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "192.0.2.1", "admin.shop.example", "localhost.shop.example"])  # noqa: S104
def test_elsewhere_it_must_be_set_how_to_prove_who_one_is(load: Load, host: str) -> None:
    with pytest.raises(SettingsError) as error:
        load(admin(f'host = "{host}"'))

    assert error.value.message.startswith(f"admin: admin.host is {host}, where others can reach it")
    assert "set admin.token_file to the file of a token, or admin.trusted_user_header" in error.value.message
    assert load(admin(f'host = "{host}"', f'token = "{TOKEN}"')).admin.host == host
    assert load(admin(f'host = "{host}"', 'trusted_user_header = "X-Forwarded-Email"')).admin.host == host


def test_the_token_may_stand_in_a_file(load: Load, tmp_path: Path) -> None:
    (tmp_path / "token").write_text(f"{TOKEN}\n")

    token = load(admin(f'token_file = "{tmp_path / "token"}"')).admin.token

    assert token is not None
    assert token.get_secret_value() == TOKEN


@pytest.mark.parametrize("token", ["", "short", "x" * 19, f"{'x' * 19} "])
def test_a_token_that_could_be_guessed_is_refused_and_not_repeated(load: Load, token: str) -> None:
    with pytest.raises(SettingsError) as error:
        load(admin(f'token = "{token}"'))

    assert "admin.token" in error.value.message
    assert "xxx" not in error.value.message


@pytest.mark.parametrize("alone", ["tls_cert_file", "tls_key_file"])
def test_certificate_and_key_go_together(load: Load, alone: str) -> None:
    with pytest.raises(SettingsError, match=r"^admin: tls_cert_file and tls_key_file go together"):
        load(admin(f'{alone} = "/x/admin"'))


def test_by_default_only_loopback_is_believed(load: Load) -> None:
    settings = load(organization()).admin

    assert [str(network) for network in settings.trusted_proxies] == ["127.0.0.0/8", "::1/128"]
    assert (settings.host, settings.port, settings.token, settings.trusted_user_header) == (
        "127.0.0.1",
        8081,
        None,
        None,
    )


def test_the_token_is_shown_nowhere(load: Load) -> None:
    assert TOKEN not in repr(load(admin(f'token = "{TOKEN}"')))
