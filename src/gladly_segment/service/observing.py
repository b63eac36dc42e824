"""Who listens to what a service tells about itself."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import msgspec

from gladly_segment.config import Settings
from gladly_segment.history import JournalBell
from gladly_segment.observe import LogObserver, Metrics, Noticing, Several
from gladly_segment.ports.clock import Clock
from gladly_segment.ports.observer import Observer
from gladly_segment.service.alarms import alarming
from gladly_segment.service.tracing import tracing


class Observers(msgspec.Struct, frozen=True, kw_only=True):
    """All of them behind `everybody`, and those that are asked for what they heard."""

    everybody: Observer
    metrics: Metrics
    noticing: Noticing
    journal_bell: JournalBell


@asynccontextmanager
async def observing(settings: Settings, clock: Clock) -> AsyncGenerator[Observers]:
    """Give the observers, who listen while the block lasts."""
    metrics, noticing, journal_bell = Metrics(), Noticing(clock), JournalBell()
    telling = Several((LogObserver(), metrics))
    async with alarming(settings.alarms, clock, telling) as alarms, tracing(settings.tracing, clock, telling) as traces:
        everybody = Several((telling, alarms, *traces, journal_bell, noticing))
        yield Observers(everybody=everybody, metrics=metrics, noticing=noticing, journal_bell=journal_bell)
