"""Both vendors of every organization, side by side."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

import aiohttp
import msgspec

from gladly_segment.core.errors import GladlySegmentError
from gladly_segment.core.organization import Organization
from gladly_segment.doctor.looking.requests import ask
from gladly_segment.doctor.observations import Answer, OrganizationSeen, Reached, Seen, Trial, Unseen
from gladly_segment.ports.clock import Clock
from gladly_segment.ports.registry import Feed
from gladly_segment.ports.webhooks import Webhook, Webhooks

_AT_ONCE: Final = 32
_OK: Final = 200
_OFFLINE: Final = Unseen("--offline was given", expected=True)
_NO_TOKEN: Final = Unseen("Gladly's API cannot be asked", expected=True)
_TOO_LATE: Final = Unseen("there was no time left")


class Vendors(msgspec.Struct, frozen=True, kw_only=True):
    """How the vendors are asked: `webhooks` gives an organization's webhooks API.

    `send_test` sends a test event to an organization's Segment source; without it none is sent.
    """

    http: aiohttp.ClientSession
    clock: Clock
    webhooks: Callable[[Organization], Webhooks]
    send_test: Callable[[Organization], Awaitable[Trial]] | None = None


async def look_at_organizations(
    organizations: Sequence[tuple[Organization, Feed]], vendors: Vendors | None, *, within_s: float
) -> Sequence[OrganizationSeen]:
    """Look at all, as far as the time allows; without `vendors` nobody is asked."""
    if vendors is None:
        return [_unasked(organization, feed, _OFFLINE) for organization, feed in organizations]
    # Most organizations have the same host at Segment: it is asked once.
    hosts = {
        host: asyncio.create_task(ask(vendors.http, f"{host.rstrip('/')}/v1/batch", vendors.clock))
        for host in {organization.segment.host for organization, _ in organizations}
    }
    turns = asyncio.Semaphore(_AT_ONCE)
    tasks = [
        asyncio.create_task(_look(organization, feed, vendors, hosts, turns)) for organization, feed in organizations
    ]
    await _finished([*tasks, *hosts.values()], within_s)
    return [
        _unasked(organization, feed, _TOO_LATE) if task.cancelled() else task.result()
        for (organization, feed), task in zip(organizations, tasks, strict=True)
    ]


async def _finished(tasks: Sequence[asyncio.Task[Any]], within_s: float) -> None:
    """Wait for all as long as there is time, and end the others."""
    if not tasks:
        return
    _, pending = await asyncio.wait(tasks, timeout=within_s)
    for task in pending:
        task.cancel()
    if pending:
        await asyncio.wait(pending)


async def _look(
    organization: Organization,
    feed: Feed,
    vendors: Vendors,
    hosts: Mapping[str, asyncio.Task[Answer]],
    turns: asyncio.Semaphore,
) -> OrganizationSeen:
    async with turns:
        gladly = await _ask_gladly(organization, vendors)
        webhooks = await _webhooks(organization, vendors, gladly)
        trial = None if vendors.send_test is None else await vendors.send_test(organization)
    segment = await asyncio.shield(hosts[organization.segment.host])
    return OrganizationSeen(
        organization=organization, gladly=gladly, segment=segment, webhooks=webhooks, feed=feed, trial=trial
    )


async def _ask_gladly(organization: Organization, vendors: Vendors) -> Answer:
    access = organization.gladly
    headers = {"Authorization": aiohttp.encode_basic_auth(access.user, access.token.reveal())}
    url = f"{access.url.rstrip('/')}/api/v1/topics"
    return await ask(vendors.http, url, vendors.clock, headers=headers, wants_list=True)


async def _webhooks(organization: Organization, vendors: Vendors, gladly: Answer) -> Seen[Sequence[Webhook]]:
    if not (isinstance(gladly, Reached) and gladly.status == _OK and gladly.usable):
        return _NO_TOKEN
    try:
        return await vendors.webhooks(organization).all()
    except GladlySegmentError as error:
        return Unseen(f"Gladly's webhooks API {error.message}")


def _unasked(organization: Organization, feed: Feed, reason: Unseen) -> OrganizationSeen:
    return OrganizationSeen(organization=organization, gladly=reason, segment=reason, webhooks=reason, feed=feed)
