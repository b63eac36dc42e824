"""The mirror check: both sides put together, beside a running service or without one."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Final

import msgspec

from gladly_segment.core.errors import HistoryUnavailableError, InputError
from gladly_segment.core.ids import MessageId, OrganizationId
from gladly_segment.core.lifecycle import State
from gladly_segment.core.mirror import Accepted, is_ours, key_of
from gladly_segment.journals.sqlite import open_changes, open_outcomes
from gladly_segment.mirrors import Comparison, arrived, first_arrival
from gladly_segment.ports.history import Event, History, Search
from gladly_segment.ports.outcomes import Outcomes
from gladly_segment.ports.receipts import Changes
from gladly_segment.service.history import pages, reading_history

__all__ = ["Comparison", "Span", "compare", "since_when"]

_PORTION: Final = 5_000
_FOLLOWS_WITHIN_S: Final = 10.0
_LOOK_EVERY_S: Final = 0.2


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """Which events are looked at: received by an organization, or by any, within [since, until)."""

    organization: OrganizationId | None
    since: datetime
    until: datetime | None


async def compare(comparison: Comparison, data_dir: Path, span: Span, ids: Iterable[str] | None) -> None:
    """Put what was accepted beside what arrived: these ids, or where None what came to the mirror of this service.

    Raises InputError where there is no journal or nothing arrived at the mirror, HistoryUnavailableError,
    JournalUnavailableError or MirrorUnavailableError.
    """
    async with open_changes(data_dir) as changes, reading_history(data_dir) as history:
        if ids is None:
            mirrored = _mirrored(data_dir, span.organization)
            for name in mirrored:
                comparison.arrive(chain.from_iterable(arrived(data_dir, name)))
            organizations: Sequence[OrganizationId | None] = mirrored
        else:
            organizations = (span.organization,)
            comparison.arrive((MessageId(each), 1) for each in ids if is_ours(each))
        # What arrived is known to the history once that is as far as the journal is now.
        await _follow(history, changes)
        for organization in organizations:
            search = Search(organization=organization, states=(State.DELIVERED,), since=span.since, until=span.until)
            async for events in pages(history, search, _PORTION):
                comparison.accept(map(_accepted, events))
        async with open_outcomes(data_dir) as outcomes:
            await _recognise(comparison, history, outcomes, {each for each in organizations if each is not None})


def since_when(data_dir: Path, organization: OrganizationId | None) -> Mapping[OrganizationId, datetime]:
    """Tell since when messages arrive at the mirror, of one organization or of each; see `first_arrival`."""
    return first_arrival(data_dir, organization)


def _mirrored(data_dir: Path, organization: OrganizationId | None) -> Sequence[OrganizationId]:
    organizations = tuple(since_when(data_dir, organization))
    if not organizations:
        whose = "" if organization is None else f" of {organization}"
        raise InputError(
            f"nothing has arrived at the mirror{whose}",
            hint="have Segment's Webhooks (Actions) destination send to /mirror/ORG, with mirror_secret as its shared "
            "secret; or give --ids FILE, as of: SELECT id AS message_id FROM your_source.tracks",
        )
    return organizations


async def _follow(history: History, changes: Changes) -> None:
    """Wait until the history has all that the journal has at this moment."""
    wanted = await changes.head()
    with suppress(TimeoutError):
        async with asyncio.timeout(_FOLLOWS_WITHIN_S):
            while True:
                head, progress = await changes.head(), await history.progress()
                if progress.rebuilt is not None:
                    break
                if head - progress.behind >= wanted:
                    return
                await asyncio.sleep(_LOOK_EVERY_S)
    raise HistoryUnavailableError(
        "the history does not have all that the journal has: events would be missing",
        hint="start the service, or run gladly-segment history rebuild; history status tells how far it is",
    )


def _accepted(event: Event) -> Accepted:
    return Accepted(
        message_id=event.message_id,
        organization=event.organization,
        seq=event.seq,
        at=event.ended_at or event.received_at,
    )


async def _recognise(
    comparison: Comparison, history: History, outcomes: Outcomes, organizations: set[OrganizationId]
) -> None:
    """Look for what arrived and was not accepted in the span: outside of it, or among what is no longer kept."""
    if next(comparison.unknown(), None) is None:
        return
    async for events in pages(history, Search(), _PORTION):
        comparison.know(event.message_id for event in events)
        organizations.update(event.organization for event in events)
    for messages in comparison.unknown():
        for organization in organizations:
            known = await outcomes.forgotten(organization, [key_of(each) for each in messages])
            comparison.know(each for each in messages if key_of(each) in known)
