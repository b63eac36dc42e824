"""Customers and the rules that change, merge and delete them (Gladly fact sheet)."""

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from gladly_segment.sandbox.gladly.conversations import Conversations
from gladly_segment.sandbox.gladly.errors import RefusedError
from gladly_segment.sandbox.gladly.eventlog import EventLog, IdSource
from gladly_segment.sandbox.gladly.events import EventType, MergeContent, ProfileContent
from gladly_segment.sandbox.gladly.ledger import Deletion, Ledger, Merge
from gladly_segment.sandbox.gladly.records import (
    ConversationId,
    CustomerFields,
    CustomerId,
    CustomerProfile,
    Initiator,
)
from gladly_segment.sandbox.gladly.times import rfc3339_ms, rfc3339_us


class Customers:
    """All customers of the organization; every change appends its event."""

    def __init__(
        self, *, log: EventLog, ids: IdSource, ledger: Ledger, conversations: Conversations, system: Initiator
    ) -> None:
        self._log = log
        self._ids = ids
        self._ledger = ledger
        self._conversations = conversations
        self._system = system
        self._by_id: dict[CustomerId, CustomerProfile] = {}
        self._merged_into: dict[CustomerId, CustomerId] = {}

    def all(self) -> tuple[CustomerProfile, ...]:
        """Those that still exist, oldest first."""
        return tuple(self._by_id.values())

    def get(self, customer_id: CustomerId) -> CustomerProfile:
        """Raises RefusedError: 301 with the next id when merged, 404 when deleted or never there."""
        if customer_id in self._merged_into:
            raise RefusedError.moved(customer_id, self._merged_into[customer_id])
        if customer_id not in self._by_id:
            raise RefusedError.no_customer(customer_id)
        return self._by_id[customer_id]

    def seed(self, profile: CustomerProfile) -> None:
        """Take in a customer of the past, as they are now."""
        self._by_id[profile.id] = profile

    def seed_merged(
        self, source: CustomerId, target: CustomerId, at_ns: int, vanished: ConversationId | UnsetType
    ) -> None:
        """Take in that a customer was merged into another in the past."""
        self._merged_into[source] = target
        self._ledger.merges.append(
            Merge(source=source, target=target, at=rfc3339_us(at_ns), vanished_conversation_id=vanished)
        )

    def seed_deleted(self, customer_id: CustomerId, at_ns: int) -> None:
        """Take in that a customer was deleted in the past."""
        self._ledger.deletions.append(Deletion(customer_id=customer_id, at=rfc3339_us(at_ns)))

    def exists(self, customer_id: CustomerId) -> bool:
        """Whether somebody answers to it, be it after merges."""
        while customer_id in self._merged_into:
            customer_id = self._merged_into[customer_id]
        return customer_id in self._by_id

    def create(self, fields: CustomerFields) -> CustomerProfile:
        """Add a customer."""
        at_ns = self._log.next_instant()
        now = rfc3339_ms(at_ns)
        blank = CustomerProfile(id=CustomerId(self._ids.next()), created_at=now, updated_at=now)
        return self._store(replace(blank, **fields.given()), EventType.PROFILE_CREATED, at_ns)

    def update(self, customer_id: CustomerId, fields: CustomerFields) -> CustomerProfile:
        """Replace the given fields. Raises RefusedError (301, 404)."""
        at_ns = self._log.next_instant()
        profile = replace(self.get(customer_id), updated_at=rfc3339_ms(at_ns), **fields.given())
        return self._store(profile, EventType.PROFILE_UPDATED, at_ns)

    def delete(self, customer_id: CustomerId, *, force: bool) -> None:
        """Delete the customer with all conversations.

        Raises RefusedError: 301, 404, or 409 while one is not closed; `force` leaves that rule out.
        """
        self.get(customer_id)
        if self._conversations.unclosed_of_customer(customer_id) and not force:
            raise RefusedError.conflict("conversation", "close any open or waiting conversations first")
        self._conversations.delete_of_customer(customer_id)
        del self._by_id[customer_id]
        at_ns = self._log.next_instant()
        self._ledger.deletions.append(Deletion(customer_id=customer_id, at=rfc3339_us(at_ns)))
        self._log.append(EventType.PROFILE_DELETED, ProfileContent(customer_id=customer_id), at_ns, self._system)

    def merge(self, source: CustomerId, target: CustomerId) -> CustomerProfile:
        """Merge `source` into `target` and return the latter, whose own fields stay as they are.

        Raises RefusedError: 301 or 404 of either, 409 when they are one and the same.
        """
        self.get(source)
        survivor = self.get(target)
        if source == target:
            raise RefusedError.conflict("into", "a customer cannot be merged into itself")
        vanished, remaining = self._conversations.move(source, target) or (UNSET, UNSET)
        del self._by_id[source]
        self._merged_into[source] = target
        at_ns = self._log.next_instant()
        self._ledger.merges.append(
            Merge(source=source, target=target, at=rfc3339_us(at_ns), vanished_conversation_id=vanished)
        )
        content = MergeContent(
            source_customer_id=source,
            source_conversation_id=vanished,
            destination_customer_id=target,
            destination_conversation_id=remaining,
        )
        self._log.append(EventType.CUSTOMER_MERGED, content, at_ns, self._system)
        return survivor

    def _store(self, profile: CustomerProfile, event_type: EventType, at_ns: int) -> CustomerProfile:
        self._by_id[profile.id] = profile
        self._log.append(event_type, ProfileContent(customer_id=profile.id), at_ns, self._system)
        return profile
