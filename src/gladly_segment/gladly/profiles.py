"""Customer profiles, remembered for a while: merges are followed, no call is made twice at once."""

from typing import Final

from gladly_segment.core.errors import CallFailedError
from gladly_segment.core.failures import Failure, FailureKind
from gladly_segment.core.ids import CustomerId
from gladly_segment.core.provenance import Fetched, Resource
from gladly_segment.gladly.client import CustomerReading, GladlyClient, Moved
from gladly_segment.gladly.memo import Given, Memo
from gladly_segment.ports.clock import Clock
from gladly_segment.ports.entities import CustomerAnswer, Gone, Read

_LONGEST_MERGE_CHAIN: Final = 20


class Profiles:
    """One organization's customer profiles: up to `most` of them, for `keep_s` seconds each.

    That a customer is gone ends its events for good, and is told from memory only with `keep_gone`.
    """

    def __init__(
        self, client: GladlyClient, clock: Clock, *, keep_s: float, most: int, keep_gone: bool = False
    ) -> None:
        self._client = client
        self._keep_gone = keep_gone
        self._memo: Memo[CustomerId, CustomerReading] = Memo(clock, keep_s=keep_s, most=most)

    async def get(self, customer: CustomerId) -> Read[CustomerAnswer]:
        """Give the profile that a customer id stands for today, and the way to it.

        Raises CallFailedError; a chain of merges that leads in a circle is a malformed answer.
        """
        way: list[Fetched] = []
        for _ in range(_LONGEST_MERGE_CHAIN):
            given = await self._read(customer)
            way.append(given.fetched(Resource.CUSTOMER_PROFILE, customer))
            if not isinstance(given.value, Moved):
                return Read(given.value, tuple(way))
            customer = given.value.to
        raise CallFailedError(Failure(FailureKind.MALFORMED, "the customer's merges do not come to an end"))

    def drop(self, customer: CustomerId) -> None:
        """Forget what was read of a customer. Does not block."""
        self._memo.drop(customer)

    def drop_all(self) -> None:
        """Forget what was read of all customers. Does not block."""
        self._memo.drop_all()

    async def _read(self, customer: CustomerId) -> Given[CustomerReading]:
        given = await self._memo.get(customer, lambda: self._client.customer_profile(customer))
        if isinstance(given.value, Gone) and not self._keep_gone:
            self._memo.drop(customer)
        return given
