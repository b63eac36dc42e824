import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gladly_segment.journals.sqlite import SqliteJournal, open_journal
from gladly_segment.recover import GapRecovery, Guardian, SilenceWatch
from tests.support.clock import FlyingClock, ManualClock
from tests.support.feeds import NotedFeeds, PlayedPast, PlayedPulses, PlayedWebhooks, a_webhook
from tests.support.journals import JournalInTrouble
from tests.support.observer import RecordingObserver
from tests.support.receipts import SHOP


class Watch:
    """A guardian between a journal and a Gladly that answers as told."""

    def __init__(self, journal: SqliteJournal, clock: ManualClock | FlyingClock) -> None:
        self.store = journal
        self.clock = clock
        self.observer = RecordingObserver()
        self.webhooks = PlayedWebhooks(a_webhook())
        self.past = PlayedPast()
        self.feeds = NotedFeeds()
        self.pulses = PlayedPulses()
        self.journal = JournalInTrouble(journal)
        self.recovery = GapRecovery(SHOP, self.past, self.journal, self.feeds, self.clock, self.observer)
        self.listening = asyncio.Event()
        self.silence = SilenceWatch(SHOP, self.pulses, self.recovery, self.clock, self.observer)
        self.guardian = Guardian(
            SHOP,
            self.webhooks,
            self.recovery,
            self.silence,
            feeds=self.feeds,
            trail=self.feeds,
            clock=self.clock,
            observer=self.observer,
            listening=self.listening,
        )


@pytest.fixture
async def watch(tmp_path: Path) -> AsyncIterator[Watch]:
    journal = await open_journal(tmp_path, FlyingClock())
    yield Watch(journal, FlyingClock())
    await journal.close()
