"""What came in a span of time and what became of it: `/flow.json`."""

import asyncio
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec

from gladly_segment.core.ids import OrganizationId
from gladly_segment.debugger.overview.figures import FIGURES
from gladly_segment.debugger.overview.span import LONGEST, MINUTE, SHORTEST, Span, between, ending_now, since_then
from gladly_segment.ports.history import Flow, History

MOST_IN_STEPS: Final = 25
"""Of more organizations the steps are not counted one by one: an event that comes meanwhile may be in these, and not in
those of all."""

_LOOKS: Final = (timedelta(days=30), timedelta(days=1), timedelta(hours=1))
"""How the beginning of everything is looked for: ever closer."""


class OrganizationFlow(Flow, frozen=True, kw_only=True):
    """The whole span of one organization."""

    name: OrganizationId


class FlowReport(msgspec.Struct, frozen=True, kw_only=True):
    """What was received from `since` up to `until` (excluded), of one organization or of all (None).

    `spans` are the same in steps of `step_s` seconds, oldest first, `organizations` each by itself. They add up to
    `whole`, but for percentiles, which are those of all its events. `open` spans end now.
    """

    now: datetime
    organization: OrganizationId | None
    since: datetime
    until: datetime
    step_s: int
    open: bool
    whole: Flow
    spans: tuple[Flow, ...]
    organizations: tuple[OrganizationFlow, ...]

    @property
    def span(self) -> Span:
        """The time that it is about."""
        return Span(since=self.since, until=self.until, step_s=self.step_s, open=self.open)


async def flow_report(
    history: History,
    names: Collection[OrganizationId],
    organization: OrganizationId | None,
    span: Span,
    now: datetime,
) -> FlowReport:
    """Read it; `names` are all organizations. Raises HistoryUnavailableError."""
    wanted = sorted(names) if organization is None else [organization]
    in_steps = len(wanted) <= MOST_IN_STEPS
    by_name, (whole, spans) = await asyncio.gather(
        asyncio.gather(*(_of(history, name, span, in_steps=in_steps) for name in wanted)),
        _of(history, organization, span),
    )
    if in_steps:
        # Sums of what the organizations have: were it counted by itself, an event could come in between.
        spans = [_sum(each, [steps[place] for _, steps in by_name]) for place, each in enumerate(spans)]
    organizations = tuple(
        OrganizationFlow(name=name, **msgspec.structs.asdict(_sum(of_all, steps)))
        for name, (of_all, steps) in zip(wanted, by_name, strict=True)
    )
    return FlowReport(
        now=now,
        organization=organization,
        since=span.since,
        until=span.until,
        step_s=span.step_s,
        open=span.open,
        whole=_sum(whole, organizations),
        spans=tuple(spans),
        organizations=organizations,
    )


async def everything(history: History, organization: OrganizationId | None, now: datetime) -> Span:
    """Give the time since the first event that is kept. Raises HistoryUnavailableError."""
    span = between(now - LONGEST, now + MINUTE, now)
    for step in _LOOKS:
        if span is None:
            break
        flows = await history.flow(organization, span.since, span.until, int(step.total_seconds()))
        first = next((each.start for each in flows if each.received), None)
        span = between(first, first + step, now) if first else None
    return since_then(span.since, now) if span else ending_now(SHORTEST, now)


async def _of(
    history: History, name: OrganizationId | None, span: Span, *, in_steps: bool = True
) -> tuple[Flow, Sequence[Flow]]:
    """Give the whole with its percentiles, and its steps, or the whole as the only one."""
    whole = history.flow(name, span.since, span.until, span.whole_s)
    if not in_steps:
        (only,) = await whole
        return only, (only,)
    (percentiles,), steps = await asyncio.gather(whole, history.flow(name, span.since, span.until, span.step_s))
    return percentiles, steps


def _sum(percentiles: Flow, flows: Sequence[Flow]) -> Flow:
    sums = {figure.name: sum(getattr(each, figure.name) for each in flows) for figure in FIGURES}
    return msgspec.structs.replace(percentiles, **sums)
