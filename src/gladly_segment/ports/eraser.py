"""Erasing a customer, as a person asks for it."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol

import msgspec

from gladly_segment.core.ids import CustomerId, OrganizationId


class Erasure(msgspec.Struct, frozen=True, kw_only=True):
    """The proof of an erasure; it names nobody.

    `customers` are the salted digests that the journal keeps, `emptied` and `suppressed` count receipts that had ended
    and such that had not, `found_again` what a second look over all rows still found, `remnants` the places of the
    journal's files in which something of it still stands (None: they could not be looked at, somebody reads the
    journal). `kept_beside` are former journals in the data directory, which an erasure does not touch.
    """

    organization: OrganizationId
    at: datetime
    customers: tuple[str, ...]
    receipts_looked_at: int
    emptied: int
    suppressed: int
    found_again: int
    remnants: int | None
    digest: str
    kept_beside: tuple[Path, ...]

    @property
    def is_complete(self) -> bool:
        """Tell whether nothing was found any more."""
        return self.found_again == 0 and self.remnants == 0


class Eraser(Protocol):
    """Works beside a running service. Both methods raise JournalUnavailableError."""

    async def merged_with(self, organization: OrganizationId, customer: CustomerId) -> Sequence[CustomerId]:
        """Name the customers that were merged with one, in whatever direction, as far as the journal still knows.

        Raises InputError when nothing was ever received of the organization.
        """
        ...

    async def erase(self, organization: OrganizationId, customers: Sequence[CustomerId]) -> Erasure:
        """Take all content that names the customers out of the journal, for good.

        What waits, or is a dead letter, ends as suppressed (`customer_erased`), and later events of its conversation
        go on; a stage that has it in hand is overtaken. What names the customers later ends in the same way, without
        its content being kept. Receipts stay without content, so that they are still recognised. Goes in portions,
        each durable by itself: when it is cut short, erasing again does the rest.
        """
        ...
