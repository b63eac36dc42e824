"""From settings to a running service, and back: what is started last is stopped first."""

import asyncio
import signal
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import Final

import structlog

from gladly_segment.config import Settings
from gladly_segment.core.ids import OrganizationId
from gladly_segment.journals.sqlite import SqliteJournal, open_journal
from gladly_segment.observe import CONTENT_TYPE, LogObserver, Metrics, Several
from gladly_segment.receive import Receiver
from gladly_segment.service.clock import SystemClock
from gladly_segment.service.crew import Crew
from gladly_segment.service.janitor import Janitor, Retention
from gladly_segment.service.organization import Pipeline, Shared, webhook_credentials
from gladly_segment.transport.session import open_session

_GLADLY_WITHIN_S: Final = 10.0
_SEGMENT_WITHIN_S: Final = 15.0
_CONNECTIONS: Final = 32
_GB: Final = 1_000_000_000


async def serve(settings: Settings, announce: Callable[[str], None]) -> None:
    """Run until SIGTERM or SIGINT, then drain. `announce` gets the url once webhooks are taken.

    Raises GladlySegmentError when the service cannot start, and any error that stops a worker.
    """
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    async with _running(settings, announce) as crew:
        stopped, failed = asyncio.create_task(stopping.wait()), asyncio.create_task(crew.watch())
        await asyncio.wait((stopped, failed), return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if failed.done():
            failed.result()
        failed.cancel()


@asynccontextmanager
async def _running(settings: Settings, announce: Callable[[str], None]) -> AsyncGenerator[Crew]:
    clock, metrics = SystemClock(), Metrics()
    observer = Several((LogObserver(), metrics))
    async with AsyncExitStack() as stack:
        journal = await open_journal(settings.data_dir, clock, max_bytes=int(settings.journal_max_gb * _GB))
        stack.push_async_callback(journal.close)
        gladly = await stack.enter_async_context(open_session(total_s=_GLADLY_WITHIN_S, connections=_CONNECTIONS))
        segment = await stack.enter_async_context(open_session(total_s=_SEGMENT_WITHIN_S, connections=_CONNECTIONS))
        shared = Shared(journal, clock, observer, gladly=gladly, segment=segment)
        organizations = {OrganizationId(name): each for name, each in settings.organizations.items()}
        for name in organizations:
            metrics.introduce(name)
        retention = Retention(
            timedelta(days=settings.retention_days), timedelta(days=settings.dead_letter_retention_days)
        )
        janitor = Janitor(journal, retention, clock, observer)
        crew = Crew([Pipeline(name, each, shared) for name, each in organizations.items()], janitor)
        crew.start()
        stack.push_async_callback(_drain, crew, settings.drain_timeout_s)
        receiver = Receiver(
            {name: webhook_credentials(each) for name, each in organizations.items()},
            journal=journal,
            clock=clock,
            observer=observer,
            metrics=lambda: _exposition(metrics, journal),
        )
        announce(await receiver.start(settings.server.host, settings.server.port))
        # Last in, first out: no more webhooks, then what is due, then the journal.
        stack.push_async_callback(receiver.stop)
        yield crew


async def _drain(crew: Crew, within_s: float) -> None:
    log: structlog.typing.FilteringBoundLogger = structlog.get_logger()
    if await crew.drain(within_s):
        log.info("drained")
    else:
        log.warning("drain_timeout", hint="what is left stays in the journal and goes on at the next start")


async def _exposition(metrics: Metrics, journal: SqliteJournal) -> tuple[bytes, str]:
    return metrics.render(await journal.tally(), await journal.size_bytes()), CONTENT_TYPE
