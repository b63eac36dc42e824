"""Completeness certificates, as they are kept."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from gladly_segment.core.certificate import Certificate, Standing
from gladly_segment.core.ids import OrganizationId


class Certificates(Protocol):
    """Kept with the journal; those of an organization never overlap.

    Commands write beside a running service: one that is ordered is seen by it within seconds. Retention deletes one
    when dead letters, and what ended, would be deleted that are as old as it is (`Upkeep.forget`). They name
    conversations and events by Gladly's ids, never customers: erasing a customer changes nothing in them but the id of
    an event in which that of the customer stands. Every method raises JournalUnavailableError.
    """

    async def put(self, certificate: Certificate) -> None:
        """Keep one, durably, in the place of all of its organization whose span overlaps its own."""
        ...

    async def certificates(
        self, organization: OrganizationId | None, since: datetime, until: datetime
    ) -> Sequence[Certificate]:
        """Give those whose span begins within [since, until), by organization and time."""
        ...

    async def saying(
        self, organization: OrganizationId, standings: Collection[Standing], since: datetime
    ) -> Sequence[Certificate]:
        """Give those that have one of these standings and begin at `since` or later, oldest first; cheap while few."""
        ...

    async def last(self, organization: OrganizationId) -> Certificate | None:
        """Give the one of the latest span; None where there is none."""
        ...
