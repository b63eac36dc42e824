"""Certificates on demand: by the service where one runs, and where none does by whoever asks."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import msgspec

from gladly_segment.config import Settings
from gladly_segment.core.certificate import HOUR, Certificate, Standing, by_hours, hour_of
from gladly_segment.core.errors import InputError
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.organization import Organization
from gladly_segment.core.past import Span
from gladly_segment.core.records import Source
from gladly_segment.gladly import Directory, GladlyAccount, GladlyClient, GladlyRequests, Limiter
from gladly_segment.journals.sqlite import SqliteJournal, open_certificates, open_journal
from gladly_segment.journals.sqlite.inspector import SqliteInspector
from gladly_segment.observe import Several
from gladly_segment.ports.certificates import Certificates
from gladly_segment.ports.clock import Clock
from gladly_segment.recover.reconcile import AFTER, BEHIND
from gladly_segment.service.beside import has_journal, is_served
from gladly_segment.service.clock import SystemClock
from gladly_segment.service.known import who_is_known
from gladly_segment.service.past import Past
from gladly_segment.service.reconciling import make_reconciler
from gladly_segment.transport.session import open_session

_LOOK_EVERY_S: Final = 0.5
_WAITED_FOR: Final = timedelta(seconds=30)
"""So long it is waited for what was just taken in to come to its end."""

_WITHIN_S: Final = 10.0
_CONNECTIONS: Final = 4
_MOST: Final = timedelta(days=3 * 366)


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """Certificates of which hours somebody wants; `again`: Gladly is to be asked anew, until a moment ago."""

    organization: OrganizationId | None = None
    since: datetime
    until: datetime | None = None
    again: bool = False


class Progress(msgspec.Struct, frozen=True):
    """What is being waited for: so many spans are still to be made, or were and have something on its way."""

    ordered: int
    waiting: int


async def certify(settings: Settings, wish: Wish, tell: Callable[[Progress], None]) -> Sequence[Certificate]:
    """Give the certificates of the hours, after those that there are none of were made; `tell` hears what is awaited.

    Raises InputError for hours or an organization that there are not, and what opening the journal raises.
    """
    if not has_journal(settings.data_dir):
        raise InputError(f"there is no journal in {settings.data_dir}", hint="set data_dir, or give --data-dir")
    clock = SystemClock()
    spans = spans_of(wish, clock.now())
    organizations = await _meant(settings, wish, clock)
    if not is_served(settings.data_dir):
        return await _by_ourselves(settings, wish, organizations, spans, clock)
    async with open_certificates(settings.data_dir) as certificates:
        for each in organizations:
            if not each.paused:
                await order(certificates, each.name, spans, clock.now(), again=wish.again)
        return await _followed(certificates, [each.name for each in organizations], spans, clock, tell)


def spans_of(wish: Wish, now: datetime) -> Sequence[Span]:
    """Give the spans of a wish: whole hours, and with `again` the one that has not ended, until a moment ago.

    Raises InputError where there is none, or too many.
    """
    since, until = hour_of(wish.since), min(wish.until or now, now)
    ends = until if until == hour_of(until) else hour_of(until) + HOUR
    latest = (now - BEHIND).replace(microsecond=0) if wish.again else hour_of(now - AFTER)
    if until - since > _MOST:
        raise InputError("that is more than three years", hint="give a later --since, or an earlier --until")
    spans = by_hours(Span(since, min(ends, latest)))
    if not spans:
        raise InputError(
            "no hour of that time has ended, which a certificate is made of ten minutes later",
            hint="give an earlier --since, or have a part of an hour certified with --again",
        )
    return spans


async def order(
    certificates: Certificates, organization: OrganizationId, spans: Sequence[Span], now: datetime, *, again: bool
) -> int:
    """Order the certificates that there are none of, with `again` all; tell how many that are.

    A running service makes them within seconds, as far as Gladly can be asked. Raises JournalUnavailableError.
    """
    kept = await certificates.certificates(organization, spans[0].start, spans[-1].end)
    there = {each.span: each for each in kept}
    wanted = [each for each in spans if again or each not in there]
    ordered = [
        msgspec.structs.replace(there.get(each) or _none_yet(organization, each, now), ordered=True, trouble="")
        for each in wanted
    ]
    # Together, so that they share a sync.
    await asyncio.gather(*map(certificates.put, ordered))
    return len(ordered)


def _none_yet(organization: OrganizationId, span: Span, now: datetime) -> Certificate:
    return Certificate(
        organization=organization,
        span=span,
        made_at=now,
        source=Source.EVENTS_API,
        at_gladly=0,
        in_journal=0,
        accepted=0,
    )


async def _meant(settings: Settings, wish: Wish, clock: Clock) -> Sequence[Organization]:
    known = await who_is_known(settings, SqliteInspector(settings.data_dir, clock))
    if wish.organization is None:
        return [known.organizations[name] for name in sorted(known.organizations)]
    found = known.organizations.get(wish.organization)
    if found is None:
        names = ", ".join(sorted(known.organizations)) or "none"
        raise InputError(f"there is no organization {wish.organization}", hint=f"known are: {names}")
    if found.paused and wish.again:
        hint = f"let it go on: gladly-segment organizations resume {found.name}"
        raise InputError(f"{found.name} is paused, and nothing is asked for it", hint=hint)
    return [found]


async def _followed(
    certificates: Certificates,
    organizations: Iterable[OrganizationId],
    spans: Sequence[Span],
    clock: Clock,
    tell: Callable[[Progress], None],
) -> Sequence[Certificate]:
    """Wait until the service has made what was ordered, and a moment for what was recovered."""
    made_at: datetime | None = None
    while True:
        found = [each for name in organizations for each in await _kept(certificates, name, spans)]
        ordered = [each for each in found if each.ordered and not each.trouble]
        waiting = [each for each in found if each.standing is Standing.WAITING]
        made_at = None if ordered else made_at or clock.now()
        if not ordered and (not waiting or (made_at is not None and clock.now() - made_at >= _WAITED_FOR)):
            return found
        tell(Progress(len(ordered), len(waiting)))
        await asyncio.sleep(_LOOK_EVERY_S)


async def _kept(
    certificates: Certificates, organization: OrganizationId, spans: Sequence[Span]
) -> Sequence[Certificate]:
    return await certificates.certificates(organization, spans[0].start, spans[-1].end)


async def _by_ourselves(
    settings: Settings, wish: Wish, organizations: Sequence[Organization], spans: Sequence[Span], clock: Clock
) -> Sequence[Certificate]:
    """Ask Gladly without a service: what is taken in then waits for one."""
    found: list[Certificate] = []
    journal = await open_journal(settings.data_dir, clock)
    try:
        for each in organizations:
            if await order(journal.certificates, each.name, spans, clock.now(), again=wish.again):
                await _serve(each, journal, clock)
            found += await _kept(journal.certificates, each.name, spans)
    finally:
        await journal.close()
    return found


async def _serve(organization: Organization, journal: SqliteJournal, clock: Clock) -> None:
    observer = Several(())
    access = organization.gladly
    account = GladlyAccount(organization.name, access.url, access.user, access.token)
    async with open_session(total_s=_WITHIN_S, connections=_CONNECTIONS) as http:
        limiter = Limiter(clock, access.share)
        ask = partial(GladlyRequests, account, http, limiter, clock, observer)
        past = Past(ask, limiter, Directory(GladlyClient(ask()), clock), clock)
        reconciler = make_reconciler(
            organization.name, past.lists.events, past.lists.reports, past.entities, journal, clock, observer
        )
        while await reconciler.serve_orders():
            pass
