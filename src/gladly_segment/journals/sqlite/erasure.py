"""Erased customers, known by salted digests only: what names one of them is not kept."""

import hashlib
import re
import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any, Final, cast

import msgspec

from gladly_segment.core.ids import CustomerId, Lane, OrganizationId
from gladly_segment.core.lifecycle import State, SuppressReason
from gladly_segment.core.records import MadeReady, Receipt, Settlement, Suppressed
from gladly_segment.journals.sqlite.bookkeeping import write_fetched

SALT_BYTES: Final = 16

_QUOTED: Final = re.compile(rb'"([^"\\]*)"')


def texts_in(content: bytes) -> frozenset[str]:
    """Give all texts of a JSON document, names of fields too; of what is no JSON, all that stands in quotes."""
    try:
        return frozenset(_walk(msgspec.json.decode(content)))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return frozenset(found.decode(errors="replace") for found in _QUOTED.findall(content))


def salt_of(db: sqlite3.Connection, organization: OrganizationId) -> str | None:
    """Give the salt of an organization's digests; None where nobody was erased."""
    row = db.execute("SELECT customer FROM erasures WHERE organization = ? LIMIT 1", (organization,)).fetchone()
    return None if row is None else row[0].partition(":")[0]


def digest_of(salt: str, customer: str) -> str:
    """Give what is kept of an erased customer's id: `salt:digest`, in hex."""
    # What Gladly does not allow in an id may still be in a text that is compared with one.
    content = bytes.fromhex(salt) + customer.encode("utf-8", "surrogatepass")
    return f"{salt}:{hashlib.sha256(content).hexdigest()}"


def remember(db: sqlite3.Connection, organization: OrganizationId, digests: Sequence[str], now_ms: int) -> None:
    """Note customers that must not come back."""
    db.executemany(
        "INSERT OR IGNORE INTO erasures (organization, customer, at_ms) VALUES (?, ?, ?)",
        [(organization, digest, now_ms) for digest in digests],
    )


def erasures(db: sqlite3.Connection) -> dict[OrganizationId, int]:
    """Count the erased customers of each organization."""
    rows = db.execute("SELECT organization, count(*) FROM erasures GROUP BY organization").fetchall()
    return {OrganizationId(organization): count for organization, count in rows}


def erased_in(db: sqlite3.Connection, organization: OrganizationId, content: bytes) -> frozenset[CustomerId]:
    """Find the erased customers that a JSON document names. Costs one look-up where nobody was erased."""
    salt = salt_of(db, organization)
    if salt is None:
        return frozenset()
    known = "SELECT 1 FROM erasures WHERE organization = ? AND customer = ?"
    return frozenset(
        CustomerId(text)
        for text in texts_in(content)
        if db.execute(known, (organization, digest_of(salt, text))).fetchone()
    )


def admitted(db: sqlite3.Connection, receipt: Receipt) -> Receipt:
    """Give a receipt as it may be kept: one that names an erased customer has ended, and is without content."""
    erased = erased_in(db, receipt.organization, receipt.body)
    if not erased:
        return receipt
    salt = salt_of(db, receipt.organization) or ""
    return msgspec.structs.replace(
        receipt,
        body=b"",
        lane=lane_without(receipt.lane, erased, salt),
        event_id=id_without(receipt.event_id, erased),
        state=State.SUPPRESSED,
        reason=SuppressReason.CUSTOMER_ERASED,
    )


def settled(db: sqlite3.Connection, organization: OrganizationId, settlement: Settlement) -> Settlement:
    """Give a settlement as it may be carried out: a track event of an erased customer is suppressed.

    The receipt did not name the customer, or it would have been erased: the conversation came to it in a merge.
    """
    if not isinstance(settlement, MadeReady | Suppressed):
        return settlement
    if isinstance(settlement, MadeReady) and erased_in(db, organization, settlement.payload):
        return Suppressed(settlement.seq, SuppressReason.CUSTOMER_ERASED)
    if erased_in(db, organization, write_fetched(settlement.fetched).encode()):
        return msgspec.structs.replace(settlement, fetched=())
    return settlement


def lane_without(lane: Lane, customers: frozenset[CustomerId], salt: str) -> Lane:
    """Name a lane without a customer's id."""
    kind, _, name = lane.partition(":")
    return Lane(f"{kind}:{digest_of(salt, name)}") if name in customers else lane


def id_without(event_id: str, customers: frozenset[CustomerId]) -> str:
    """Give the id of an event, unless a customer's is in it."""
    return "" if any(customer in event_id for customer in customers) else event_id


def _walk(document: object) -> Iterator[str]:
    rest: list[object] = [document]
    while rest:
        each = rest.pop()
        if isinstance(each, str):
            yield each
        elif isinstance(each, list):
            rest += cast("list[Any]", each)
        elif isinstance(each, dict):
            fields = cast("dict[str, Any]", each)
            yield from fields
            rest += fields.values()
