"""A sealed record opens with its key, for its organization, as it was, and in no other way."""

import pytest

from gladly_segment.core.errors import VaultError
from gladly_segment.core.secret import Secret
from gladly_segment.vault import EnvelopeVault, Keyring, key_ids
from tests.unit.vault.conftest import SECRETS, drawn, key, vault


def test_what_was_sealed_is_opened() -> None:
    sealed = vault("a").seal(SECRETS, context="acme")

    assert vault("a").open(sealed, context="acme") == SECRETS


@pytest.mark.parametrize("secrets", [{}, {"": Secret("")}, {"ключ": Secret("väl\x00ue" * 10_000)}])
def test_any_text_is_taken(secrets: dict[str, Secret]) -> None:
    assert vault("a").open(vault("a").seal(secrets, context="acme"), context="acme") == secrets


def test_a_sealed_record_shows_nothing_of_what_is_in_it() -> None:
    sealed = vault("a").seal(SECRETS, context="acme")

    assert b"canary" not in sealed
    assert b"token" not in sealed
    assert key("a").reveal() not in sealed


def test_the_same_secrets_are_sealed_differently_each_time() -> None:
    first, second = (vault("a").seal(SECRETS, context="acme") for _ in range(2))

    assert first != second
    # Beyond version, number of wraps and key id, no part of one is in the other: each has its own data key and nonces.
    assert {first[at : at + 12] for at in range(10, len(first) - 12)}.isdisjoint(
        second[at : at + 12] for at in range(10, len(second) - 12)
    )


def test_data_keys_and_nonces_are_drawn_and_none_twice() -> None:
    lengths: list[int] = []
    draw = drawn()

    def noted(length: int) -> bytes:
        lengths.append(length)
        return draw(length)

    EnvelopeVault(Keyring(key("a")), noted).seal(SECRETS, context="acme")

    assert sorted(lengths) == [12, 12, 32]


def test_a_record_of_one_organization_does_not_open_for_another() -> None:
    sealed = vault("a").seal(SECRETS, context="acme")

    with pytest.raises(VaultError, match="the secrets of beta are damaged, or are another organization's"):
        vault("a").open(sealed, context="beta")


def test_another_key_does_not_open_it_and_is_told_which_would() -> None:
    sealed = vault("a").seal(SECRETS, context="acme")

    with pytest.raises(VaultError, match=f"the secrets of acme are sealed with the key {key('a').id}, which is not"):
        vault("b", "c").open(sealed, context="acme")


def test_another_key_under_the_same_id_does_not_open_it() -> None:
    sealed = vault("a").seal(SECRETS, context="acme")
    impostor = key("b")
    impostor.id = key("a").id

    with pytest.raises(VaultError, match="damaged"):
        EnvelopeVault(Keyring(impostor)).open(sealed, context="acme")


def test_a_previous_key_opens_and_does_not_seal() -> None:
    sealed = vault("old").seal(SECRETS, context="acme")

    assert vault("new", "old").open(sealed, context="acme") == SECRETS
    assert key_ids(vault("new", "old").seal(SECRETS, context="acme"), context="acme") == (key("new").id,)


def test_each_changed_bit_is_noticed() -> None:
    sealed = vault("a").seal(SECRETS, context="acme")

    for at in range(len(sealed) * 8):
        changed = bytearray(sealed)
        changed[at // 8] ^= 1 << at % 8
        with pytest.raises(VaultError):
            vault("a").open(bytes(changed), context="acme")


@pytest.mark.parametrize("more", [b"\x00", b"canary" * 30])
def test_each_missing_or_added_byte_is_noticed(more: bytes) -> None:
    sealed = vault("a").seal(SECRETS, context="acme")

    for length in range(len(sealed)):
        with pytest.raises(VaultError):
            vault("a").open(sealed[:length], context="acme")
    with pytest.raises(VaultError):
        vault("a").open(sealed + more, context="acme")


def test_contents_of_two_records_cannot_be_exchanged() -> None:
    one, other = (vault("a").seal(SECRETS, context="acme") for _ in range(2))
    head = 2 + 8 + 12 + 32 + 16

    with pytest.raises(VaultError):
        vault("a").open(one[:head] + other[head:], context="acme")


def test_a_record_without_a_wrap_is_damaged() -> None:
    with pytest.raises(VaultError, match="damaged"):
        key_ids(b"\x01\x00" + b"\x00" * 200, context="acme")


def test_a_record_of_a_newer_version_says_so() -> None:
    with pytest.raises(VaultError, match="sealed by a newer version"):
        vault("a").open(b"\x02" + b"\x00" * 200, context="acme")


def test_rewrapping_leaves_the_content_and_locks_the_former_key_out() -> None:
    sealed = vault("old").seal(SECRETS, context="acme")

    rewrapped = vault("new", "old").rewrap(sealed, context="acme")

    head = 2 + 8 + 12 + 32 + 16
    assert rewrapped[head:] == sealed[head:]
    assert vault("new").open(rewrapped, context="acme") == SECRETS
    with pytest.raises(VaultError):
        vault("old").open(rewrapped, context="acme")


def test_for_the_time_of_a_change_two_keys_open_a_record() -> None:
    sealed = vault("old").seal(SECRETS, context="acme")

    both = vault("old").rewrap(sealed, context="acme", also=key("new"))

    assert [vault(name).open(both, context="acme") for name in ("old", "new")] == [SECRETS, SECRETS]
    assert key_ids(vault("new").rewrap(both, context="acme"), context="acme") == (key("new").id,)


def test_a_record_that_is_wrapped_as_wanted_stays_as_it_is() -> None:
    sealed = vault("a").seal(SECRETS, context="acme")
    both = vault("a").rewrap(sealed, context="acme", also=key("b"))

    assert vault("a").rewrap(sealed, context="acme") == sealed
    assert vault("a").rewrap(sealed, context="acme", also=key("a")) == sealed
    assert vault("a").rewrap(both, context="acme", also=key("b")) == both


def test_a_record_of_an_unknown_key_is_not_rewrapped() -> None:
    with pytest.raises(VaultError, match="not among those that are set"):
        vault("b").rewrap(vault("a").seal(SECRETS, context="acme"), context="acme")
