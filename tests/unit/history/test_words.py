"""What counts as a word, and what somebody looks for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gladly_segment.history.words import Wanted, wanted, without_country_code, words_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Ann Lee", {"ann", "lee"}),
        ("José Müller-Łuk", {"jose", "muller-łuk", "muller", "łuk"}),
        ("STRASSE straße", {"strasse"}),
        ("ann.lee@shop.example", {"ann.lee@shop.example", "ann.lee", "shop.example", "ann", "lee", "shop", "example"}),
        ("+14155550142", {"14155550142"}),
        ("gladly-00ff", {"gladly-00ff", "gladly", "00ff"}),
        ("(Ann),", {"ann"}),
        ("🎉 party", {"🎉", "party"}),
        ("a\x00b\ud800c\ue000d", {"abcd"}),
        (" \t\n ", set[str]()),
        ("x" * 10_000, {"x" * 100}),
    ],
)
def test_a_text_has_these_words(text: str, words: set[str]) -> None:
    assert set(words_of(text)) == words


@pytest.mark.parametrize(
    ("text", "looked_for"),
    [
        ("", Wanted()),
        ("Ann Lee", Wanted(("ann",), "lee")),
        ("an", Wanted(("an",))),
        ("ann ann", Wanted((), "ann")),
        ("+1 (415) 555-0142", Wanted(("1", "415"), "555-0142", "14155550142")),
        ("030 1234567", Wanted(("030",), "1234567", "301234567")),
        ("4155550142", Wanted((), "4155550142")),
        ('"ann" OR *', Wanted(("ann", "or", "*"))),
    ],
)
def test_somebody_looks_for_words_the_last_of_which_may_be_a_beginning(text: str, looked_for: Wanted) -> None:
    assert wanted(text) == looked_for


@pytest.mark.parametrize(
    ("phone", "national"),
    [
        ("+14155550142", "4155550142"),
        ("+493012345", "3012345"),
        ("+3581234567", "1234567"),
        ("+79161234567", "9161234567"),
    ],
)
def test_a_phone_number_is_dialled_without_its_country_code(phone: str, national: str) -> None:
    assert without_country_code(phone) == national


@given(st.text())
def test_whatever_a_text_is_it_has_the_words_that_one_finds_it_by(text: str) -> None:
    words = list(words_of(text))

    assert all(wanted(word).are_in(words) for word in text.split() if wanted(word))
    assert all(word and " " not in word for word in words)


def test_what_is_not_there_is_not_found() -> None:
    words = list(words_of("Ann Lee +14155550142"))

    assert not wanted("ann leeds").are_in(words)
    assert not wanted("an lee").are_in(words)
    assert not wanted("(415) 555-0143").are_in(words)
