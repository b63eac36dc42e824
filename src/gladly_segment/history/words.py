"""Words: what of an event can be found by text, and what somebody looks for, in the same form."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import msgspec

_LONGEST: Final = 100
"""Letters of a word that count. Two words that begin alike for so long are the same."""
_MOST_WANTED: Final = 32
_SHORTEST_BEGINNING: Final = 3
"""The beginnings of words with one or two letters would be those of half of all words."""
_LEAST_DIGITS: Final = 7

_AROUND: Final = re.compile(r"^[\W_]+|[\W_]+$")
_PART: Final = re.compile(r"[^\W_]+")
_NO_DIGIT: Final = re.compile(r"\D+", re.ASCII)
_DIALLED: Final = re.compile(r"\+?[\d\s().\-/]+", re.ASCII)

# Country codes are one digit, or two of these, or three (E.164).
_OF_ONE_DIGIT: Final = ("1", "7")
_OF_TWO_DIGITS: Final = re.compile("2[07]|3[0-469]|4[0134-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]")


class Wanted(msgspec.Struct, frozen=True):
    """Words that an event must all have, each as a whole; of `beginning` it needs one that begins so.

    An event that has `instead` (as a whole word or the beginning of one) needs none of them: a phone number, written
    with blanks and brackets, is one word.
    """

    words: tuple[str, ...] = ()
    beginning: str = ""
    instead: str = ""

    def __bool__(self) -> bool:
        """Tell whether anything is wanted at all."""
        return bool(self.words or self.beginning or self.instead)

    def are_in(self, words: Iterable[str]) -> bool:
        """Tell whether an event with these words is one of those that are looked for."""
        there = frozenset(words)
        if self.instead and any(each.startswith(self.instead) for each in there):
            return True
        if not there.issuperset(self.words) or not (self.words or self.beginning):
            return False
        return not self.beginning or any(each.startswith(self.beginning) for each in there)


def wanted(text: str) -> Wanted:
    """Read what somebody looks for. Of very many words the first ones count."""
    words = tuple(dict.fromkeys(_whole(each) for each in _separate(text)))[:_MOST_WANTED]
    beginning = words[-1] if words and len(words[-1]) >= _SHORTEST_BEGINNING else ""
    return Wanted(words[:-1] if beginning else words, beginning, _dialled(text, words))


def words_of(text: str) -> Iterator[str]:
    """Give the words of a text: those between blanks, and their parts."""
    for word in _separate(text):
        whole = _whole(word)
        yield whole
        if not whole.isalnum():
            if "@" in whole:
                yield from (part[:_LONGEST] for part in whole.split("@") if part)
            yield from (part[:_LONGEST] for part in _PART.findall(whole))


def without_country_code(phone: str) -> str:
    """Give the digits of a phone number (E.164) as they are dialled within its country."""
    digits = _NO_DIGIT.sub("", phone)
    if digits.startswith(_OF_ONE_DIGIT):
        return digits[1:]
    return digits[2:] if _OF_TWO_DIGITS.match(digits) else digits[3:]


def _dialled(text: str, words: Sequence[str]) -> str:
    text = text.strip()
    if len(text) > _LONGEST or not _DIALLED.fullmatch(text):
        return ""
    # 00 is how a country code, and 0 how an area code is dialled in many places.
    digits = _NO_DIGIT.sub("", text).lstrip("0")
    return digits if len(digits) >= _LEAST_DIGITS and (digits,) != tuple(words) else ""


def _separate(text: str) -> Iterator[str]:
    if text.isascii() and text.isprintable():
        yield from text.lower().split()
        return
    # Not as it was typed, but as it reads: letters without marks, wide and narrow ones alike.
    for word in unicodedata.normalize("NFKD", text).casefold().split():
        kept = "".join(filter(_is_kept, word))
        if kept:
            yield kept


def _is_kept(letter: str) -> bool:
    # Control characters, halves of letters and what is for private use are no part of any word.
    return not unicodedata.combining(letter) and not unicodedata.category(letter).startswith("C")


def _whole(word: str) -> str:
    return (word if word.isalnum() else _AROUND.sub("", word) or word)[:_LONGEST]
