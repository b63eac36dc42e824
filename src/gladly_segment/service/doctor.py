"""What the doctor looks at: everything by the settings, as the service itself would find it."""

import asyncio
import os
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Final

import aiohttp
import msgspec

from gladly_segment.config import Settings
from gladly_segment.config.origins import files_with_secrets, sourced
from gladly_segment.connect.marked_event import draw_code, marked_event
from gladly_segment.core.certificate import Certificate
from gladly_segment.core.errors import GladlySegmentError, InputError
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.organization import Organization
from gladly_segment.core.secret import Secret
from gladly_segment.core.signals import Signal
from gladly_segment.doctor import Observations
from gladly_segment.doctor.looking import (
    Listening,
    Vendors,
    look_at_disk,
    look_at_files,
    look_at_journal,
    look_at_organizations,
    look_at_service,
)
from gladly_segment.doctor.observations import SettingSeen, Trial
from gladly_segment.gladly import GladlyAccount, GladlyRequests, GladlyWebhooks, Limiter
from gladly_segment.journals.sqlite import open_certificates
from gladly_segment.journals.sqlite.inspector import SqliteInspector
from gladly_segment.ports.registry import Feed
from gladly_segment.segment import SegmentClient, SegmentSource
from gladly_segment.service.clock import SystemClock
from gladly_segment.service.known import Known, who_is_known
from gladly_segment.transport.session import open_session
from gladly_segment.vault import KeyFile

_KEY_WITHIN_S: Final = 6.0
_ANSWER_WITHIN_S: Final = 6.0
_VENDORS_WITHIN_S: Final = 15.0
_CONNECTIONS: Final = 32
_CERTIFICATES_OF: Final = timedelta(days=7)
_GB: Final = 1_000_000_000


class Wishes(msgspec.Struct, frozen=True, kw_only=True):
    """What a person wants looked at: `file` is the settings file that was named, `only` one organization."""

    file: Path | None = None
    only: OrganizationId | None = None
    offline: bool = False
    send_test: bool = False


class _Nobody:
    """The observer port, for whom nothing is of interest."""

    def emit(self, signal: Signal) -> None:
        """See the port."""


async def observe(settings: Settings, wishes: Wishes) -> Observations:
    """Look at everything, within half a minute. Raises InputError when there is no organization of the name."""
    clock = SystemClock()
    inspector = SqliteInspector(settings.data_dir, clock)
    known = await who_is_known(settings, inspector)
    chosen = _chosen(known, wishes.only)
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(open_session(total_s=_ANSWER_WITHIN_S, connections=_CONNECTIONS))
        test = partial(_send_test, http=http, clock=clock) if wishes.send_test else None
        webhooks = partial(_webhooks, http=http, clock=clock)
        vendors = Vendors(http=http, clock=clock, webhooks=webhooks, send_test=test)
        pairs = [
            (organization, known.feeds.get(name, Feed(organization=name))) for name, organization in chosen.items()
        ]
        journal, service, organizations = await asyncio.gather(
            look_at_journal(inspector),
            look_at_service(inspector, _listening(settings), http, clock),
            look_at_organizations(pairs, None if wishes.offline else vendors, within_s=_VENDORS_WITHIN_S),
        )
    return Observations(
        now=clock.now(),
        settings=[SettingSeen(each.key, each.value, each.origin) for each in sourced(settings, wishes.file)],
        unusable=[each for each in known.unusable if wishes.only in (None, each.organization) or not each.organization],
        sealed=known.sealed,
        registry=known.registry,
        files=look_at_files([*files_with_secrets(settings, wishes.file), *_key_files(settings)]),
        disk=look_at_disk(settings.data_dir),
        journal=journal,
        journal_max_bytes=int(settings.journal_max_gb * _GB),
        retention_days=settings.retention_days,
        service=service,
        organizations=organizations,
        certificates=await _certificates(settings, clock),
        same_key=_sharing(known.organizations, chosen),
        misbound=[each for each in known.misbound if each.organization in chosen],
        only=wishes.only,
        offline=wishes.offline,
    )


async def _certificates(settings: Settings, clock: SystemClock) -> Sequence[Certificate]:
    """Give those of the last week; none where the journal, which is looked at for itself, cannot be read."""
    now = clock.now()
    try:
        async with open_certificates(settings.data_dir) as certificates:
            return await certificates.certificates(None, now - _CERTIFICATES_OF, now)
    except GladlySegmentError:
        return ()


def _chosen(known: Known, only: OrganizationId | None) -> Mapping[OrganizationId, Organization]:
    if only is None:
        return known.organizations
    if only in known.organizations:
        return {only: known.organizations[only]}
    if any(each.organization == only for each in known.unusable):
        return {}
    names = ", ".join(sorted(known.organizations)) or "none"
    raise InputError(f"there is no organization {only}", hint=f"known are: {names}")


def _webhooks(organization: Organization, *, http: aiohttp.ClientSession, clock: SystemClock) -> GladlyWebhooks:
    access = organization.gladly
    account = GladlyAccount(organization.name, access.url, access.user, access.token)
    return GladlyWebhooks(GladlyRequests(account, http, Limiter(clock, access.share), clock, _Nobody()))


async def _send_test(organization: Organization, *, http: aiohttp.ClientSession, clock: SystemClock) -> Trial:
    source = SegmentSource(organization.name, organization.segment.host, organization.segment.write_key)
    code = draw_code(os.urandom)
    event = marked_event(code, clock.now(), os.urandom)
    return Trial(code, await SegmentClient(source, http, clock, _Nobody()).send([event], attempt=0))


def _listening(settings: Settings) -> Sequence[Listening]:
    server, admin = settings.server, settings.admin
    return [
        Listening("http" if server.tls_cert_file is None else "https", server.host, server.port, "server.port"),
        Listening("http" if admin.tls_cert_file is None else "https", admin.host, admin.port, "admin.port"),
    ]


def _key_files(settings: Settings) -> Sequence[Path]:
    keys = settings.secrets.sources(settings.data_dir)
    named = [settings.server.tls_key_file, settings.admin.tls_key_file, *keys.previous]
    if isinstance(keys.current, KeyFile) and (keys.current.beside is None or keys.current.path.exists()):
        named.append(keys.current.path)
    return [path for path in named if path is not None]


def _sharing(
    organizations: Mapping[OrganizationId, Organization], chosen: Mapping[OrganizationId, Organization]
) -> Sequence[Sequence[OrganizationId]]:
    """Give those that have one write key between them, as far as one of the chosen is among them."""
    by_key = defaultdict[Secret, list[OrganizationId]](list)
    for name in sorted(organizations):
        by_key[organizations[name].segment.write_key].append(name)
    return [names for names in by_key.values() if len(names) > 1 and chosen.keys() & names]
