"""Whom the past is about, and what reading it cost in requests next to the least that it could have cost. Pure."""

from collections import Counter
from collections.abc import Sequence

import msgspec

from gladly_segment.sandbox.audit import GladlyBooks
from tests.system.past.traffic import API, Past, Request, asked_again

_LISTS = tuple(f"{API}/{name}" for name in ("reports", "export", "events", "agents", "topics"))
_EACH = 2
"""A customer's profile, and the list of its conversations."""


class Calls(msgspec.Struct, frozen=True, kw_only=True):
    """Requests for customers and conversations of the past, and the least that would have done.

    `again` of them were for what had been asked for before, `lists` are no part of them.
    """

    made: int
    again: int
    least: int
    by_other_ids: int
    """How many more are allowed as lists name some customers by several ids."""
    lists: int
    conversations: int

    @property
    def needless(self) -> int:
        """Requests for what need not have been asked for at all."""
        return max(self.made - self.again - self.least - self.by_other_ids, 0)


class Families:
    """Customers and whom they were merged into."""

    def __init__(self, books: GladlyBooks) -> None:
        self._into = {each.source: each.target for each in books.merges}

    def survivor(self, customer: str) -> str:
        """Give the customer that is left of it."""
        while customer in self._into:
            customer = self._into[customer]
        return customer


def past_of(books: GladlyBooks, touched: Sequence[str]) -> Past:
    """Give whom only a backfill reads: nobody of whom live play has touched a conversation.

    `books` are Gladly's before anything live was played.
    """
    families, met = Families(books), frozenset(touched)
    alive = {families.survivor(each.customer_id) for each in books.occurrences if each.conversation_id in met}
    ours = [each for each in books.occurrences if families.survivor(each.customer_id) not in alive]
    named = {each.customer_id for each in ours}
    ids = Counter(map(families.survivor, named))
    return Past(
        frozenset({*named, *ids}),
        frozenset(each.conversation_id for each in ours),
        {each: more for each in {*named, *ids} if (more := ids[families.survivor(each)] - 1)},
    )


def calls(requests: Sequence[Request], books: GladlyBooks, past: Past) -> Calls:
    """Count them. `books` are as for `past_of`.

    Lists of the past tell of what still exists: that costs two requests a customer, and one for each id of a customer
    that was merged into another, by which the lists still name it.
    """
    families, kept = Families(books), {each.id for each in books.conversations}
    told = [
        each
        for each in books.occurrences
        if each.conversation_id in kept and each.conversation_id in past.conversations
    ]
    named = {each.customer_id for each in told}
    survivors = {families.survivor(each) for each in named}
    return Calls(
        made=sum(past.reads(each) for each in requests),
        again=asked_again(requests, past),
        least=_EACH * len(survivors) + len(named - survivors),
        by_other_ids=sum(past.merged.get(each, 0) * (_EACH if each in survivors else 1) for each in survivors | named),
        lists=sum(each.path.startswith(_LISTS) for each in requests),
        conversations=len({each.conversation_id for each in told}),
    )
