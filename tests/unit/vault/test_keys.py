"""Keys are read from what people and programs write, and are never shown."""

import base64
from collections.abc import Callable

import pytest

from gladly_segment.core.errors import VaultError
from gladly_segment.core.secret import Secret
from gladly_segment.vault import Key, Keyring, generate_key, parse_key
from tests.unit.vault.conftest import drawn, key

# Its base64 has what the two alphabets write differently.
MATERIAL = bytes([251, 255] * 16)


@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
@pytest.mark.parametrize("form", ["{}", "{}\n", "  {} \r\n"])
def test_a_key_is_read_in_either_alphabet(encode: Callable[[bytes], bytes], form: str) -> None:
    text = encode(MATERIAL).decode()

    assert parse_key(Secret(form.format(text))).reveal() == MATERIAL
    assert parse_key(Secret(form.format(text.rstrip("=")))).reveal() == MATERIAL


@pytest.mark.parametrize(
    "text",
    [
        "",
        "canary",
        "canary canary canary canary canary canary can",
        MATERIAL.hex(),
        base64.b64encode(MATERIAL[1:]).decode(),
        base64.b64encode(MATERIAL + b"x").decode(),
        base64.b64encode(MATERIAL).decode() * 2,
        "ü" * 43,
    ],
)
def test_what_is_no_key_is_refused_and_not_quoted(text: str) -> None:
    with pytest.raises(VaultError, match="it is no secrets key, which is 32 random bytes in base64") as error:
        parse_key(Secret(text))

    assert "canary" not in f"{error.value!r} {error.value.hint}"


def test_what_is_written_is_read() -> None:
    made = generate_key(drawn())

    assert parse_key(made.text()) == made
    assert made != key("another")


def test_a_key_shows_as_its_id_wherever_it_is_printed() -> None:
    shown = f"{key('a')} {key('a')!r} {[key('a')]} {Keyring(key('a'), (key('b'),))} {key('a').text()}"

    assert key("a").id in shown
    for form in (key("a").reveal().hex(), str(key("a").reveal()), key("a").text().reveal()):
        assert form not in shown


def test_an_id_is_the_same_for_the_same_key_and_no_part_of_it() -> None:
    assert key("a").id == Key(key("a").reveal()).id != key("b").id
    assert len(key("a").id) == 16
    assert bytes.fromhex(key("a").id) not in key("a").reveal()


def test_a_ring_finds_its_keys() -> None:
    ring = Keyring(key("a"), (key("b"),))

    assert [ring.find(key(name).id) for name in "abc"] == [key("a"), key("b"), None]
