"""The registry ports on the journal's file: few rows, changed by people."""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Final

from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.moments import to_moment, to_ms
from gladly_segment.journals.sqlite import operations
from gladly_segment.journals.sqlite.connect import FILE_NAME, connect
from gladly_segment.journals.sqlite.lock import DirectoryLock
from gladly_segment.journals.sqlite.writer import Writer
from gladly_segment.ports.registry import Action, Binding, Declared, Feed

_OF_ONE: Final = ("organizations WHERE name = ?", "pauses WHERE organization = ?", "feeds WHERE organization = ?")


class SqliteRegistry:
    """All ports of the registry, on a writer that others may use as well."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    async def declared(self) -> Sequence[Declared]:
        """See the port."""
        return await self._writer.submit(_declared)

    async def declare(self, declared: Declared) -> None:
        """See the port."""
        await self._writer.submit(partial(_declare, declared=declared))

    async def redeclare(self, declared: Declared, *, was: Declared) -> bool:
        """See the port."""
        return await self._writer.submit(partial(_redeclare, declared=declared, was=was))

    async def reseal(self, name: OrganizationId, *, was: bytes, sealed: bytes) -> bool:
        """See the port."""
        return await self._writer.submit(partial(_reseal, name=name, was=was, sealed=sealed))

    async def remove(self, name: OrganizationId) -> bool:
        """See the port."""
        return await self._writer.submit(partial(_remove, name=name))

    async def version(self) -> int:
        """See the port."""
        return await self._writer.submit(operations.data_version)

    async def paused(self) -> frozenset[OrganizationId]:
        """See the port."""
        return await self._writer.submit(_paused)

    async def pause(self, name: OrganizationId, *, paused: bool) -> None:
        """See the port."""
        await self._writer.submit(partial(_pause, name=name, paused=paused))

    async def bindings(self) -> Sequence[Binding]:
        """See the port."""
        return await self._writer.submit(_bindings)

    async def bind(self, binding: Binding) -> None:
        """See the port."""
        await self._writer.submit(partial(_bind, binding=binding))

    async def feed(self, organization: OrganizationId) -> Feed:
        """See the port."""
        return await self._writer.submit(partial(_feed, organization=organization))

    async def note_feed(self, feed: Feed) -> None:
        """See the port."""
        await self._writer.submit(partial(_note_feed, feed=feed))

    async def note_action(self, action: Action) -> None:
        """See the port."""
        await self._writer.submit(partial(_note_action, action=action))

    async def actions(self, organization: OrganizationId | None, limit: int) -> Sequence[Action]:
        """See the port."""
        return await self._writer.submit(partial(_actions, organization=organization, limit=limit))


@asynccontextmanager
async def open_registry(data_dir: Path) -> AsyncGenerator[SqliteRegistry]:
    """Open the registry beside a service, or make its file where there is none.

    Raises what `connect` raises, and JournalInUseError when a service is just making the file.
    """
    if not await asyncio.to_thread((data_dir / FILE_NAME).exists):
        await asyncio.to_thread(_make, data_dir)
    writer = Writer(connect(data_dir, beside=True), asyncio.get_running_loop())
    try:
        yield SqliteRegistry(writer)
    finally:
        await writer.close()


def _make(data_dir: Path) -> None:
    lock = DirectoryLock(data_dir)
    try:
        connect(data_dir).close()
    finally:
        lock.release()


def _declared(db: sqlite3.Connection) -> Sequence[Declared]:
    rows = db.execute("SELECT name, document, sealed, changed_at_ms FROM organizations ORDER BY name").fetchall()
    return [
        Declared(name=OrganizationId(name), document=document, sealed=sealed, changed_at=to_moment(changed_at_ms))
        for name, document, sealed, changed_at_ms in rows
    ]


def _declare(db: sqlite3.Connection, declared: Declared) -> None:
    db.execute(
        "INSERT OR REPLACE INTO organizations (name, document, sealed, changed_at_ms) VALUES (?, ?, ?, ?)",
        (declared.name, declared.document, declared.sealed, to_ms(declared.changed_at)),
    )


def _redeclare(db: sqlite3.Connection, declared: Declared, was: Declared) -> bool:
    change = (
        "UPDATE organizations SET document = ?, sealed = ?, changed_at_ms = ?"
        " WHERE name = ? AND document = ? AND sealed = ?"
    )
    after = (declared.document, declared.sealed, to_ms(declared.changed_at))
    return db.execute(change, (*after, was.name, was.document, was.sealed)).rowcount > 0


def _reseal(db: sqlite3.Connection, name: OrganizationId, was: bytes, sealed: bytes) -> bool:
    change = "UPDATE organizations SET sealed = ? WHERE name = ? AND sealed = ?"
    return db.execute(change, (sealed, name, was)).rowcount > 0


def _remove(db: sqlite3.Connection, name: OrganizationId) -> bool:
    removed = [db.execute(f"DELETE FROM {one}", (name,)).rowcount for one in _OF_ONE]  # noqa: S608 - our own texts
    return removed[0] > 0


def _paused(db: sqlite3.Connection) -> frozenset[OrganizationId]:
    return frozenset(OrganizationId(name) for (name,) in db.execute("SELECT organization FROM pauses").fetchall())


def _pause(db: sqlite3.Connection, name: OrganizationId, *, paused: bool) -> None:
    change = "INSERT OR IGNORE INTO pauses VALUES (?)" if paused else "DELETE FROM pauses WHERE organization = ?"
    db.execute(change, (name,))


def _bindings(db: sqlite3.Connection) -> Sequence[Binding]:
    rows = db.execute(
        "SELECT fingerprint, organization, environment, region, bound_at_ms FROM bindings"
        " ORDER BY organization, environment, region"
    ).fetchall()
    return [
        Binding(
            fingerprint=fingerprint,
            organization=OrganizationId(organization),
            environment=environment,
            region=region,
            bound_at=to_moment(bound_at_ms),
        )
        for fingerprint, organization, environment, region, bound_at_ms in rows
    ]


def _bind(db: sqlite3.Connection, binding: Binding) -> None:
    # REPLACE deletes every row that either of the unique indexes is in conflict with.
    db.execute(
        "INSERT OR REPLACE INTO bindings (fingerprint, organization, environment, region, bound_at_ms)"
        " VALUES (?, ?, ?, ?, ?)",
        (binding.fingerprint, binding.organization, binding.environment, binding.region, to_ms(binding.bound_at)),
    )


def _feed(db: sqlite3.Connection, organization: OrganizationId) -> Feed:
    row = db.execute(
        "SELECT webhook_id, whole_until_ms, disabled_since_ms FROM feeds WHERE organization = ?", (organization,)
    ).fetchone()
    if row is None:
        return Feed(organization=organization)
    return Feed(
        organization=organization,
        webhook_id=row[0],
        whole_until=None if row[1] is None else to_moment(row[1]),
        disabled_since=None if row[2] is None else to_moment(row[2]),
    )


def _note_feed(db: sqlite3.Connection, feed: Feed) -> None:
    db.execute(
        "INSERT OR REPLACE INTO feeds (organization, webhook_id, whole_until_ms, disabled_since_ms)"
        " VALUES (?, ?, ?, ?)",
        (
            feed.organization,
            feed.webhook_id,
            None if feed.whole_until is None else to_ms(feed.whole_until),
            None if feed.disabled_since is None else to_ms(feed.disabled_since),
        ),
    )


def _note_action(db: sqlite3.Connection, action: Action) -> None:
    db.execute(
        'INSERT INTO actions (at_ms, organization, "by", what, detail) VALUES (?, ?, ?, ?, ?)',
        (to_ms(action.at), action.organization, action.by, action.what, action.detail),
    )


def _actions(db: sqlite3.Connection, organization: OrganizationId | None, limit: int) -> Sequence[Action]:
    rows = db.execute(
        'SELECT at_ms, organization, "by", what, detail FROM actions WHERE ? IS NULL OR organization = ?'
        " ORDER BY number DESC LIMIT ?",
        (organization, organization, limit),
    ).fetchall()
    return [
        Action(
            at=to_moment(at_ms),
            organization=None if name is None else OrganizationId(name),
            by=by,
            what=what,
            detail=detail,
        )
        for at_ms, name, by, what, detail in rows
    ]
