"""Which receipt is that of an occurrence that a list of the past tells of."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final, Generic, Protocol, TypeAlias, TypeVar

import msgspec

from gladly_segment.core.ids import ConversationId
from gladly_segment.core.occurrence import EventKind

TOLERANCE: Final = timedelta(seconds=1)
"""So far apart may two times of one closing be: lists have milliseconds or seconds, webhooks up to nine digits."""


class Happened(Protocol):
    """What a list tells: a `PastOccurrence`."""

    @property
    def conversation(self) -> ConversationId:
        """Whose occurrence it is."""
        ...

    @property
    def kind(self) -> EventKind:
        """What happened."""
        ...

    @property
    def at(self) -> datetime:
        """When, by Gladly."""
        ...


class Known(Protocol):
    """What the journal has: an `Outcome`."""

    @property
    def conversation(self) -> ConversationId:
        """Whose receipt it is."""
        ...

    @property
    def kind(self) -> EventKind:
        """What it tells of."""
        ...

    @property
    def occurred_at(self) -> datetime | None:
        """When that happened, by Gladly; None where it named no time."""
        ...


T = TypeVar("T", bound=Happened)
K = TypeVar("K", bound=Known)


class Matched(msgspec.Struct, Generic[T, K], frozen=True):
    """Occurrences with their receipts, one to one; and what is in the lists only, or in the journal only."""

    pairs: tuple[tuple[T, K], ...]
    told_only: tuple[T, ...]
    known_only: tuple[K, ...]


_Place: TypeAlias = tuple[ConversationId, EventKind]


def match(told: Iterable[T], known: Iterable[K]) -> Matched[T, K]:
    """Pair what is told with what is known: of a conversation, a kind, and a moment less than or just a second apart.

    The nearest are paired first. A creation happens once, so its time does not matter: the first receipt is the one.
    What is left over keeps the order in which it was given.
    """
    occurrences, receipts = _by_place(told), _by_place(known)
    pairs: list[tuple[T, K]] = []
    told_only: list[T] = []
    for place, happened in occurrences.items():
        there = receipts.get(place, [])
        paired = _first(there) if place[1] is EventKind.CREATED else _nearest(happened, there)
        pairs += [(happened[left], there[right]) for left, right in paired]
        told_only += _without(happened, {left for left, _ in paired})
        receipts[place] = _without(there, {right for _, right in paired})
    known_only = [each for rest in receipts.values() for each in rest]
    return Matched(tuple(pairs), tuple(told_only), tuple(known_only))


_EachT = TypeVar("_EachT")


class _Placed(Protocol):
    @property
    def conversation(self) -> ConversationId: ...
    @property
    def kind(self) -> EventKind: ...


_PlacedT = TypeVar("_PlacedT", bound=_Placed)


def _by_place(each_one: Iterable[_PlacedT]) -> dict[_Place, list[_PlacedT]]:
    places: defaultdict[_Place, list[_PlacedT]] = defaultdict(list)
    for each in each_one:
        places[each.conversation, each.kind].append(each)
    return dict(places)


def _first(there: Sequence[Known]) -> list[tuple[int, int]]:
    return [(0, 0)] if there else []


def _nearest(happened: Sequence[Happened], there: Sequence[Known]) -> list[tuple[int, int]]:
    """Pair indices, the nearest first."""
    distances = sorted(
        (distance, left, right)
        for left, occurrence in enumerate(happened)
        for right, receipt in enumerate(there)
        if receipt.occurred_at is not None and (distance := abs(receipt.occurred_at - occurrence.at)) <= TOLERANCE
    )
    lefts: set[int] = set()
    rights: set[int] = set()
    pairs: list[tuple[int, int]] = []
    for _, left, right in distances:
        if left not in lefts and right not in rights:
            lefts.add(left)
            rights.add(right)
            pairs.append((left, right))
    return pairs


def _without(each_one: Sequence[_EachT], taken: set[int]) -> list[_EachT]:
    return [each for index, each in enumerate(each_one) if index not in taken]
