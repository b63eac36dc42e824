"""What Gladly's books say about an occurrence: whose it is, until when, and what a client could read of it."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from gladly_segment.sandbox.audit.books import Customer, Delivery, GladlyBooks, Occurrence
from gladly_segment.sandbox.audit.timelines import agent_timelines, topic_timelines

_ACCEPTED = range(200, 300)
_NEVER_LANDED = frozenset({"ClientConnectorError", "Lost"})
"""Errors of attempts that reached nobody. After any other the receiver may have kept the event."""


class Handover(msgspec.Struct, frozen=True, kw_only=True):
    """A webhook answered 2xx: when it may have landed first, when the answered attempt began and was answered."""

    landed_from: datetime
    started_at: datetime
    acknowledged_at: datetime


class Facts:
    """The books, looked up by id."""

    def __init__(self, books: GladlyBooks) -> None:
        self.agent_names = {agent.id: agent.name for agent in books.agents}
        self.agents = agent_timelines(books.events, books.conversations)
        self.topics = topic_timelines(books.events, books.conversations, books.seeded)
        self._customers = {customer.id: customer for customer in books.customers}
        self._merged_into = {merge.source: merge.target for merge in books.merges}
        self._deleted_at = {deletion.customer_id: deletion.at for deletion in books.deletions}
        self._vanished_at = {merge.vanished_conversation_id: merge.at for merge in books.merges}
        self._handovers = _handovers(books.deliveries)

    def handover(self, occurrence: Occurrence) -> Handover | None:
        """How the occurrence's webhook reached the service; None when it was never acknowledged."""
        return self._handovers.get(occurrence.event_id)

    def identities(self, occurrence: Occurrence) -> tuple[str, ...]:
        """The occurrence's customer, and whomever it was merged into, the survivor last."""
        chain = [occurrence.customer_id]
        while chain[-1] in self._merged_into:
            chain.append(self._merged_into[chain[-1]])
        return tuple(chain)

    def gone_at(self, occurrence: Occurrence) -> datetime | None:
        """When the customer was deleted or the conversation vanished in a merge, whichever came first."""
        times = [self._deleted_at[each] for each in self.identities(occurrence) if each in self._deleted_at]
        if occurrence.conversation_id in self._vanished_at:
            times.append(self._vanished_at[occurrence.conversation_id])
        return min(times, default=None)

    def unchanged_customer(self, customer_id: str) -> Customer | None:
        """The customer, if it still exists and has always been as it is."""
        customer = self._customers.get(customer_id)
        return customer if customer and customer.updated_at == customer.created_at else None


def _handovers(deliveries: Iterable[Delivery]) -> dict[str, Handover]:
    landed_from: dict[str, datetime] = {}
    handovers: dict[str, Handover] = {}
    for attempt in sorted(deliveries, key=lambda each: each.ended_at):
        accepted = attempt.status in _ACCEPTED
        if accepted or (attempt.status is None and attempt.error not in _NEVER_LANDED):
            earliest = min(landed_from.get(attempt.event_id, attempt.started_at), attempt.started_at)
            landed_from[attempt.event_id] = earliest
        if accepted and attempt.event_id not in handovers:
            handovers[attempt.event_id] = Handover(
                landed_from=landed_from[attempt.event_id],
                started_at=attempt.started_at,
                acknowledged_at=attempt.ended_at,
            )
    return handovers
