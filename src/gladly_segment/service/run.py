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
from gladly_segment.observe import CONTENT_TYPE, JournalReading, LogObserver, Metrics, Several
from gladly_segment.ports.clock import Clock
from gladly_segment.receive import ENDPOINTS, Door, Doors, Receiver
from gladly_segment.service.admin import House, administered
from gladly_segment.service.alarms import alarming
from gladly_segment.service.clock import SystemClock
from gladly_segment.service.fleet import Fleet
from gladly_segment.service.janitor import Janitor
from gladly_segment.service.organization import Pipeline, Shared
from gladly_segment.service.pending import Pending
from gladly_segment.service.roster import Roster, SettingsSource
from gladly_segment.service.tracing import tracing
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
    clock, metrics = SystemClock(), Metrics()
    telling = Several((LogObserver(), metrics))
    async with AsyncExitStack() as stack:
        alarms = await stack.enter_async_context(alarming(settings.alarms, clock, telling))
        traces = await stack.enter_async_context(tracing(settings.tracing, clock, telling))
        observer = Several((telling, alarms, *traces))
        max_bytes = int(settings.journal_max_gb * _GB)
        journal = await open_journal(settings.data_dir, clock, max_bytes=max_bytes)
        stack.push_async_callback(journal.close)
        gladly = await stack.enter_async_context(open_session(total_s=_GLADLY_WITHIN_S, connections=_CONNECTIONS))
        segment = await stack.enter_async_context(open_session(total_s=_SEGMENT_WITHIN_S, connections=_CONNECTIONS))
        shared = Shared(journal, clock, observer, gladly=gladly, segment=segment)
        doors = Doors()
        roster = Roster(settings, source, journal.registry, lambda: open_vault(settings), clock, observer)
        fleet = Fleet(roster, lambda each: Pipeline(each, shared), partial(_open, doors), clock, observer)
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, roster.reread)
        house = House(journal, fleet, clock, lambda: _exposition(metrics, journal, clock, max_bytes))
        admin, admin_url = await stack.enter_async_context(administered(settings.admin, house, clock, observer))
        await fleet.refresh()
        if not fleet.organizations:
            _log().warning("no_organizations", hint="declare one with: gladly-segment connect")
        journal.on_erased = fleet.forget_customers
        stack.push_async_callback(_drain, fleet, settings.drain_timeout_s)
        janitor = Janitor(
            journal,
            lambda: {each.name: each.retention for each in fleet.organizations},
            _retention(settings),
            clock,
            observer,
        )
        pending = Pending(journal, clock)
        tasks = [asyncio.create_task(each.run()) for each in (fleet, janitor, pending)]
        stack.push_async_callback(_dismiss, tasks)
        receiver = Receiver(
            doors,
            journal=journal,
            clock=clock,
            observer=observer,
            pending=pending.of,
            bounds=_bounds(settings.server),
            tls=TlsFiles.of(settings.server.tls_cert_file, settings.server.tls_key_file),
        )
        url = await receiver.start(settings.server.host, settings.server.port)
        shared.listening.set()
        admin.publish(Published(url, ENDPOINTS))
        announce(url, admin_url)
        # Last in, first out: no more webhooks, then what is due, then the admin listener, then the journal.
        stack.push_async_callback(_close, receiver, settings.server.drain_notice_s, clock)
        yield tasks


def _open(doors: Doors, organizations: Mapping[OrganizationId, Organization]) -> None:
    doors.replace({name: Door(each.webhook, each.limits) for name, each in organizations.items()})


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


async def _dismiss(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _drain(fleet: Fleet, within_s: float) -> None:
    log = _log()
    if await fleet.drain(within_s):
        log.info("drained")
    else:
        log.warning("drain_timeout", hint="what is left stays in the journal and goes on at the next start")


async def _exposition(metrics: Metrics, journal: SqliteJournal, clock: Clock, max_bytes: int) -> tuple[bytes, str]:
    reading = JournalReading(
        now=clock.now(),
        tallies=await journal.tally(),
        waiting=await journal.waiting(),
        size_bytes=await journal.size_bytes(),
        max_bytes=max_bytes,
    )
    return metrics.render(reading), CONTENT_TYPE


def _log() -> structlog.typing.FilteringBoundLogger:
    return structlog.get_logger()
