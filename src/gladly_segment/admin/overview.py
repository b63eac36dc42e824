"""The numbers of the overview: per organization how many events are where, so that the parts add up."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Final

import msgspec

from gladly_segment import __version__
from gladly_segment.admin.watched import Shown
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.lifecycle import CLAIMED_BY, State
from gladly_segment.core.records import Tally


class Figure(msgspec.Struct, frozen=True):
    """A number that is shown of each organization: the receipts in these states, and what that means."""

    name: str
    states: frozenset[State]
    meaning: str


FIGURES: Final = (
    Figure("received", frozenset(State), "Events that are in the journal; all the other numbers together."),
    Figure("delivered", frozenset({State.DELIVERED}), "Accepted by Segment."),
    Figure(
        "suppressed",
        frozenset({State.SUPPRESSED}),
        "Nothing to send: the customer was deleted, or the conversation vanished in a merge.",
    ),
    Figure("ignored", frozenset({State.IGNORED}), "Of a type that leads to no track event."),
    Figure(
        "parked",
        frozenset({State.PARKED}),
        "Dead letters, which wait for somebody; gladly-segment dead list tells why, and what to do.",
    ),
    Figure("dropped", frozenset({State.DROPPED}), "Dead letters that somebody gave up."),
    Figure("waiting", frozenset(CLAIMED_BY), "On their way: to be enriched, or to be delivered."),
)
"""Counted is what the journal holds just now; what retention has forgotten is counted by the metrics alone."""


class Standing(StrEnum):
    """How an organization stands."""

    ACTIVE = "active"
    PAUSED = "paused"
    REMOVED = "removed"
    """Known no more; its events are still in the journal."""


class OrganizationStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One organization with its numbers, which are those of `FIGURES`."""

    name: OrganizationId
    standing: Standing
    received: int
    delivered: int
    suppressed: int
    ignored: int
    parked: int
    dropped: int
    waiting: int


class ServiceStatus(msgspec.Struct, frozen=True, kw_only=True):
    """The overview; `meanings` tells of each number what it counts."""

    version: str = __version__
    organizations: tuple[OrganizationStatus, ...]
    meanings: Mapping[str, str]


def overview(organizations: Sequence[Shown], tallies: Sequence[Tally]) -> ServiceStatus:
    """Add up the journal's counts, by organization in the order of their names."""
    counted: dict[OrganizationId, list[Tally]] = {}
    for tally in tallies:
        if tally.count:
            counted.setdefault(tally.organization, []).append(tally)
    standings = dict.fromkeys(counted, Standing.REMOVED)
    standings |= {each.name: Standing.PAUSED if each.paused else Standing.ACTIVE for each in organizations}
    return ServiceStatus(
        meanings={figure.name: figure.meaning for figure in FIGURES},
        organizations=tuple(
            OrganizationStatus(name=name, standing=standings[name], **_numbers(counted.get(name, [])))
            for name in sorted(standings)
        ),
    )


def _numbers(tallies: Sequence[Tally]) -> Mapping[str, int]:
    return {figure.name: sum(each.count for each in tallies if each.state in figure.states) for figure in FIGURES}
