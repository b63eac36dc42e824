"""Gathered occurrences in the file: kept once, put in order, taken in hand, struck out."""

import sqlite3
from collections import Counter
from collections.abc import Sequence
from typing import Final

import msgspec

from gladly_segment.core.backfill import BackfillNumber, Found, Needs
from gladly_segment.core.ids import ConversationId, CustomerId, OrganizationId
from gladly_segment.core.moments import to_ms
from gladly_segment.core.occurrence import EventKind
from gladly_segment.core.past import PastOccurrence
from gladly_segment.spool.rows import OCCURRENCE, moment_of, occurrence_of, written

_IN_ORDER: Final = "turn, customer, conversation, at_ms, kind = 'closed'"
_FREE_PAGES: Final = 2_000

_KEEP: Final = (
    "INSERT INTO occurrences (backfill, conversation, kind, moment, at_ms, told, customer, source, event_id, certain,"
    " body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
)
_BETTER: Final = (
    "UPDATE occurrences SET at_ms = ?, told = ?, customer = ?, source = ?, event_id = ?, certain = 1, body = ?"
    " WHERE backfill = ? AND conversation = ? AND kind = ? AND moment = ? AND certain = 0 AND in_hand = 0"
)
_TAKE: Final = (
    "UPDATE occurrences SET at_ms = ?, told = ?, source = ?, event_id = ?, certain = ?, body = ?, in_hand = 1"
    " WHERE backfill = ? AND conversation = ? AND kind = ? AND moment = ?"
)
_MARK: Final = "UPDATE occurrences SET known = 1 WHERE backfill = ? AND conversation = ? AND kind = ? AND moment = ?"
_STRIKE: Final = "DELETE FROM occurrences WHERE backfill = ? AND conversation = ? AND kind = ? AND moment = ?"


def gather(db: sqlite3.Connection, number: BackfillNumber, told: Sequence[PastOccurrence]) -> None:
    """See the port."""
    new: Counter[EventKind] = Counter()
    for each in told:
        told_of = (to_ms(each.at), each.told, each.customer or "", each.source, each.event_id)
        place = (number, each.conversation, each.kind, moment_of(each))
        if db.execute(_KEEP, (*place, *told_of, each.certain, each.body)).rowcount:
            new[each.kind] += 1
        elif each.certain:
            db.execute(_BETTER, (*told_of, each.body, *place))
    found = _found(db, number)
    created, closed = found.created + new[EventKind.CREATED], found.closed + new[EventKind.CLOSED]
    _note_found(db, number, msgspec.structs.replace(found, created=created, closed=closed))


def note_unreadable(db: sqlite3.Connection, number: BackfillNumber, unreadable: int) -> None:
    """Count lines that could not be read."""
    found = _found(db, number)
    _note_found(db, number, msgspec.structs.replace(found, unreadable=found.unreadable + unreadable))


def arrange(db: sqlite3.Connection, number: BackfillNumber) -> Found:
    """See the port."""
    db.execute("UPDATE occurrences SET known = 0 WHERE backfill = ? AND known = 1", (number,))
    # Of a conversation that changed hands in a merge the last customer is the one to ask for; its order must hold.
    db.execute(
        "UPDATE occurrences AS one SET customer ="
        " (SELECT customer FROM occurrences WHERE backfill = one.backfill AND conversation = one.conversation"
        "  ORDER BY customer = '', at_ms DESC LIMIT 1)"
        " WHERE backfill = ?1 AND conversation IN"
        " (SELECT conversation FROM occurrences WHERE backfill = ?1 GROUP BY conversation"
        "  HAVING min(customer) <> max(customer))",
        (number,),
    )
    # A conversation that was not closed may be closed live at any time: its creation is to be sent before that.
    db.execute(
        "UPDATE occurrences SET turn = 0 WHERE backfill = ?1 AND customer IN"
        " (SELECT customer FROM occurrences WHERE backfill = ?1 GROUP BY conversation HAVING max(kind = 'closed') = 0)",
        (number,),
    )
    conversations, customers = db.execute(
        "SELECT count(DISTINCT conversation), count(DISTINCT nullif(customer, '')) FROM occurrences WHERE backfill = ?",
        (number,),
    ).fetchone()
    found = _found(db, number)
    found = msgspec.structs.replace(
        found,
        conversations=max(found.conversations, conversations),
        customers=max(found.customers, customers),
    )
    _note_found(db, number, found)
    return found


def page(
    db: sqlite3.Connection, number: BackfillNumber, after: ConversationId | None, limit: int
) -> Sequence[PastOccurrence]:
    """See the port."""
    rows = db.execute(
        f"SELECT {OCCURRENCE} FROM occurrences WHERE backfill = ?1 AND in_hand = 0 AND conversation IN"  # noqa: S608
        " (SELECT DISTINCT conversation FROM occurrences WHERE backfill = ?1 AND conversation > ?2 AND in_hand = 0"
        "  ORDER BY conversation LIMIT ?3) ORDER BY conversation, at_ms",
        (number, after or "", limit),
    ).fetchall()
    return [occurrence_of(row) for row in rows]


def mark_known(db: sqlite3.Connection, number: BackfillNumber, known: Sequence[PastOccurrence]) -> None:
    """See the port."""
    db.executemany(_MARK, [(number, each.conversation, each.kind, moment_of(each)) for each in known])


def needs(db: sqlite3.Connection, number: BackfillNumber) -> Needs:
    """See the port."""
    occurrences, uncertain, customers, alone = db.execute(
        "SELECT count(*), coalesce(sum(certain = 0), 0), count(DISTINCT nullif(customer, '')),"
        " count(DISTINCT CASE customer WHEN '' THEN conversation END)"
        " FROM occurrences WHERE backfill = ? AND in_hand = 0 AND known = 0",
        (number,),
    ).fetchone()
    (known,) = db.execute("SELECT count(*) FROM occurrences WHERE backfill = ? AND known = 1", (number,)).fetchone()
    return Needs(occurrences=occurrences, uncertain=uncertain, customers=customers, without_customer=alone, known=known)


def upcoming(db: sqlite3.Connection, number: BackfillNumber, limit: int) -> Sequence[PastOccurrence]:
    """See the port."""
    rows = db.execute(
        f"SELECT {OCCURRENCE} FROM occurrences WHERE backfill = ? AND in_hand = 0"  # noqa: S608 - our own texts
        f" ORDER BY {_IN_ORDER} LIMIT ?",
        (number, limit),
    ).fetchall()
    found = [occurrence_of(row) for row in rows]
    if len(found) < limit:
        return found
    last = found[-1].conversation
    whole = [each for each in found if each.conversation != last]
    return whole or _of(db, number, last)


def _of(db: sqlite3.Connection, number: BackfillNumber, conversation: ConversationId) -> Sequence[PastOccurrence]:
    rows = db.execute(
        f"SELECT {OCCURRENCE} FROM occurrences WHERE backfill = ? AND conversation = ? AND in_hand = 0"  # noqa: S608
        f" ORDER BY {_IN_ORDER}",
        (number, conversation),
    ).fetchall()
    return [occurrence_of(row) for row in rows]


def in_hand(db: sqlite3.Connection, number: BackfillNumber) -> Sequence[PastOccurrence]:
    """See the port."""
    rows = db.execute(
        f"SELECT {OCCURRENCE} FROM occurrences WHERE backfill = ? AND in_hand = 1"  # noqa: S608 - our own texts
        " ORDER BY conversation, at_ms, kind = 'closed'",
        (number,),
    ).fetchall()
    return [occurrence_of(row) for row in rows]


def take(db: sqlite3.Connection, number: BackfillNumber, taken: Sequence[PastOccurrence]) -> None:
    """Take occurrences in hand, as they are given now."""
    db.executemany(
        _TAKE,
        [
            (
                *(to_ms(each.at), each.told, each.source, each.event_id, each.certain, each.body),
                *(number, each.conversation, each.kind, moment_of(each)),
            )
            for each in taken
        ],
    )


def strike(db: sqlite3.Connection, number: BackfillNumber, struck: Sequence[PastOccurrence]) -> None:
    """Strike occurrences out."""
    db.executemany(_STRIKE, [(number, each.conversation, each.kind, moment_of(each)) for each in struck])


def forget_customers(db: sqlite3.Connection, organization: OrganizationId, customers: Sequence[CustomerId]) -> None:
    """Strike out whatever is kept of customers, whichever backfill it is of."""
    db.executemany(
        "DELETE FROM occurrences WHERE customer = ?"
        " AND backfill IN (SELECT number FROM backfills WHERE organization = ?)",
        [(customer, organization) for customer in customers],
    )


def give_room_back(db: sqlite3.Connection) -> None:
    """Give some of the room of what was struck out back to the disk."""
    db.execute(f"PRAGMA incremental_vacuum({_FREE_PAGES})").fetchall()


def _found(db: sqlite3.Connection, number: BackfillNumber) -> Found:
    (found,) = db.execute("SELECT found FROM backfills WHERE number = ?", (number,)).fetchone()
    return msgspec.json.decode(found, type=Found)


def _note_found(db: sqlite3.Connection, number: BackfillNumber, found: Found) -> None:
    db.execute("UPDATE backfills SET found = ? WHERE number = ?", (written(found), number))
