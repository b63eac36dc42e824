"""What is checked before anything is changed."""

import pytest

from gladly_segment.connect.looking import look_at_write_key
from gladly_segment.core.errors import ConnectRefusedError
from gladly_segment.core.secret import Secret


@pytest.mark.parametrize("text", ["two words", "two\nlines", "tab\there", "ключ", "nul\x00", "<html> canary"])
def test_what_no_write_key_can_be_is_refused_and_not_told(text: str) -> None:
    with pytest.raises(ConnectRefusedError) as error:
        look_at_write_key(Secret(text), is_segments=False)

    assert error.value.reason == "write_key_refused"
    assert text not in error.value.message


def test_an_unusual_write_key_is_remarked_on_and_taken() -> None:
    assert look_at_write_key(Secret("aB3" * 10 + "xY"), is_segments=True) == ""
    assert "32 letters and digits" in look_at_write_key(Secret("sandbox-write-key"), is_segments=True)
    assert look_at_write_key(Secret("sandbox-write-key"), is_segments=False) == ""
