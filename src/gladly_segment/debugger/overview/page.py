"""What the overview shows: the numbers of `/flow.json` and `/status.json`, each with the way to its events."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from urllib.parse import urlencode

import msgspec

from gladly_segment.core.ids import OrganizationId
from gladly_segment.debugger.overview.figures import FIGURES, Figure
from gladly_segment.debugger.overview.flow import FlowReport
from gladly_segment.debugger.overview.query import OverviewQuery, address, command, with_range, with_span
from gladly_segment.debugger.overview.span import Range, Span, closer, earlier, later, wider
from gladly_segment.debugger.overview.status import OrganizationStatus, ServiceStatus, Standing
from gladly_segment.debugger.times import Way, minute_of
from gladly_segment.ports.history import Flow

RANGES: Final = {
    Range.HOUR: "1 h",
    Range.SIX_HOURS: "6 h",
    Range.DAY: "24 h",
    Range.WEEK: "7 d",
    Range.MONTH: "30 d",
    Range.ALL: "all",
}

_WAITING: Final = next(figure for figure in FIGURES if figure.name == "waiting")


class Number(msgspec.Struct, frozen=True):
    """How many events, and where they are listed."""

    figure: Figure
    events: int
    href: str


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """An organization in the table. `flow` is None while the history cannot be read."""

    status: OrganizationStatus
    href: str
    numbers: Sequence[Number] = ()
    flow: Flow | None = None


class Now(msgspec.Struct, frozen=True, kw_only=True):
    """How the organizations that are shown stand together.

    Of the active ones, `sending` have a webhook in order, and `troubled` one that needs somebody. `tightest` has least
    left of Gladly's rate.
    """

    waiting: int
    waiting_since: datetime | None
    waiting_href: str
    parked: int
    parked_href: str
    active: int
    sending: int
    troubled: Sequence[OrganizationStatus]
    heard_at: datetime | None
    held: Sequence[OrganizationStatus]
    held_stages: int
    tightest: OrganizationStatus | None
    throttled: int


class OverviewPage(msgspec.Struct, frozen=True, kw_only=True):
    """The page. `flow` is None while the history cannot be read."""

    query: OverviewQuery
    status: ServiceStatus
    flow: FlowReport | None
    now: Now
    ranges: Sequence[Way]
    moves: Sequence[Way]
    numbers: Sequence[Number]
    rows: Sequence[Row]
    json: str
    figures: Sequence[Figure] = FIGURES

    @property
    def kind(self) -> str:
        """What sort of page it is: another one has other parts."""
        history = "with history" if self.flow else "without history"
        return f"{min(len(self.rows), 2)} {'new' if self.is_new else 'used'} {history}"

    @property
    def command(self) -> str:
        """The command that shows the same."""
        return command(self.query)

    @property
    def shown(self) -> Sequence[OrganizationStatus]:
        """The organizations that the page is about."""
        return [row.status for row in self.rows]

    @property
    def is_new(self) -> bool:
        """Nothing ever came."""
        return not any(each.received for each in self.status.organizations)


def overview_page(query: OverviewQuery, status: ServiceStatus, flow: FlowReport | None) -> OverviewPage:
    """Put the page together."""
    chosen = query.chosen
    organizations = [each for each in status.organizations if chosen in (None, each.name)]
    flows = {each.name: each for each in flow.organizations} if flow else {}
    return OverviewPage(
        query=query,
        status=status,
        flow=flow,
        now=_now(organizations, chosen),
        ranges=_ranges(query),
        moves=_moves(query, flow.span, status.now) if flow else (),
        numbers=_numbers(flow.whole, chosen, flow.span) if flow else (),
        rows=[_row(each, query, flow.span if flow else None, flows.get(each.name)) for each in organizations],
        json=address(query, "/flow.json"),
    )


def _row(status: OrganizationStatus, query: OverviewQuery, span: Span | None, flow: Flow | None) -> Row:
    href = address(msgspec.structs.replace(query, organization=status.name))
    if span is None or flow is None:
        return Row(status=status, href=href)
    return Row(status=status, href=href, numbers=_numbers(flow, status.name, span), flow=flow)


def _numbers(flow: Flow, name: OrganizationId | None, span: Span) -> Sequence[Number]:
    return [Number(each, getattr(flow, each.name), events_href(each, name, span)) for each in FIGURES]


def events_href(figure: Figure, name: OrganizationId | None, span: Span | None = None) -> str:
    """Give the address that lists just the events that a figure counts."""
    query = [("organization", str(name))] if name else []
    if len(figure.states) < len(FIGURES[0].states):
        query += [("state", str(state)) for state in figure.states]
    if span is not None:
        query.append(("since", minute_of(span.since)))
    if span is not None and not span.open:
        query.append(("until", minute_of(span.until)))
    return f"/events?{urlencode(query)}"


def _ranges(query: OverviewQuery) -> Sequence[Way]:
    taken = None if query.is_own_time else query.range
    return [Way(text, address(with_range(query, each)), each is taken) for each, text in RANGES.items()]


def _moves(query: OverviewQuery, span: Span, now: datetime) -> Sequence[Way]:
    ways = (("Earlier", earlier), ("Zoom in", closer), ("Zoom out", wider), ("Later", later))
    return [Way(text, _href(query, move(span, now))) for text, move in ways]


def _href(query: OverviewQuery, span: Span | None) -> str | None:
    return None if span is None else address(with_span(query, span))


def _now(shown: Sequence[OrganizationStatus], chosen: OrganizationId | None) -> Now:
    active = [each for each in shown if each.standing is Standing.ACTIVE]
    heard = [each.feed.heard_at for each in shown if each.feed.heard_at]
    return Now(
        waiting=sum(each.waiting for each in shown),
        waiting_since=min((each.waiting_since for each in shown if each.waiting_since), default=None),
        waiting_href=events_href(_WAITING, chosen),
        parked=sum(each.parked for each in shown),
        parked_href=f"/dead?{urlencode({'organization': chosen})}" if chosen else "/dead",
        active=len(active),
        sending=sum(each.feed.is_well for each in active),
        troubled=[each for each in active if each.feed.is_troubled],
        heard_at=max(heard, default=None),
        held=[each for each in shown if each.held],
        held_stages=sum(len(each.held) for each in shown),
        tightest=min((each for each in shown if each.rate and each.rate.left is not None), key=_left, default=None),
        throttled=sum(each.throttled for each in shown),
    )


def _left(status: OrganizationStatus) -> int:
    return status.rate.left or 0 if status.rate else 0
