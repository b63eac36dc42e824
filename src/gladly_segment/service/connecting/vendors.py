"""Both vendors' clients, for as long as a command needs them."""

import os
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Final

from gladly_segment.connect.looking import look_at_gladly, send_marked_event
from gladly_segment.connect.marked_event import marked_event
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.organization import GladlyAccess, SegmentAccess
from gladly_segment.gladly import GladlyAccount, GladlyClient, GladlyRequests, GladlyWebhooks, Limiter
from gladly_segment.observe import Several
from gladly_segment.ports.webhooks import Webhook
from gladly_segment.segment import SegmentClient, SegmentSource
from gladly_segment.service.clock import SystemClock
from gladly_segment.transport.session import open_session

WITHIN_S: Final = 15.0

_CONNECTIONS: Final = 4
_NOBODY: Final = Several(())


@asynccontextmanager
async def gladly_of(organization: OrganizationId, access: GladlyAccess) -> AsyncGenerator[GladlyRequests]:
    """Give an organization's API while the block lasts."""
    clock = SystemClock()
    account = GladlyAccount(organization, access.url, access.user, access.token)
    async with open_session(total_s=WITHIN_S, connections=_CONNECTIONS) as session:
        yield GladlyRequests(account, session, Limiter(clock, access.share), clock, _NOBODY)


async def look(organization: OrganizationId, access: GladlyAccess) -> Sequence[Webhook]:
    """See that the token opens what will be needed, and give the webhooks. Raises ConnectRefusedError."""
    async with gladly_of(organization, access) as requests:
        return await look_at_gladly(GladlyClient(requests).agents, GladlyWebhooks(requests))


async def send_test_event(organization: OrganizationId, access: SegmentAccess, code: str) -> None:
    """Send a test event marked with a code. Raises ConnectRefusedError."""
    clock = SystemClock()
    source = SegmentSource(organization, access.host, access.write_key)
    async with open_session(total_s=WITHIN_S, connections=_CONNECTIONS) as session:
        destination = SegmentClient(source, session, clock, _NOBODY)
        await send_marked_event(destination, marked_event(code, clock.now(), os.urandom))
