"""A secret is shown to nobody who does not ask for it by name."""

import msgspec
import pytest

from gladly_segment.core.secret import MASK, Secret


class Account(msgspec.Struct, frozen=True):
    token: Secret


SECRET = Secret("hunter2")


@pytest.mark.parametrize(
    "shown",
    [str(SECRET), repr(SECRET), f"{SECRET}", "%s" % SECRET, str([SECRET]), repr(Account(SECRET))],  # noqa: UP031
)
def test_it_shows_as_a_mask(shown: str) -> None:
    assert "hunter2" not in shown
    assert MASK in shown


def test_it_is_no_json() -> None:
    with pytest.raises(TypeError):
        msgspec.json.encode(Account(SECRET))


def test_it_is_given_to_the_wire() -> None:
    assert SECRET.reveal() == "hunter2"


def test_secrets_are_compared_by_their_text() -> None:
    assert Secret("hunter2") == SECRET
    assert Secret("hunter3") != SECRET
    assert SECRET != "hunter2"
    assert len({Secret("hunter2"), SECRET, Secret("hunter3")}) == 2
