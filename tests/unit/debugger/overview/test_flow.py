"""What came in a span of time: sums that add up, and the beginning of everything."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.lifecycle import CLAIMED_BY, State
from gladly_segment.debugger.overview.figures import FIGURES
from gladly_segment.debugger.overview.flow import MOST_IN_STEPS, everything, flow_report
from gladly_segment.debugger.overview.span import LONGEST, ending_now
from gladly_segment.ports.history import Flow
from tests.support.clock import START
from tests.support.desk import OTHER_SHOP, SHOP
from tests.support.history import HistoryOnAList, event

NAMES = (SHOP, OTHER_SHOP)
DAY = ending_now(timedelta(days=1), START)
EVENTS = st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(State), st.integers(-90_000, 60)), max_size=40)


def figures(flow: Flow) -> dict[str, int]:
    return {figure.name: getattr(flow, figure.name) for figure in FIGURES}


@given(EVENTS, st.sampled_from([None, *NAMES]))
async def test_steps_and_organizations_add_up_to_the_whole(
    events: list[tuple[OrganizationId, State, int]], organization: OrganizationId | None
) -> None:
    history = HistoryOnAList()
    for seq, (name, state, seconds) in enumerate(events):
        history.put(event(seq, organization=name, state=state, received_at=START + timedelta(seconds=seconds)))

    report = await flow_report(history, NAMES, organization, DAY, START)

    wanted = [
        state
        for name, state, seconds in events
        if organization in (None, name) and DAY.since <= START + timedelta(seconds=seconds) < DAY.until
    ]
    whole = figures(report.whole)
    assert whole["received"] == len(wanted) == sum(number for name, number in whole.items() if name != "received")
    assert whole["waiting"] == sum(state in CLAIMED_BY for state in wanted)
    for parts in (report.spans, report.organizations):
        assert {name: sum(figures(each)[name] for each in parts) for name in whole} == whole
    assert [each.name for each in report.organizations] == (sorted(NAMES) if organization is None else [organization])


async def test_percentiles_are_those_of_all_events_together() -> None:
    history = HistoryOnAList()
    for seq, (name, latency_ms) in enumerate([(SHOP, 100), (SHOP, 200), (SHOP, 300), (OTHER_SHOP, 9_000)]):
        history.put(event(seq, organization=name, latency_ms=latency_ms, received_at=START))

    report = await flow_report(history, NAMES, None, DAY, START)

    assert (report.whole.p50_ms, report.whole.p99_ms) == (200.0, 9_000.0)
    assert [each.p99_ms for each in report.organizations] == [9_000.0, 300.0]
    assert [each.p50_ms for each in report.spans if each.received] == [200.0]


class Busy(HistoryOnAList):
    """Whenever it is asked, another event has come."""

    async def flow(
        self, organization: OrganizationId | None, since: datetime, until: datetime, step_s: int
    ) -> Sequence[Flow]:
        self.put(event(await self.head(), received_at=START))
        return await super().flow(organization, since, until, step_s)


async def test_what_comes_while_it_is_counted_spoils_no_sum() -> None:
    report = await flow_report(Busy(), NAMES, None, DAY, START)

    received = sum(each.received for each in report.organizations)
    assert report.whole.received == sum(each.received for each in report.spans) == received > 0


async def test_many_organizations_add_up_as_well() -> None:
    history, names = HistoryOnAList(), [OrganizationId(f"shop-{number}") for number in range(MOST_IN_STEPS + 1)]
    for seq, name in enumerate(names * 2):
        history.put(event(seq, organization=name, received_at=START - timedelta(minutes=seq)))

    report = await flow_report(history, names, None, DAY, START)

    assert [each.received for each in report.organizations] == [2] * len(names)
    assert report.whole.received == sum(each.received for each in report.spans) == 2 * len(names)


@pytest.mark.parametrize("ago", [timedelta(minutes=7), timedelta(hours=30), timedelta(days=45), timedelta(days=2_000)])
async def test_everything_begins_with_the_first_event(ago: timedelta) -> None:
    history = HistoryOnAList()
    history.put(event(1, received_at=START - ago))
    history.put(event(2, organization=OTHER_SHOP, received_at=START - ago * 1.5))

    span = await everything(history, SHOP, START)

    assert timedelta() <= (START - ago) - span.since <= timedelta(hours=1)
    assert span.open
    assert (await flow_report(history, NAMES, SHOP, span, START)).whole.received == 1


async def test_everything_of_nothing_is_a_short_time() -> None:
    history = HistoryOnAList()
    history.put(event(1, received_at=START - LONGEST - timedelta(days=1)))

    assert (await everything(history, None, START)).length < timedelta(minutes=10)
