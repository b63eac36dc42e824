"""What is different between a track event as it was made and as it would be made now, property by property."""

from collections import Counter
from collections.abc import Sequence
from enum import StrEnum
from typing import Final

import msgspec

from gladly_segment.debugger.json_text import Kind, Leaf, leaves

WHOLE: Final = "all of it"
"""The path of an event that is too long to be compared value by value."""

_PROPERTIES: Final = "properties"


class DifferenceKind(StrEnum):
    """What became of a value."""

    SAME = "same"
    CHANGED = "changed"
    ADDED = "added"
    GONE = "gone"


class Difference(msgspec.Struct, frozen=True):
    """One value, by its way in the event; `before` and `now` are JSON, None where there is none."""

    path: str
    change: DifferenceKind
    before: str | None
    now: str | None


def differences(before: str, now: str) -> Sequence[Difference]:
    """Compare the JSON of two track events, in the order of the new one; what is gone comes last.

    Texts are the same if they say the same, numbers if they are written the same.
    """
    old, new = _by_path(before), _by_path(now)
    met = [_difference(path, old.get(path), leaf) for path, leaf in new.items()]
    return [*met, *(_difference(path, leaf, None) for path, leaf in old.items() if path not in new)]


def path_text(path: Sequence[str | int]) -> str:
    """Write a way as people do: `customAttributes.tags[0]`; properties are the event's own."""
    parts = path[1:] if len(path) > 1 and path[0] == _PROPERTIES else path
    text = ""
    for part in parts:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{part}" if text else part
    return text


def _by_path(text: str) -> dict[str, Leaf]:
    met = Counter[str]()
    found: dict[str, Leaf] = {}
    for leaf in leaves(text):
        path = path_text(leaf.path) or WHOLE
        met[path] += 1
        # Of a key that stands there twice, each is compared with its like.
        found[path if met[path] == 1 else f"{path} ({met[path]})"] = leaf
    return found


def _difference(path: str, before: Leaf | None, now: Leaf | None) -> Difference:
    if before is None:
        change = DifferenceKind.ADDED
    elif now is None:
        change = DifferenceKind.GONE
    else:
        change = DifferenceKind.SAME if _same(before, now) else DifferenceKind.CHANGED
    return Difference(path, change, before and before.text, now and now.text)


def _same(before: Leaf, now: Leaf) -> bool:
    return before.text == now.text or (before.kind is now.kind is Kind.STRING and before.value == now.value)
