"""The certificates port on SQLite: read beside the journal's writer, and written by it."""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, Collection, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final

import msgspec

from gladly_segment.core.certificate import Certificate, Standing
from gladly_segment.core.errors import JournalDamagedError
from gladly_segment.core.ids import CustomerId, OrganizationId
from gladly_segment.core.moments import to_ms
from gladly_segment.journals.sqlite.bookkeeping import DAMAGED_HINT
from gladly_segment.journals.sqlite.connect import connect
from gladly_segment.journals.sqlite.erasure import id_without
from gladly_segment.journals.sqlite.reader import Reader, require_journal
from gladly_segment.journals.sqlite.writer import Writer

_decoder: Final = msgspec.json.Decoder(Certificate)

# None overlap: of those that begin earlier, the last is the only one that can reach into a span.
_DELETE_WHAT_OVERLAPS: Final = """
DELETE FROM certificates
WHERE organization = :organization AND start_ms < :end_ms AND end_ms > :start_ms AND start_ms >= coalesce(
    (SELECT max(start_ms) FROM certificates WHERE organization = :organization AND start_ms <= :start_ms), :start_ms
)
"""


class SqliteCertificates:
    """The certificates port."""

    def __init__(self, reader: Reader, writer: Writer) -> None:
        self._reader = reader
        self._writer = writer

    async def put(self, certificate: Certificate) -> None:
        """See the port."""
        await asyncio.shield(self._writer.submit(partial(_put, certificate=certificate)))

    async def certificates(
        self, organization: OrganizationId | None, since: datetime, until: datetime
    ) -> Sequence[Certificate]:
        """See the port."""
        return await self._reader.read(partial(_between, organization=organization, since=since, until=until))

    async def saying(
        self, organization: OrganizationId, standings: Collection[Standing], since: datetime
    ) -> Sequence[Certificate]:
        """See the port."""
        return await self._reader.read(partial(_saying, organization=organization, standings=standings, since=since))

    async def last(self, organization: OrganizationId) -> Certificate | None:
        """See the port."""
        return await self._reader.read(partial(_last, organization=organization))


@asynccontextmanager
async def open_certificates(data_dir: Path) -> AsyncGenerator[SqliteCertificates]:
    """Open the certificates of a journal, whether a service works on it or not.

    Raises InputError where there is no journal, and what `connect` raises.
    """
    await require_journal(data_dir)
    writer = Writer(connect(data_dir, beside=True), asyncio.get_running_loop())
    reader = Reader(data_dir)
    try:
        yield SqliteCertificates(reader, writer)
    finally:
        await reader.close()
        await writer.close()


def erase(db: sqlite3.Connection, organization: OrganizationId, customers: frozenset[CustomerId]) -> None:
    """Take the ids of events out of an organization's certificates in which the id of one of some customers stands."""
    rows = db.execute("SELECT document FROM certificates WHERE organization = ?", (organization,))
    for certificate in _read(rows):
        differences = tuple(
            msgspec.structs.replace(each, event_id=id_without(each.event_id, customers))
            for each in certificate.differences
        )
        if differences != certificate.differences:
            _put(db, msgspec.structs.replace(certificate, differences=differences))


def _put(db: sqlite3.Connection, certificate: Certificate) -> None:
    start_ms, end_ms = to_ms(certificate.span.start), to_ms(certificate.span.end)
    db.execute(
        _DELETE_WHAT_OVERLAPS, {"organization": certificate.organization, "start_ms": start_ms, "end_ms": end_ms}
    )
    db.execute(
        "INSERT INTO certificates (organization, start_ms, end_ms, made_at_ms, standing, document)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (
            certificate.organization,
            start_ms,
            end_ms,
            to_ms(certificate.made_at),
            certificate.standing,
            msgspec.json.encode(certificate),
        ),
    )


def _between(
    db: sqlite3.Connection, organization: OrganizationId | None, since: datetime, until: datetime
) -> Sequence[Certificate]:
    of_one = "organization = ? AND" if organization else ""
    rows = db.execute(
        f"SELECT document FROM certificates WHERE {of_one} start_ms >= ? AND start_ms < ?"  # noqa: S608 - our own text
        " ORDER BY organization, start_ms",
        (*([organization] if organization else []), to_ms(since), to_ms(until)),
    )
    return _read(rows)


def _saying(
    db: sqlite3.Connection, organization: OrganizationId, standings: Collection[Standing], since: datetime
) -> Sequence[Certificate]:
    marks = ", ".join("?" * len(standings))
    rows = db.execute(
        "SELECT document FROM certificates INDEXED BY certificates_by_standing WHERE organization = ?"  # noqa: S608
        f" AND standing IN ({marks}) AND start_ms >= ? ORDER BY start_ms",
        (organization, *standings, to_ms(since)),
    )
    return _read(rows)


def _last(db: sqlite3.Connection, organization: OrganizationId) -> Certificate | None:
    rows = db.execute(
        "SELECT document FROM certificates WHERE organization = ? ORDER BY start_ms DESC LIMIT 1",
        (organization,),
    )
    return next(iter(_read(rows)), None)


def _read(rows: sqlite3.Cursor) -> Sequence[Certificate]:
    try:
        return [_decoder.decode(document) for (document,) in rows.fetchall()]
    except msgspec.DecodeError as error:
        raise JournalDamagedError(f"a certificate in the journal cannot be read: {error}", hint=DAMAGED_HINT) from error
