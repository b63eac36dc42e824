"""One organization: its lists, its customers and its conversations. Pure: the clock is passed in."""

from collections.abc import Callable

from msgspec import UnsetType

from gladly_segment.sandbox.gladly.conversations import Conversations
from gladly_segment.sandbox.gladly.customers import Customers
from gladly_segment.sandbox.gladly.errors import RefusedError
from gladly_segment.sandbox.gladly.eventlog import EventLog, IdSource
from gladly_segment.sandbox.gladly.ledger import Ledger
from gladly_segment.sandbox.gladly.records import (
    Agent,
    AgentId,
    Inbox,
    InboxId,
    Initiator,
    Topic,
    TopicId,
)


class Organization:
    """All records; it starts with one inbox. `now_ns` gives the time, `seed` the ids."""

    def __init__(self, *, now_ns: Callable[[], int], seed: int, ledger: Ledger) -> None:
        self._ids = IdSource(seed)
        self.log = EventLog(now_ns=now_ns, ids=self._ids)
        self.agents: dict[AgentId, Agent] = {}
        self.topics: dict[TopicId, Topic] = {}
        self.inboxes: dict[InboxId, Inbox] = {}
        system = Initiator(id=self._ids.next(), type="SYSTEM")
        self.conversations = Conversations(log=self.log, ids=self._ids, ledger=ledger, system=system)
        self.customers = Customers(
            log=self.log, ids=self._ids, ledger=ledger, conversations=self.conversations, system=system
        )
        self.default_inbox = self.add_inbox("General")

    def next_id(self) -> str:
        """A new id."""
        return self._ids.next()

    def add_agent(self, name: str, email_address: str) -> Agent:
        """Add an agent."""
        agent = Agent(id=AgentId(self._ids.next()), name=name, email_address=email_address)
        self.agents[agent.id] = agent
        return agent

    def add_topic(self, name: str, parent_id: TopicId | UnsetType) -> Topic:
        """Add a topic. Raises RefusedError (404) for an unknown parent."""
        if not isinstance(parent_id, UnsetType) and parent_id not in self.topics:
            raise RefusedError.not_exist("parent topic")
        topic = Topic(id=TopicId(self._ids.next()), name=name, parent_id=parent_id)
        self.topics[topic.id] = topic
        return topic

    def add_inbox(self, name: str) -> Inbox:
        """Add an inbox."""
        inbox = Inbox(id=InboxId(self._ids.next()), name=name)
        self.inboxes[inbox.id] = inbox
        return inbox
