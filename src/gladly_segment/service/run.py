"""From settings to a running service, and back: what is started last is stopped first."""

import asyncio
import signal
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import Final

import structlog

from gladly_segment.config import ServerSettings, Settings
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.organization import Organization, Retention
from gladly_segment.journals.sqlite import SqliteJournal, open_journal
from gladly_segment.observe import CONTENT_TYPE, JournalReading, Metrics
from gladly_segment.ports.clock import Clock
from gladly_segment.ports.mirrors import Arrivals
from gladly_segment.ports.observer import Observer
from gladly_segment.receive import ENDPOINTS, Door, Doors, Receiver
from gladly_segment.service.admin import House, administered
from gladly_segment.service.arrivals import keeping_arrivals
from gladly_segment.service.backfilling import SqliteBackfills, backfilling
from gladly_segment.service.beside import curating
from gladly_segment.service.clock import SystemClock
from gladly_segment.service.debugger import Rooms, screens
from gladly_segment.service.dismissal import dismiss
from gladly_segment.service.fleet import Fleet
from gladly_segment.service.history import followed
from gladly_segment.service.janitor import Janitor
from gladly_segment.service.observing import observing
from gladly_segment.service.organization import Pipeline, Shared
from gladly_segment.service.pending import Pending
from gladly_segment.service.roster import Roster, SettingsSource
from gladly_segment.service.screens.runs import Runs
from gladly_segment.service.vault import open_vault
from gladly_segment.transport.certificates import TlsFiles
from gladly_segment.transport.endpoints import Published
from gladly_segment.transport.listener import Bounds
from gladly_segment.transport.session import open_session

_GLADLY_WITHIN_S: Final = 10.0
_SEGMENT_WITHIN_S: Final = 15.0
_CONNECTIONS: Final = 32
_GB: Final = 1_000_000_000


async def serve(settings: Settings, announce: Callable[[str, str], None], source: SettingsSource | None = None) -> None:
    """Run until SIGTERM or SIGINT, then drain. `announce` gets the urls of webhooks and admin once both are there.

    Organizations follow `source` and the registry while it runs; SIGHUP has both read at once. Raises
    GladlySegmentError when the service cannot start, and any error that stops a worker.
    """
    stopping = stop_signal()
    async with running(settings, announce, source) as tasks:
        await until_stopped(stopping, tasks)


def stop_signal() -> asyncio.Event:
    """Give an event that SIGTERM and SIGINT set from now on, instead of what they did before."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    return stopping


async def until_stopped(stopping: asyncio.Event, tasks: Sequence[asyncio.Task[None]]) -> None:
    """Wait until the service is to stop. Raises the error that stops one of its tasks."""
    stopped = asyncio.create_task(stopping.wait())
    done, _ = await asyncio.wait((stopped, *tasks), return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    for task in done & set(tasks):
        task.result()


@asynccontextmanager
async def running(
    settings: Settings, announce: Callable[[str, str], None], source: SettingsSource | None
) -> AsyncGenerator[Sequence[asyncio.Task[None]]]:
    """Run the service while the block lasts, then drain; give its tasks. Arguments and errors are those of `serve`."""
    clock = SystemClock()
    async with AsyncExitStack() as stack:
        observers = await stack.enter_async_context(observing(settings, clock))
        observer = observers.everybody
        journal = await open_journal(settings.data_dir, clock, max_bytes=_max_bytes(settings))
        stack.push_async_callback(journal.close)
        curator = await stack.enter_async_context(curating(settings.data_dir))
        history = await stack.enter_async_context(
            followed(settings.data_dir, journal.changes, observers.journal_bell, clock, observer)
        )
        backfills = await stack.enter_async_context(backfilling(settings.data_dir, clock))
        shared = await stack.enter_async_context(_shared(journal, backfills, clock, observer))
        doors = Doors()
        roster = Roster(settings, source, journal.registry, lambda: open_vault(settings), clock, observer)
        fleet = Fleet(roster, lambda each: Pipeline(each, shared), partial(_open, doors), clock, observer)
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, roster.reread)
        stack.push_async_callback((runs := Runs()).close)
        rooms = Rooms(
            settings=settings,
            journal=journal,
            history=history,
            backfills=backfills,
            curator=curator,
            fleet=fleet,
            noticing=observers.noticing,
            roster=roster,
            source=source,
            runs=runs,
            clock=clock,
            observer=observer,
        )
        house = House(journal, fleet, clock, lambda: _exposition(observers.metrics, rooms))
        admin, admin_url = await stack.enter_async_context(
            administered(settings.admin, house, screens(rooms), clock, observer)
        )
        await _set_out(fleet, journal)
        stack.push_async_callback(_drain, fleet, settings.drain_timeout_s)
        pending = Pending(journal, clock)
        tasks = [asyncio.create_task(each.run()) for each in (fleet, _janitor(rooms), pending)]
        stack.push_async_callback(dismiss, tasks)
        arrivals = await stack.enter_async_context(
            keeping_arrivals(settings.data_dir, lambda: _retentions(rooms), _retention(settings), clock, observer)
        )
        receiver = _receiver(settings.server, doors, pending, arrivals, rooms)
        url = await receiver.start(settings.server.host, settings.server.port)
        shared.listening.set()
        admin.publish(Published(url, ENDPOINTS))
        announce(url, admin_url)
        # Last in, first out: no more webhooks, then what is due, then the admin listener, then the journal.
        stack.push_async_callback(_close, receiver, settings.server.drain_notice_s, clock)
        yield tasks


@asynccontextmanager
async def _shared(
    journal: SqliteJournal, spool: SqliteBackfills, clock: Clock, observer: Observer
) -> AsyncGenerator[Shared]:
    async with (
        open_session(total_s=_GLADLY_WITHIN_S, connections=_CONNECTIONS) as gladly,
        open_session(total_s=_SEGMENT_WITHIN_S, connections=_CONNECTIONS) as segment,
    ):
        yield Shared(journal, clock, observer, gladly=gladly, segment=segment, spool=spool)


async def _set_out(fleet: Fleet, journal: SqliteJournal) -> None:
    await fleet.refresh()
    if not fleet.organizations:
        _log().warning("no_organizations", hint="declare one with: gladly-segment connect")
    journal.on_erased = fleet.forget_customers


def _janitor(rooms: Rooms) -> Janitor:
    return Janitor(
        rooms.journal,
        lambda: _retentions(rooms),
        _retention(rooms.settings),
        rooms.clock,
        rooms.observer,
    )


def _retentions(rooms: Rooms) -> Mapping[OrganizationId, Retention]:
    return {each.name: each.retention for each in rooms.fleet.organizations}


def _receiver(server: ServerSettings, doors: Doors, pending: Pending, arrivals: Arrivals, rooms: Rooms) -> Receiver:
    return Receiver(
        doors,
        journal=rooms.journal,
        arrivals=arrivals,
        clock=rooms.clock,
        observer=rooms.observer,
        pending=pending.of,
        bounds=_bounds(server),
        tls=TlsFiles.of(server.tls_cert_file, server.tls_key_file),
    )


def _open(doors: Doors, organizations: Mapping[OrganizationId, Organization]) -> None:
    doors.replace({name: Door(each.webhook, each.limits, each.mirror) for name, each in organizations.items()})


def _bounds(server: ServerSettings) -> Bounds:
    return Bounds(
        connections=server.max_connections,
        connections_per_address=server.max_connections_per_address,
        trusted_proxies=server.trusted_proxies,
    )


async def _close(receiver: Receiver, notice_s: float, clock: Clock) -> None:
    receiver.drain()
    await clock.sleep(notice_s)
    await receiver.stop()


def _retention(settings: Settings) -> Retention:
    return Retention(
        ended=timedelta(days=settings.retention_days),
        dead=timedelta(days=settings.dead_letter_retention_days),
        content=timedelta(days=settings.content_retention_days),
    )


async def _drain(fleet: Fleet, within_s: float) -> None:
    log = _log()
    if await fleet.drain(within_s):
        log.info("drained")
    else:
        log.warning("drain_timeout", hint="what is left stays in the journal and goes on at the next start")


async def _exposition(metrics: Metrics, rooms: Rooms) -> tuple[bytes, str]:
    reading = JournalReading(
        now=rooms.clock.now(),
        tallies=await rooms.journal.tally(),
        waiting=await rooms.journal.waiting(),
        size_bytes=await rooms.journal.size_bytes(),
        max_bytes=_max_bytes(rooms.settings),
    )
    return metrics.render(reading), CONTENT_TYPE


def _max_bytes(settings: Settings) -> int:
    return int(settings.journal_max_gb * _GB)


def _log() -> structlog.typing.FilteringBoundLogger:
    return structlog.get_logger()
