"""Goes through a whole journal and takes the content of what names a customer out of it."""

import hashlib
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Final, Protocol

import msgspec

from gladly_segment.core.ids import CustomerId, Lane, OrganizationId, Seq
from gladly_segment.core.lifecycle import CURATED, State, SuppressReason, unsettled
from gladly_segment.core.records import History, Selection
from gladly_segment.journals.sqlite import curation, erasure
from gladly_segment.journals.sqlite.bookkeeping import Step, note_attempt, promote, write_fetched
from gladly_segment.journals.sqlite.connect import transaction
from gladly_segment.journals.sqlite.upkeep import empty

_WINDOW: Final = 2_000
_PORTION: Final = 50
_PERSONAL: Final = ("customerName", "email", "phone")
_ERASED: Final = "erased"


class Wanted(Protocol):
    """Whom a sweep is about."""

    def named_in(self, content: bytes) -> frozenset[CustomerId]:
        """Tell which of them a JSON document names."""
        ...


class ById(msgspec.Struct, frozen=True):
    """Customers whose ids are known."""

    customers: frozenset[CustomerId]

    def named_in(self, content: bytes) -> frozenset[CustomerId]:
        """See the protocol."""
        if b"\\" in content:
            return self.customers & erasure.texts_in(content)
        return frozenset(each for each in self.customers if quoted(each) in content)


class ByDigest(msgspec.Struct, frozen=True):
    """Customers of whom only the digests are known."""

    salt: str
    digests: frozenset[str]

    def named_in(self, content: bytes) -> frozenset[CustomerId]:
        """See the protocol."""
        texts = erasure.texts_in(content)
        return frozenset(CustomerId(text) for text in texts if erasure.digest_of(self.salt, text) in self.digests)


class Sweep:
    """One sweep through an organization's receipts, in portions; what it found and did is counted."""

    def __init__(
        self, db: sqlite3.Connection, organization: OrganizationId, wanted: Wanted, salt: str, now_ms: int
    ) -> None:
        self.looked_at = 0
        self.emptied = 0
        self.suppressed = 0
        self.personal: set[bytes] = set()
        """What stood in the erased receipts, as it stood there: the ids, and what the track events told of persons."""
        self._db = db
        self._organization = organization
        self._wanted = wanted
        self._salt = salt
        self._now_ms = now_ms
        self._keys = hashlib.sha256()

    @property
    def keys_digest(self) -> str:
        """Sum up which receipts were erased, in log order."""
        return self._keys.hexdigest()

    def run(self) -> None:
        """Erase what is there now. What comes later is held off as soon as the customers are noted as erased."""
        for after, until in windows(self._db):
            found = self._found(after, until)
            for first in range(0, len(found), _PORTION):
                with transaction(self._db):
                    for seq in found[first : first + _PORTION]:
                        self._erase(seq)

    def count(self) -> int:
        """Look through all rows without a change; tell how many name a customer."""
        return sum(len(self._found(after, until)) for after, until in windows(self._db))

    def _found(self, after: int, until: int) -> Sequence[Seq]:
        rows = self._db.execute(
            "SELECT seq, lane, body, payload, fetched FROM receipts WHERE seq > ? AND seq <= ? AND organization = ?",
            (after, until, self._organization),
        ).fetchall()
        self.looked_at += len(rows)
        return [Seq(seq) for seq, lane, *contents in rows if self._named(Lane(lane), *contents)]

    def _named(self, lane: Lane, body: bytes, payload: bytes, fetched: str) -> frozenset[CustomerId]:
        contents = (body, payload, fetched.encode(), quoted(lane.partition(":")[2]))
        return frozenset[CustomerId]().union(*map(self._wanted.named_in, contents))

    def _erase(self, seq: Seq) -> None:
        [history] = curation.find(self._db, Selection(seqs=(seq,)), Seq(seq - 1), 1)
        named = self._named(history.lane, history.body, history.payload, write_fetched(history.fetched))
        self._note(history, named)
        self._settle(history)
        self._db.execute(
            "UPDATE receipts SET lane = ?, event_id = ?, detail = '', attempts = 0, is_head = 0 WHERE seq = ?",
            (
                erasure.lane_without(history.lane, named, self._salt),
                erasure.id_without(history.event_id, named),
                seq,
            ),
        )
        self._db.execute("UPDATE attempts SET detail = '' WHERE seq = ?", (seq,))
        empty(self._db, [seq])
        if unsettled(history.state):
            promote(self._db, history.organization, history.lane)

    def _settle(self, history: History) -> None:
        if State.SUPPRESSED in CURATED.get(history.state, frozenset()):
            reason = SuppressReason.CUSTOMER_ERASED
            curation.leave(self._db, history, State.SUPPRESSED, reason, self._now_ms)
            self.suppressed += 1
        else:
            note_attempt(self._db, history.seq, curation.PERSON, Step(self._now_ms, _ERASED))
            self.emptied += 1

    def _note(self, history: History, named: frozenset[CustomerId]) -> None:
        self._keys.update(f"{history.seq} {history.message_id} {history.event_type}\n".encode())
        self.personal.update(_personal(history.payload), forms_of(named))


def quoted(text: str) -> bytes:
    """Write a text as it stands in JSON."""
    return msgspec.json.encode(text)


def forms_of(customers: Iterable[CustomerId]) -> Iterator[bytes]:
    """Give how ids stand in a journal's file: in JSON, and in the name of a lane."""
    for customer in customers:
        yield quoted(customer)
        yield f"customer:{customer}".encode()


def windows(db: sqlite3.Connection) -> Iterator[tuple[int, int]]:
    """Go along the log up to its present end: behind which number, and up to which."""
    (last,) = db.execute("SELECT coalesce(max(seq), 0) FROM receipts").fetchone()
    for after in range(0, last, _WINDOW):
        yield after, min(after + _WINDOW, last)


class _Properties(msgspec.Struct):
    properties: dict[str, msgspec.Raw] = {}


def _personal(payload: bytes) -> Collection[bytes]:
    try:
        properties = msgspec.json.decode(payload, type=_Properties).properties
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ()
    return [bytes(properties[name]) for name in _PERSONAL if name in properties]
