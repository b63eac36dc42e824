"""JSON is cut into pieces that together are the very text, whatever it holds."""

from collections.abc import Iterator, Sequence
from typing import Any, cast

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gladly_segment.debugger.json_text import (
    DEEPEST,
    LONGEST_COLOURED,
    LONGEST_READ,
    Kind,
    Leaf,
    Line,
    Piece,
    leaves,
    lines,
    pieces,
    unquoted,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)


def written(shown: Sequence[Line]) -> str:
    return "".join(piece.text for line in shown for piece in line.pieces)


def laid_out(text: str) -> list[tuple[int, str]]:
    return [(line.depth, "".join(piece.text for piece in line.pieces)) for line in lines(text)]


@given(st.text())
def test_whatever_the_text_is_its_pieces_are_the_text(text: str) -> None:
    assert "".join(piece.text for piece in pieces(text)) == text
    assert written(lines(text)) == text
    assert len(list(leaves(text))) <= len(text)


@given(JSON, st.sampled_from([-1, 0, 2]))
def test_the_leaves_are_what_json_holds(document: Any, indent: int) -> None:
    text = msgspec.json.format(msgspec.json.encode(document), indent=indent).decode()

    assert written(lines(text)) == text
    assert [(leaf.path, leaf.text) for leaf in leaves(text)] == list(_flattened(document, ()))


def _flattened(value: Any, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if isinstance(value, dict) and value:
        for key, each in cast("dict[str, Any]", value).items():
            yield from _flattened(each, (*path, key))
    elif isinstance(value, list) and value:
        for index, each in enumerate(cast("list[Any]", value)):
            yield from _flattened(each, (*path, index))
    else:
        yield path, msgspec.json.encode(value).decode()


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ('{"a":"b"}', [Kind.MARK, Kind.KEY, Kind.MARK, Kind.STRING, Kind.MARK]),
        ('"a" : "b"', [Kind.KEY, Kind.SPACE, Kind.MARK, Kind.SPACE, Kind.STRING]),
        ("[-1.5e+300,true,null]", [Kind.MARK, Kind.NUMBER, Kind.MARK, Kind.WORD, Kind.MARK, Kind.WORD, Kind.MARK]),
        (r'"a\"b\\"', [Kind.STRING]),
        ('"open', [Kind.OTHER, *[Kind.OTHER] * 4]),
    ],
)
def test_pieces_are_told_apart(text: str, kinds: list[Kind]) -> None:
    assert [piece.kind for piece in pieces(text)] == kinds


def test_each_member_and_each_item_stands_on_a_line_of_its_own() -> None:
    text = '{"a":{"b":[1,{"c":2}],"d":{}},"e":[]}'

    assert laid_out(text) == [
        (0, "{"),
        (1, '"a":{'),
        (2, '"b":['),
        (3, "1,"),
        (3, "{"),
        (4, '"c":2'),
        (3, "}"),
        (2, "],"),
        (2, '"d":{}'),
        (1, "},"),
        (1, '"e":[]'),
        (0, "}"),
    ]


def test_numbers_keep_all_their_digits_and_a_key_that_stands_there_twice_gives_two() -> None:
    text = '{"n":123456789012345678901234567890.10,"n":9007199254740993}'

    assert list(leaves(text)) == [
        Leaf(("n",), Kind.NUMBER, "123456789012345678901234567890.10"),
        Leaf(("n",), Kind.NUMBER, "9007199254740993"),
    ]


def test_a_string_reads_as_what_it_says() -> None:
    assert unquoted(r'"\u00e9\n\"<b>\""') == 'é\n"<b>"'
    assert unquoted("5") == "5"
    assert unquoted(r'"\ud800"') == r'"\ud800"'


def test_a_text_too_long_for_colours_is_one_piece() -> None:
    text = '"' + "x" * LONGEST_COLOURED + '"'

    assert lines(text) == [Line(0, [Piece(Kind.OTHER, text)])]
    assert list(leaves(text)) == [Leaf((), Kind.STRING, text)]


def test_a_text_too_long_to_be_read_is_one_value() -> None:
    text = "[" + "1," * LONGEST_READ + "1]"

    assert list(leaves(text)) == [Leaf((), Kind.OTHER, text)]


def test_nesting_of_any_depth_is_laid_out() -> None:
    deeper = 15_000 - DEEPEST
    text = "[" * 15_000 + "]" * 15_000

    assert max(line.depth for line in lines(text)) == 14_999
    assert list(leaves(text)) == [Leaf((0,) * DEEPEST, Kind.OTHER, "[" * deeper + "]" * deeper)]


def test_what_is_nested_too_deep_is_one_value_among_the_others() -> None:
    text = "[" * DEEPEST + '1,{"a":[2]} ,3' + "]" * DEEPEST

    assert [(leaf.path[-1], leaf.text) for leaf in leaves(text)] == [(0, "1"), (1, '{"a":[2]}'), (2, "3")]


def test_what_is_nested_too_deep_and_never_ends_is_one_value() -> None:
    assert [leaf.text for leaf in leaves("[" * DEEPEST + "[1")] == ["[1"]
