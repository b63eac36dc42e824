"""How things stand for an organization, as seen from outside of the service, whether one runs or not."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from gladly_segment.config import Settings
from gladly_segment.core.errors import CallFailedError, InputError, JournalUnavailableError
from gladly_segment.core.ids import ConversationId, OrganizationId, Seq
from gladly_segment.core.lifecycle import CLAIMED_BY, State
from gladly_segment.core.organization import Organization
from gladly_segment.core.records import History
from gladly_segment.core.rhythm import is_unusual
from gladly_segment.core.signals import GladlyCalled, Signal
from gladly_segment.core.situation import AtGladly, FeedSeen, FeedState, Held, Situation
from gladly_segment.doctor.checks.flow import stands_still
from gladly_segment.gladly import GladlyAccount, GladlyClient, GladlyRequests, Limiter
from gladly_segment.journals.sqlite import open_receipts, open_registry
from gladly_segment.journals.sqlite.inspector import SqliteInspector
from gladly_segment.ports.inspector import JournalView
from gladly_segment.ports.registry import Feed
from gladly_segment.service.clock import SystemClock
from gladly_segment.service.known import who_is_known
from gladly_segment.service.told import cut_off, kept_since, rate_of, told_by_gladly
from gladly_segment.transport.session import open_session

_LOOK_WITHIN_S: Final = 6.0
_ANSWER_WITHIN_S: Final = 10.0


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where to look; without settings it is not known who is served, and Gladly cannot be asked."""

    data_dir: Path
    settings: Settings | None


class Outside(msgspec.Struct, frozen=True, kw_only=True):
    """What is the same for all organizations: `served` is None without settings, `view` where it took too long."""

    clock: SystemClock
    place: Place
    running: bool
    served: Mapping[OrganizationId, Organization] | None
    unusable: frozenset[OrganizationId | None]
    view: JournalView | None

    @property
    def the_only_one(self) -> OrganizationId | None:
        """Give the organization that is served, if it is the only one."""
        served = self.served or {}
        return next(iter(served)) if len(served) == 1 else None

    def serves(self, name: OrganizationId) -> bool:
        """Tell whether an organization is served, as far as that is known."""
        return self.served is None or name in self.served or not self.unusable.isdisjoint({name, None})


async def look_around(place: Place) -> Outside:
    """Look at the settings, the registry and the journal."""
    clock = SystemClock()
    inspector = SqliteInspector(place.data_dir, clock)
    known = None if place.settings is None else await who_is_known(place.settings, inspector)
    try:
        view = await inspector.look(_LOOK_WITHIN_S)
    except JournalUnavailableError:
        view = None
    return Outside(
        clock=clock,
        place=place,
        running=_is_running(inspector),
        served=None if known is None else known.organizations,
        unusable=frozenset() if known is None else frozenset(each.organization for each in known.unusable),
        view=view,
    )


def _is_running(inspector: SqliteInspector) -> bool:
    try:
        return inspector.in_use()
    except JournalUnavailableError:
        # Its lock may not be looked at: that none runs is not known.
        return True


async def situation_of(
    name: OrganizationId | None, lane: Sequence[History], outside: Outside, *, ask_for: ConversationId | None
) -> Situation:
    """Tell how things stand for a conversation's receipts; Gladly is asked for `ask_for`.

    Raises InputError when it is to be asked and cannot be, JournalUnavailableError.
    """
    now = outside.clock.now()
    organization = None if name is None else (outside.served or {}).get(name)
    called, at_gladly = _Called(), None
    if ask_for is not None:
        at_gladly = await _ask(ask_for, _asked(name, organization), outside.clock, called)
    if name is None:
        return Situation(now=now, at_gladly=at_gladly)
    waiting = [each.seq for each in lane if each.state is State.RECEIVED]
    return Situation(
        now=now,
        running=outside.running,
        organization=name,
        known=outside.serves(name),
        paused=await _is_paused(outside.place, name),
        held=_held(outside.view, name),
        rate=None if organization is None else rate_of(organization, called.limit, called.left),
        ahead=await _ahead(outside.place, waiting),
        feed=_feed(await _noted(outside.place, name), outside.view, name, now),
        kept_since=None if organization is None else kept_since(organization, now),
        at_gladly=at_gladly,
    )


class _Called:
    """The observer port, for whom only Gladly's rate is of interest."""

    def __init__(self) -> None:
        self.limit: int | None = None
        self.left: int | None = None

    def emit(self, signal: Signal) -> None:
        """See the port."""
        if isinstance(signal, GladlyCalled):
            self.limit, self.left = signal.limit, signal.left


def _asked(name: OrganizationId | None, organization: Organization | None) -> Organization:
    if organization is not None:
        return organization
    if name is None:
        raise InputError("it is not known whose conversation it is", hint="name the organization with --organization")
    raise InputError(
        f"Gladly cannot be asked: nothing is known of how to reach {name}",
        hint="name the settings file with --config, or leave --ask-gladly out",
    )


async def _ask(
    conversation: ConversationId, organization: Organization, clock: SystemClock, called: _Called
) -> AtGladly:
    access = organization.gladly
    account = GladlyAccount(organization.name, access.url, access.user, access.token)
    async with open_session(total_s=_ANSWER_WITHIN_S, connections=1) as http:
        client = GladlyClient(GladlyRequests(account, http, Limiter(clock, access.share), clock, called))
        try:
            return told_by_gladly(await client.conversation(conversation))
        except CallFailedError as error:
            raise InputError(
                f"Gladly cannot be asked for the conversation: {error.message}",
                hint="leave --ask-gladly out, or see what is wrong: gladly-segment doctor",
            ) from None


def _held(view: JournalView | None, name: OrganizationId) -> tuple[Held, ...]:
    troubles = () if view is None else view.troubles
    return tuple(
        Held(CLAIMED_BY[each.state], each.detail)
        for each in troubles
        if each.organization == name and stands_still(each)
    )


def _feed(noted: Feed, view: JournalView | None, name: OrganizationId, now: datetime) -> FeedSeen | None:
    if (seen := cut_off(noted, now)) is not None:
        return seen
    pulse = next((each for each in view.pulses if each.organization == name), None) if view else None
    if pulse is not None and pulse.last_at is not None and is_unusual(pulse.busy_hours, pulse.last_at, now):
        return FeedSeen(FeedState.SILENT, pulse.last_at)
    return FeedSeen(FeedState.ENABLED) if noted.whole_until is not None and noted.disabled_since is None else None


async def _is_paused(place: Place, name: OrganizationId) -> bool:
    async with open_registry(place.data_dir) as registry:
        return name in await registry.paused()


async def _noted(place: Place, name: OrganizationId) -> Feed:
    async with open_registry(place.data_dir) as registry:
        return await registry.feed(name)


async def _ahead(place: Place, seqs: Sequence[Seq]) -> Mapping[Seq, int]:
    async with open_receipts(place.data_dir) as receipts:
        return await receipts.ahead(seqs)
