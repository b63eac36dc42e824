"""Which of a conversation's like events is which: the reading of the books by which the least is wrong."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import islice, permutations, product

from gladly_segment.sandbox.audit.matching import Match

_MOST_READINGS = 1_000
"""Of one conversation; six closings that look alike have 720."""


def fairest(matches: Sequence[Match], offences: Callable[[Sequence[Match]], int]) -> list[Match]:
    """Read the books of each conversation in favour of the service.

    A webhook that was kept before its sender was cut off is acknowledged only when it comes again, maybe after
    a later one: the order of acknowledgement is then not that of the log. `offences` counts what is wrong in a
    reading of one conversation.
    """
    conversations = defaultdict[str, list[Match]](list)
    for each in matches:
        conversations[each.case.occurrence.conversation_id].append(each)
    return [each for found in conversations.values() for each in _fairest(found, offences)]


def _fairest(matches: Sequence[Match], offences: Callable[[Sequence[Match]], int]) -> Sequence[Match]:
    best, least = matches, offences(matches)
    for reading in islice(_readings(matches), _MOST_READINGS):
        if least == 0:
            break
        if (count := offences(reading)) < least:
            best, least = reading, count
    return best


def _readings(matches: Sequence[Match]) -> Iterator[list[Match]]:
    kinds = defaultdict[str, list[Match]](list)
    for each in matches:
        kinds[each.case.occurrence.kind].append(each)
    for orders in product(*(permutations(like) for like in kinds.values())):
        yield [
            Match(claimed.case, given.stored)
            for like, order in zip(kinds.values(), orders, strict=True)
            for claimed, given in zip(order, like, strict=True)
        ]
