"""The eraser port on SQLite: a connection of its own, beside that of a running service."""

import asyncio
import hashlib
import os
import sqlite3
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, closing
from functools import partial
from pathlib import Path
from typing import BinaryIO, Final, TypeVar

import msgspec

from gladly_segment.core.errors import InputError
from gladly_segment.core.ids import CustomerId, OrganizationId
from gladly_segment.core.moments import to_moment, to_ms
from gladly_segment.journals.sqlite import certificates, erasure, remnants
from gladly_segment.journals.sqlite.connect import FILE_NAME, connect, transaction, trouble
from gladly_segment.journals.sqlite.reader import require_journal
from gladly_segment.journals.sqlite.sweep import ByDigest, ById, Sweep, forms_of, windows
from gladly_segment.journals.sqlite.upkeep import organizations
from gladly_segment.mapping.intake import NotAnEvent, read_event
from gladly_segment.ports.clock import Clock
from gladly_segment.ports.eraser import Erasure

T = TypeVar("T")

FORMER: Final = "replaced-*"
"""What former journals are called, which a restore keeps beside the present one."""

_MERGED: Final = "CUSTOMER/MERGED"


class SqliteEraser:
    """The eraser port on one SQLite file. Made by `open_eraser`."""

    def __init__(self, db: sqlite3.Connection, file: BinaryIO, data_dir: Path, clock: Clock) -> None:
        """`file` is the database itself, to look through its free room."""
        self._db = db
        self._file = file
        self._data_dir = data_dir
        self._clock = clock

    async def merged_with(self, organization: OrganizationId, customer: CustomerId) -> Sequence[CustomerId]:
        """See the port."""
        return await _run(partial(_merged_with, self._db, organization, customer))

    async def erase(self, organization: OrganizationId, customers: Sequence[CustomerId]) -> Erasure:
        """See the port."""
        return await _run(partial(self._erase, organization, customers))

    def _erase(self, organization: OrganizationId, customers: Sequence[CustomerId]) -> Erasure:
        _require_known(self._db, organization)
        now_ms = to_ms(self._clock.now())
        with transaction(self._db):
            salt = erasure.salt_of(self._db, organization) or os.urandom(erasure.SALT_BYTES).hex()
            digests = tuple(sorted(erasure.digest_of(salt, each) for each in customers))
            erasure.remember(self._db, organization, digests, now_ms)
        wanted = ById(customers=frozenset(customers))
        sweep, second_look = (Sweep(self._db, organization, wanted, salt, now_ms) for _ in range(2))
        sweep.run()
        with transaction(self._db):
            certificates.erase(self._db, organization, wanted.customers)
        found_again = second_look.count()
        standing = remnants.clean(self._db, self._file, sweep.personal.union(forms_of(customers)))
        figures = (sweep.looked_at, sweep.emptied, sweep.suppressed, found_again, standing)
        summed_up = msgspec.json.encode((organization, now_ms, digests, figures, sweep.keys_digest))
        return Erasure(
            organization=organization,
            at=to_moment(now_ms),
            customers=digests,
            receipts_looked_at=sweep.looked_at,
            emptied=sweep.emptied,
            suppressed=sweep.suppressed,
            found_again=found_again,
            remnants=standing,
            digest=hashlib.sha256(summed_up).hexdigest(),
            kept_beside=tuple(sorted(self._data_dir.glob(FORMER))),
        )


@asynccontextmanager
async def open_eraser(data_dir: Path, clock: Clock) -> AsyncGenerator[SqliteEraser]:
    """Open the journal of a data directory for erasing, whether a service works on it or not.

    Raises InputError where there is no journal, and what `connect` raises.
    """
    await require_journal(data_dir)
    path = data_dir / FILE_NAME
    # Closed after the connection: closing any other handle of the file would give up the connection's locks on it.
    with path.open("rb", buffering=0) as file, closing(connect(data_dir, beside=True)) as db:
        yield SqliteEraser(db, file, data_dir, clock)


async def _run(work: Callable[[], T]) -> T:
    try:
        return await asyncio.to_thread(work)
    except sqlite3.Error as error:
        raise trouble(error, "the erasure could not be carried out") from error


def _require_known(db: sqlite3.Connection, organization: OrganizationId) -> None:
    known = organizations(db)
    if organization not in known:
        raise InputError(
            f"nothing was ever received of an organization {organization}",
            hint=f"known are: {', '.join(sorted(known)) or 'none'}",
        )


def _merged_with(db: sqlite3.Connection, organization: OrganizationId, customer: CustomerId) -> Sequence[CustomerId]:
    _require_known(db, organization)
    merges = [merge for after, until in windows(db) for merge in _merges(db, organization, after, until)]
    same, size = {customer}, 0
    while len(same) > size:
        size = len(same)
        same = same.union(*(merge for merge in merges if merge & same))
    return sorted(same - {customer})


def _merges(
    db: sqlite3.Connection, organization: OrganizationId, after: int, until: int
) -> Sequence[frozenset[CustomerId]]:
    rows = db.execute(
        "SELECT body FROM receipts WHERE seq > ? AND seq <= ? AND organization = ? AND event_type = ?",
        (after, until, organization, _MERGED),
    ).fetchall()
    events = [read_event(body) for (body,) in rows]
    contents = [event.content for event in events if not isinstance(event, NotAnEvent)]
    return [frozenset(content.customers()) for content in contents if content is not None]


def erase_again(former: Path, data_dir: Path) -> int | None:
    """Erase in a restored journal whom the former one, in a directory of its own, had erased; tell how many receipts.

    None when the former one cannot be read. Raises what `connect` raises about the restored one.
    """
    try:
        known = _erasures_of(former)
    except sqlite3.Error:
        return None
    if not known:
        return 0
    erased = 0
    with (data_dir / FILE_NAME).open("rb", buffering=0) as file, closing(connect(data_dir)) as db:
        for organization, digests in known.items():
            salt, now_ms = next(iter(digests)).partition(":")[0], max(digests.values())
            with transaction(db):
                erasure.remember(db, organization, tuple(digests), now_ms)
            sweep = Sweep(db, organization, ByDigest(salt=salt, digests=frozenset(digests)), salt, now_ms)
            sweep.run()
            remnants.clean(db, file, sweep.personal)
            erased += sweep.emptied + sweep.suppressed
    return erased


def _erasures_of(directory: Path) -> Mapping[OrganizationId, Mapping[str, int]]:
    uri = f"{(directory / FILE_NAME).resolve().as_uri()}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True)) as db:
        if not db.execute("SELECT 1 FROM sqlite_schema WHERE name = 'erasures'").fetchone():
            return {}
        found: dict[OrganizationId, dict[str, int]] = {}
        for organization, digest, at_ms in db.execute("SELECT organization, customer, at_ms FROM erasures").fetchall():
            found.setdefault(OrganizationId(organization), {})[digest] = at_ms
        return found
