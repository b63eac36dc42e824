"""JSON as it was written: cut into pieces that together are the very text, for colours and for tables.

Nothing of it is read and written again: numbers of any length, keys that stand there twice and white space stay.
"""

import re
from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Final

import msgspec

LONGEST_COLOURED: Final = 40_000
"""Characters, more than Segment takes; a longer text is laid out as one piece."""

LONGEST_READ: Final = 200_000
"""Characters; a longer text is one value."""

DEEPEST: Final = 30
"""Containers in one another; what is deeper is one value."""

_PIECE: Final = re.compile(
    r'(?P<space>[ \t\r\n]+)|(?P<string>"[^"\\]*(?:\\.[^"\\]*)*")|(?P<number>-?[0-9][0-9.eE+-]*)'
    r"|(?P<word>true|false|null)|(?P<mark>[{}\[\],:])|(?P<other>.)",
    re.DOTALL,
)
_OPENING: Final = frozenset({"{", "["})
_CLOSING: Final = frozenset({"}", "]"})
_text: Final = msgspec.json.Decoder(str)


class Kind(StrEnum):
    """What a piece is."""

    KEY = "key"
    STRING = "string"
    NUMBER = "number"
    WORD = "word"
    """true, false or null."""
    MARK = "mark"
    SPACE = "space"
    OTHER = "other"
    """What no JSON has, or what is too long to be looked into."""


class Piece(msgspec.Struct, frozen=True):
    """A part of the text."""

    kind: Kind
    text: str


_KINDS: Final = {str(kind): kind for kind in Kind}
_MARKS: Final = {mark: Piece(Kind.MARK, mark) for mark in "{}[],:"}


class Line(msgspec.Struct, frozen=True):
    """What is shown on one line, `depth` containers deep; the text itself has no line break there."""

    depth: int
    pieces: Sequence[Piece]


class Leaf(msgspec.Struct, frozen=True):
    """A value with its way there: keys, and indices of arrays. `text` is as it was written; a container is empty."""

    path: tuple[str | int, ...]
    kind: Kind
    text: str

    @property
    def value(self) -> str:
        """What a person reads: a string without its quotes."""
        return unquoted(self.text) if self.kind is Kind.STRING else self.text


def pieces(text: str) -> Iterator[Piece]:
    """Cut a text; together the pieces are the text, whether it is JSON or not."""
    held: list[Piece] = []  # a string, and the white space behind it, until it shows whether it is a key
    for found in _PIECE.finditer(text):
        piece = _MARKS.get(found[0]) or Piece(_KINDS[found.lastgroup or "other"], found[0])
        if held and piece.kind is not Kind.SPACE:
            kind = Kind.KEY if piece.text == ":" else Kind.STRING
            yield Piece(kind, held[0].text)
            yield from held[1:]
            held = []
        if held or piece.kind is Kind.STRING:
            held.append(piece)
        else:
            yield piece
    yield from held


def lines(text: str) -> Sequence[Line]:
    """Lay a text out for reading: each member and each item on a line of its own."""
    if len(text) > LONGEST_COLOURED:
        return [Line(0, [Piece(Kind.OTHER, text)])]
    laid: list[Line] = []
    line: list[Piece] = []
    depth = line_depth = 0
    former = ""
    for piece in pieces(text):
        mark = piece.text if piece.kind is Kind.MARK else ""
        depth -= mark in _CLOSING
        if line and piece.kind is not Kind.SPACE and _breaks(former, mark):
            laid.append(Line(line_depth, line))
            line = []
        line_depth = line_depth if line else depth
        line.append(piece)
        depth += mark in _OPENING
        former = former if piece.kind is Kind.SPACE else mark or "value"
    return [*laid, Line(line_depth, line)] if line else laid


def _breaks(former: str, mark: str) -> bool:
    if mark in _CLOSING:
        return former not in _OPENING  # an empty container stays on its line
    return former in _OPENING or former == ","


def leaves(text: str) -> Iterator[Leaf]:
    """Give all values that hold no others, in the order of the text; a key that stands there twice gives two.

    What is nested deeper than anybody reads is one value.
    """
    if len(text) > LONGEST_READ:
        yield Leaf((), Kind.OTHER, text)
        return
    way: list[str | int] = []
    former = ""
    for piece in _folded(text):
        if piece.kind is Kind.SPACE:
            continue
        if piece.kind is Kind.KEY:
            way[-1:] = [unquoted(piece.text)]
        elif piece.kind is not Kind.MARK:
            yield Leaf(tuple(way), piece.kind, piece.text)
        elif former in _OPENING and piece.text in _CLOSING:
            yield Leaf(tuple(way[:-1]), Kind.MARK, former + piece.text)
        if piece.kind is Kind.MARK:
            _step(way, piece.text)
        former = piece.text if piece.kind is Kind.MARK else ""


def _folded(text: str) -> Iterator[Piece]:
    depth = 0
    deep: list[str] = []
    for piece in pieces(text):
        mark = piece.text if piece.kind is Kind.MARK else ""
        depth += mark in _OPENING
        if depth > DEEPEST:
            deep.append(piece.text)
        else:
            yield piece
        depth -= mark in _CLOSING
        if deep and depth == DEEPEST:
            yield Piece(Kind.OTHER, "".join(deep))
            deep = []
    if deep:
        yield Piece(Kind.OTHER, "".join(deep))


def unquoted(text: str) -> str:
    """Give what a JSON string says; itself when it says nothing that can be read."""
    if "\\" not in text and text[:1] == text[-1:] == '"' and len(text) > 1:
        return text[1:-1]
    try:
        return _text.decode(text.encode())
    except (msgspec.DecodeError, UnicodeEncodeError):
        return text


def _step(way: list[str | int], mark: str) -> None:
    match mark:
        case "{":
            way.append("")
        case "[":
            way.append(0)
        case "}" | "]":
            if way:
                way.pop()
        case ",":
            if way and isinstance(way[-1], int):
                way[-1] += 1
        case _:
            pass
