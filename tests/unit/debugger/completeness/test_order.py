"""A backfill is planned, started and stopped, and an hour certified anew; who ordered it is noted."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gladly_segment.core.backfill import Phase
from gladly_segment.core.past import Span
from gladly_segment.debugger.completeness.ordering import span_of
from tests.support.clock import START
from tests.support.completeness import WatchedCompleteness, backfill
from tests.support.desk import FROM_PAGE, OF_PROXY, OTHER_SHOP, SHOP, USER_HEADER, Answer, Desk
from tests.unit.debugger.completeness.conftest import Behind

OPENED = f"/completeness?organization={SHOP}&hour=2026-03-01T06:00:00Z"
"""It has a form whatever else it shows."""

PLAN = {"organization": SHOP, "since": "2026-01-01", "plan_only": "true"}


async def send(desk: Desk, what: str, **fields: str) -> Answer:
    """Send a form as the page does."""
    token = (await desk.get(OPENED, FROM_PAGE)).form_token
    return await desk.ask("POST", f"/completeness/{what}", FROM_PAGE, data={"form_token": token, **fields})


async def ask(desk: Desk, what: str, **document: Any) -> Answer:
    """Ask as a program does, without any form."""
    token = (await desk.get(OPENED, FROM_PAGE)).form_token
    return await desk.ask("POST", f"/completeness/{what}", {**FROM_PAGE, "X-Form-Token": token}, json=document)


async def test_a_plan_is_ordered_and_then_started_as_it_stands(watched: WatchedCompleteness, desk: Desk) -> None:
    planned = await send(desk, "backfill", **PLAN, integrations='{"All":false}')
    assert watched.latest[SHOP].phase is Phase.PLANNED
    shown = (await desk.get(planned.location)).text
    assert "the plan is being made" in shown
    form = shown.partition('action="/completeness/backfill" data-once>')[2].partition("</form>")[0]
    fields = {
        name: form.partition(f'name="{name}" value="')[2].partition('"')[0].replace("&#34;", '"')
        for name in ("organization", "since", "until", "integrations", "once")
    }

    started = await send(desk, "backfill", **fields)

    order = watched.latest[SHOP].order
    assert (order.plan_only, order.integrations) == (False, b'{"All":false}')
    assert order.span == Span(datetime(2026, 1, 1, tzinfo=UTC), START)
    assert "the backfill is started" in (await desk.get(started.location)).text
    assert [each.what for each in watched.noted] == ["backfill_started", "backfill_planned"]


async def test_it_is_stopped_and_goes_on(watched: WatchedCompleteness, desk: Desk) -> None:
    watched.latest[SHOP] = backfill()

    stopped = await send(desk, "backfill/stop", organization=SHOP)
    assert watched.latest[SHOP].phase is Phase.STOPPED
    assert "the backfill is stopped" in (text := (await desk.get(stopped.location)).text)
    assert ">Go on</button>" in text

    again = await send(desk, "backfill/stop", organization=SHOP)
    assert "no backfill was under way" in (await desk.get(again.location)).text


async def test_a_form_that_is_sent_twice_counts_once(watched: WatchedCompleteness, desk: Desk) -> None:
    both = await asyncio.gather(*(send(desk, "backfill", **PLAN, once="x") for _ in range(2)))

    assert both[0].location == both[1].location
    assert len(watched.noted) == 1


async def test_a_program_is_told_what_became_of_it(watched: WatchedCompleteness, desk: Desk) -> None:
    planned = await ask(desk, "backfill", organization=SHOP, since="90d", plan_only=True)

    assert planned.json == {"what": "planned", "organization": SHOP, "acted": True}
    assert watched.latest[SHOP].order.span == Span(START - timedelta(days=90), START)
    assert (await ask(desk, "backfill/stop", organization=OTHER_SHOP)).json["acted"] is False


@pytest.mark.parametrize(
    ("field", "fields"),
    [
        ("since", {"since": ""}),
        ("since", {"since": "last summer"}),
        ("since", {"since": "2027-01-01"}),
        ("until", {"until": "2025-12-31"}),
        ("until", {"until": "2026-01-01"}),
        ("until", {"until": "soon"}),
        ("integrations", {"integrations": "all"}),
        ("integrations", {"integrations": "[]"}),
    ],
)
async def test_what_cannot_be_ordered_is_told_at_its_field(
    watched: WatchedCompleteness, desk: Desk, field: str, fields: dict[str, str]
) -> None:
    refused = await send(desk, "backfill", **{**PLAN, **fields})

    assert refused.status == 422
    named = refused.text.partition(f'<input name="{field}"')[2].partition(">")[0]
    assert 'aria-invalid="true"' in named
    assert f'value="{fields[field]}"' in named
    assert (await ask(desk, "backfill", **{**PLAN, "plan_only": True, **fields})).code == "wrong_backfill"
    assert watched.noted == []


def test_an_order_is_in_whole_seconds_so_that_a_page_can_give_it_back() -> None:
    now = START + timedelta(microseconds=1_500)

    assert span_of("90d", "", now) == Span(START - timedelta(days=90), START)


async def test_what_stands_in_the_way_is_told(watched: WatchedCompleteness, desk: Desk) -> None:
    watched.refuses = "another time of shop is being brought in"

    refused = await send(desk, "backfill", **PLAN)

    assert refused.status == 422
    assert "another time of shop is being brought in" in refused.text
    assert 'value="2026-01-01"' in refused.text


async def test_a_file_that_cannot_be_used_is_told(watched: WatchedCompleteness, desk: Desk) -> None:
    watched.broken = True

    assert (await ask(desk, "backfill", **{**PLAN, "plan_only": True})).code == "no_backfills"


async def test_an_hour_is_certified_anew(watched: WatchedCompleteness, desk: Desk) -> None:
    hour = {"since": "2026-03-01T06:00:00Z", "until": "2026-03-01T07:00:00Z"}

    ordered = await send(desk, "certify", organization=SHOP, **hour)

    start = datetime(2026, 3, 1, 6, tzinfo=UTC)
    assert watched.certified == [(SHOP, Span(start, start + timedelta(hours=1)))]
    assert "Gladly is asked anew" in (await desk.get(ordered.location)).text
    assert (await ask(desk, "certify", organization=SHOP, since="never")).status == 400


async def test_nobody_orders_for_an_organization_that_is_not_served(watched: WatchedCompleteness, desk: Desk) -> None:
    for what in ("backfill", "backfill/stop", "certify"):
        assert (await ask(desk, what, organization="nobody", since="90d")).status == 404
    assert watched.noted == []


async def test_a_form_that_is_not_ours_does_nothing(watched: WatchedCompleteness, desk: Desk) -> None:
    watched.latest[SHOP] = backfill()

    for what in ("backfill", "backfill/stop", "certify"):
        answer = await desk.ask("POST", f"/completeness/{what}", {"Sec-Fetch-Site": "cross-site"}, data=PLAN)
        assert answer.status == 403
    assert watched.latest[SHOP].phase is Phase.SENDING
    assert watched.noted == []


async def test_who_did_it_is_noted(watched: WatchedCompleteness, behind: Behind) -> None:
    desk = await behind(OF_PROXY)
    person = {**FROM_PAGE, USER_HEADER: "ann@shop.example", "X-Forwarded-Proto": "https"}
    token = (await desk.get("/completeness", person)).form_token

    await desk.ask(
        "POST", "/completeness/backfill", {**person, "X-Form-Token": token}, json={**PLAN, "plan_only": True}
    )

    assert [each.what for each in watched.noted] == ["backfill_planned"]
