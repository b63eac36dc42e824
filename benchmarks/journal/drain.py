"""How fast a backlog is worked off, and in how much memory: a process by itself, with vendors that answer at once."""

import asyncio
import random
import resource
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path

import msgspec
import uvloop

from benchmarks.journal.server import ORGANIZATION, Silent
from gladly_segment.core.entities import Agent, Conversation, CustomerProfile, Topic
from gladly_segment.core.failures import Failure
from gladly_segment.core.ids import AgentId, ConversationId, CustomerId, Lane, ReceiptKey, TopicId
from gladly_segment.core.lifecycle import Stage
from gladly_segment.core.privacy import PrivacyPolicy
from gladly_segment.core.provenance import Fetched, Origin, Resource
from gladly_segment.core.records import Receipt, Source
from gladly_segment.core.retry import RetryPolicy
from gladly_segment.deliver import DeliverWorker
from gladly_segment.enrich import EnrichWorker
from gladly_segment.journals.sqlite import SqliteJournal, open_journal
from gladly_segment.ports.destination import Accepted
from gladly_segment.ports.entities import Read
from gladly_segment.service.clock import SystemClock
from gladly_segment.workers import Desk

DRAINED = 10_000
_FILL_AT_ONCE = 2_000


class Drained(msgspec.Struct):
    """What one run measured: events a second, and the most memory used since the backlog was there."""

    per_s: float
    filled_rss_mb: float
    peak_rss_mb: float


class Immediate:
    """Gladly, answering at once."""

    async def conversation(self, conversation: ConversationId, *, of: CustomerId | None = None) -> Read[Conversation]:
        """Give a conversation."""
        found = Conversation(conversation, of or CustomerId("customer"), "2026-01-01T00:00:00.000Z")
        return Read(found, (_fetched(Resource.CONVERSATION, conversation),))

    async def customer(self, customer: CustomerId) -> Read[CustomerProfile]:
        """Give a profile."""
        return Read(CustomerProfile(customer, "Customer"), (_fetched(Resource.CUSTOMER_PROFILE, customer),))

    async def agents(self, wanted: AgentId) -> Read[Mapping[AgentId, Agent]]:
        """Give no agents."""
        return Read({}, (_fetched(Resource.AGENTS),))

    async def topics(self, wanted: TopicId) -> Read[Mapping[TopicId, Topic]]:
        """Give no topics."""
        return Read({}, (_fetched(Resource.TOPICS),))

    def forget(self, customer: CustomerId) -> None:
        """Remember nothing anyway."""


class Counting:
    """Segment, accepting at once; `done` is set when enough was accepted."""

    def __init__(self) -> None:
        self.accepted = 0
        self.done = asyncio.Event()

    async def send(self, payloads: Sequence[bytes], *, attempt: int) -> Accepted | Failure:
        """Accept."""
        self.accepted += len(payloads)
        if self.accepted >= DRAINED:
            self.done.set()
        return Accepted(200, 0.0)


async def main(data_dir: Path, backlog: int) -> Drained:
    """Fill a journal, then take the time of the first events to be worked off."""
    clock = SystemClock()
    journal = await open_journal(data_dir, clock)
    for start in range(0, backlog, _FILL_AT_ONCE):
        await asyncio.gather(
            *(journal.append(_receipt(number, clock)) for number in range(start, start + _FILL_AT_ONCE))
        )
    filled_mb = _rss_mb()
    destination = Counting()
    enrich = EnrichWorker(_desk(Stage.ENRICH, journal, clock), Immediate(), PrivacyPolicy())
    deliver = DeliverWorker(_desk(Stage.DELIVER, journal, clock), destination, linger_s=0.02)
    began = time.perf_counter()
    workers = [asyncio.create_task(enrich.run()), asyncio.create_task(deliver.run())]
    await destination.done.wait()
    per_s = destination.accepted / (time.perf_counter() - began)
    for worker in workers:
        worker.cancel()
    await asyncio.gather(*workers, return_exceptions=True)
    await journal.close()
    return Drained(per_s, filled_mb, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def _fetched(resource: Resource, id_: str = "") -> Fetched:
    return Fetched(resource=resource, id=id_, origin=Origin.GLADLY, age_s=0.0)


def _receipt(number: int, clock: SystemClock) -> Receipt:
    conversation = f"conversation-{number}"
    return Receipt(
        organization=ORGANIZATION,
        key=ReceiptKey(conversation),
        lane=Lane(f"conversation:{conversation}"),
        event_type="CONVERSATION/CREATED",
        event_id=f"event-{number}",
        occurred_at=None,
        received_at=clock.now(),
        source=Source.WEBHOOK,
        body=f'{{"type":"CONVERSATION/CREATED","content":{{"conversationId":"{conversation}"}}}}'.encode(),
    )


def _desk(stage: Stage, journal: SqliteJournal, clock: SystemClock) -> Desk:
    policy = RetryPolicy(max_age=timedelta(hours=1))
    return Desk(stage, ORGANIZATION, policy, journal=journal, clock=clock, observer=Silent(), draw=random.random)


def _rss_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 1024**2


if __name__ == "__main__":
    sys.stdout.write(msgspec.json.encode(uvloop.run(main(Path(sys.argv[1]), int(sys.argv[2])))).decode())
