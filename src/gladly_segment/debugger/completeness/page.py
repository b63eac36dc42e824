"""What the completeness screen shows: the report, laid out, with the ways to everything in it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec

from gladly_segment.core.certificate import HOUR, Difference
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.past import Span
from gladly_segment.debugger.completeness.query import CompletenessQuery, Range, Shown, address, moved
from gladly_segment.debugger.completeness.report import (
    MEANINGS,
    BackfillShown,
    CompletenessReport,
    Hour,
    OrganizationCompleteness,
)
from gladly_segment.debugger.completeness.strip import HOURS, WEEK, Cell, Look, Row, look_of, rows
from gladly_segment.debugger.paths import conversation_path
from gladly_segment.debugger.times import Way, minute_of
from gladly_segment.debugger.wrong import Wrong
from gladly_segment.ports.registry import Action

ACTIONS: Final = 20
"""So many of the latest actions are on the page."""

MOST_UNSETTLED: Final = 12

MOST_STRIPS: Final = 5
"""Of more organizations at once no single hours are shown: nobody could take them in."""

_TEXTS: Final = {Range.DAY: "24 h", Range.WEEK: "7 d", Range.MONTH: "30 d", Range.QUARTER: "90 d"}


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """What was ordered: a backfill `planned`, `started` or `stopped`, or a time to be `certified` anew.

    `stopped` of one that was not under way did nothing: `acted` is false.
    """

    what: str
    organization: OrganizationId
    acted: bool = True


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """The fields of the backfill's form, as they were sent or as they are proposed."""

    organization: str = ""
    since: str = ""
    until: str = ""
    integrations: str = "{}"


class Particular(msgspec.Struct, frozen=True):
    """A difference, with what it means and where its conversation is."""

    difference: Difference
    meaning: str
    href: str


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """An hour that is opened, with its certificates: usually one."""

    span: Span
    hours: Sequence[Hour]
    organization: OrganizationId

    def particulars(self, hour: Hour) -> Sequence[Particular]:
        """Give what is particular in a certificate of it."""
        return [
            Particular(each, MEANINGS[each.kind], conversation_path(self.organization, each.conversation))
            for each in hour.differences
        ]


class Unsettled(msgspec.Struct, frozen=True):
    """An hour that does not say complete."""

    hour: Hour
    look: Look
    href: str


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """An organization on the page. `rows` are its hours, none beside many other organizations.

    `unsettled` are its latest hours that do not say complete, `more` are left out.
    """

    told: OrganizationCompleteness
    rows: Sequence[Row]
    unsettled: Sequence[Unsettled]
    more: int
    opened: Opened | None
    query: CompletenessQuery

    def href(self, cell: Cell) -> str:
        """Lead into an hour, or a day."""
        if cell.span.end - cell.span.start == HOUR:
            return _hour(self.query, self.told.name, cell.span.start)
        day = {"since": minute_of(cell.span.start), "until": minute_of(cell.span.end), "hour": "", "done": ""}
        return address(msgspec.structs.replace(self.query, organization=self.told.name, **day))


class CompletenessPage(msgspec.Struct, frozen=True, kw_only=True):
    """The page. `once` comes back with a form, so that it counts once; `given` is the backfill's form."""

    report: CompletenessReport
    query: CompletenessQuery
    columns: Sequence[str]
    by_hour: bool
    cards: Sequence[Card]
    ranges: Sequence[Way]
    moves: Sequence[Way]
    actions: Sequence[Action]
    once: str
    given: Given
    served: Sequence[OrganizationId]
    done: Done | None = None
    wrong: Wrong | None = None

    @property
    def href(self) -> str:
        """Where it is, also when it answers a form."""
        return address(msgspec.structs.replace(self.query, done=""))

    @property
    def json(self) -> str:
        """Where the same is as JSON."""
        return address(msgspec.structs.replace(self.query, done=""), "/completeness.json")

    @property
    def is_under_way(self) -> bool:
        """Something changes by itself: the page is to be kept up to date."""
        return any(each.is_under_way for each in self.report.backfills or ())

    @property
    def backfills(self) -> Sequence[BackfillShown]:
        """Those of the organizations that are shown."""
        return self.report.backfills or ()


def cards(query: CompletenessQuery, shown: Shown, report: CompletenessReport, hour: Span | None) -> Sequence[Card]:
    """Lay out the organizations."""
    in_rows = len(report.organizations) <= MOST_STRIPS
    return [_card(query, each, rows(shown, each.hours) if in_rows else (), hour) for each in report.organizations]


def columns(shown: Shown) -> Sequence[str]:
    """Name the columns of the strips."""
    return HOURS if shown.step == HOUR else WEEK


def ranges(query: CompletenessQuery) -> Sequence[Way]:
    """Give the ways to times that end now."""
    plain = msgspec.structs.replace(query, since="", until="", hour="", done="")
    return [
        Way(text, address(msgspec.structs.replace(plain, range=each)), not query.is_own_time and query.range is each)
        for each, text in _TEXTS.items()
    ]


def moves(query: CompletenessQuery, shown: Shown, now: datetime) -> Sequence[Way]:
    """Give the ways to earlier and later."""
    earlier, later = moved(query, shown, -1, now), moved(query, shown, 1, now)
    return [Way("Earlier", address(earlier) if earlier else None), Way("Later", address(later) if later else None)]


def _card(query: CompletenessQuery, told: OrganizationCompleteness, rows: Sequence[Row], hour: Span | None) -> Card:
    unsettled = [each for each in reversed(told.hours) if look_of(each) is not Look.COMPLETE]
    within = [each for each in told.hours if hour and hour.start <= each.since < hour.end]
    return Card(
        told=told,
        rows=rows,
        unsettled=[
            Unsettled(each, look_of(each), _hour(query, told.name, each.since)) for each in unsettled[:MOST_UNSETTLED]
        ],
        more=len(unsettled[MOST_UNSETTLED:]),
        opened=Opened(span=hour, hours=within, organization=told.name) if hour else None,
        query=query,
    )


def _hour(query: CompletenessQuery, name: OrganizationId, start: datetime) -> str:
    return address(msgspec.structs.replace(query, organization=name, hour=minute_of(start), done="")) + "#hour"
