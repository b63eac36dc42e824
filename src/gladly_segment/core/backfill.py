"""Bringing in the past: what was ordered, how far it is, and what it costs."""

from datetime import datetime
from enum import StrEnum
from typing import Final, NewType

import msgspec

from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.past import Span
from gladly_segment.core.records import Source

BackfillNumber = NewType("BackfillNumber", int)


class Phase(StrEnum):
    """How far a backfill is. Words, not numbers: they are shown."""

    GATHERING = "gathering"
    """Gladly's lists of the past are being read."""
    PLANNED = "planned"
    """Everything is known that will be done, and nothing is done before somebody starts it."""
    SENDING = "sending"
    """Occurrences are being handed to the journal, as fast as Gladly's rate permits, and become track events."""
    STOPPED = "stopped"
    """Somebody stopped it; started again, it goes on where it was."""
    DONE = "done"
    """Every occurrence has ended."""


UNDER_WAY: Final = frozenset({Phase.GATHERING, Phase.SENDING})
"""The phases in which the service works on it."""


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wants. `integrations` is the JSON object that its track events carry: `{}` for all destinations.

    With `plan_only` it is not started before it is ordered again without.
    """

    organization: OrganizationId
    span: Span
    integrations: bytes = b"{}"
    plan_only: bool = False


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the span, from where its occurrences are read, and why from there."""

    span: Span
    source: Source
    why: str


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What the lists told of: occurrences by kind, whose they are, and lines that cannot be read."""

    created: int = 0
    closed: int = 0
    conversations: int = 0
    customers: int = 0
    unreadable: int = 0

    @property
    def occurrences(self) -> int:
        """Count both kinds."""
        return self.created + self.closed


class Needs(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be sent: `customers` whose occurrences are among it, and conversations that name no customer.

    `uncertain` of the occurrences are creations that may prove to have been before; `known` are others, not to be sent.
    """

    occurrences: int = 0
    uncertain: int = 0
    customers: int = 0
    without_customer: int = 0
    known: int = 0


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What a backfill will do. `rate_per_s`: Gladly's requests that it may make while nothing else happens.

    `calls` is the least that its occurrences need; those known already (`known`) need none. `hours` is at that rate.
    `track_events` is the most that Segment will get; `uncertain` of them may turn out to be creations of before.
    """

    known: int
    uncertain: int
    calls: int
    rate_per_s: float
    hours: float
    track_events: int


_CALLS_PER_CUSTOMER: Final = 2
"""Its profile, and the list of its conversations."""

_CALLS_FOR_LISTS: Final = 1
"""Of agents."""


def plan_of(needs: Needs, rate_per_s: float) -> Plan:
    """Reckon what is still to be done."""
    # A conversation that names no customer is read by itself, and then its customer's profile.
    calls = _CALLS_PER_CUSTOMER * (needs.customers + needs.without_customer)
    calls += _CALLS_FOR_LISTS if calls else 0
    return Plan(
        known=needs.known,
        uncertain=needs.uncertain,
        calls=calls,
        rate_per_s=rate_per_s,
        hours=calls / rate_per_s / 3600,
        track_events=needs.occurrences,
    )


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How far it is. `known` occurrences were in the journal before, `handed_over` new ones went there.

    `ended` of the latter reached an end state, by state and reason in `outcomes`. `calls` were made at Gladly. `per_s`
    is the present rate of occurrences, `eta_s` what is left at that rate, `share` (0 to 1) how much of the permitted
    rate of calls is being used.
    """

    handed_over: int = 0
    known: int = 0
    left_out: int = 0
    """Conversations that an export showed and that were not created within the span."""
    ended: int = 0
    outcomes: tuple[tuple[str, str, int], ...] = ()
    calls: int = 0
    per_s: float | None = None
    eta_s: float | None = None
    share: float | None = None

    @property
    def dealt_with(self) -> int:
        """Count the occurrences for which nothing is left to do."""
        return self.known + self.left_out + self.ended


class Backfill(msgspec.Struct, frozen=True, kw_only=True):
    """An order and what became of it so far. `trouble` is what it waits for, empty when all is well.

    `readings` are the parts of its span, read or to be read; everything before `read_until` has been read.
    """

    number: BackfillNumber
    order: Order
    phase: Phase
    ordered_at: datetime
    changed_at: datetime
    readings: tuple[Reading, ...] = ()
    read_until: datetime | None = None
    found: Found = Found()
    plan: Plan | None = None
    progress: Progress = Progress()
    trouble: str = ""
