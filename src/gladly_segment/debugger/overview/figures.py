"""The figures of the overview: numbers of events that add up, each with its meaning."""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.lifecycle import CLAIMED_BY, State
from gladly_segment.core.records import Tally


class Figure(msgspec.Struct, frozen=True):
    """A number that is shown of each organization: the events in these states, and what that means."""

    name: str
    states: tuple[State, ...]
    meaning: str


FIGURES: Final = (
    Figure("received", tuple(State), "Events that came; all the other numbers together."),
    Figure("delivered", (State.DELIVERED,), "Accepted by Segment."),
    Figure(
        "suppressed",
        (State.SUPPRESSED,),
        "Nothing to send: the customer was deleted or erased, the conversation vanished in a merge, or a rule of yours"
        " keeps it back.",
    ),
    Figure("ignored", (State.IGNORED,), "Of a type that leads to no track event."),
    Figure("parked", (State.PARKED,), "Dead letters, which wait for somebody."),
    Figure("dropped", (State.DROPPED,), "Dead letters that somebody gave up."),
    Figure("waiting", tuple(CLAIMED_BY), "On their way: to be enriched, or to be delivered."),
)
"""Counted is what is kept just now; what retention has forgotten is counted by the metrics alone."""


def by_organization(tallies: Sequence[Tally]) -> Mapping[OrganizationId, Mapping[str, int]]:
    """Add up the journal's counts to figures, for all organizations of which it holds anything."""
    counted: dict[OrganizationId, list[Tally]] = {}
    for tally in tallies:
        if tally.count:
            counted.setdefault(tally.organization, []).append(tally)
    return {name: _figures(each) for name, each in counted.items()}


NOTHING: Final[Mapping[str, int]] = {figure.name: 0 for figure in FIGURES}
"""The figures of an organization of which the journal holds nothing."""


def _figures(tallies: Sequence[Tally]) -> Mapping[str, int]:
    return {figure.name: sum(each.count for each in tallies if each.state in figure.states) for figure in FIGURES}
