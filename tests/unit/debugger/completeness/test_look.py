"""What the screen shows: sums that add up, hours by what their certificates say, and what needs somebody."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from gladly_segment.core.certificate import DifferenceKind, Standing
from gladly_segment.core.ids import OrganizationId, Seq
from gladly_segment.debugger.completeness.page import MOST_STRIPS
from gladly_segment.debugger.completeness.report import MEANINGS
from tests.support.clock import START
from tests.support.completeness import HOUR, WatchedCompleteness, backfill, certificate, difference, fill_with_a_week
from tests.support.desk import OF_TOKEN, OTHER_SHOP, SHOP, Desk
from tests.unit.debugger.completeness.conftest import Behind

HOSTILE = "<script>alert(1)</script>\"'&"


async def test_the_sum_of_a_time_is_that_of_its_hours(watched: WatchedCompleteness, desk: Desk) -> None:
    fill_with_a_week(watched, START)

    [other, shop] = (await desk.get("/completeness.json")).json["organizations"]

    for each in (shop, other):
        for side in ("at_gladly", "in_journal", "accepted"):
            assert each["sum"][side] == sum(hour["sum"][side] for hour in each["hours"]) > 0
    assert shop["sum"]["differences"] == {"recovered": 6, "vanished": 1, "waiting": 1, "parked": 1}
    assert other["sum"]["at_gladly"] == other["sum"]["accepted"] + sum(other["sum"]["suppressed"].values())


async def test_it_is_complete_up_to_the_first_hour_that_is_not(watched: WatchedCompleteness, desk: Desk) -> None:
    fill_with_a_week(watched, START)

    [other, shop] = (await desk.get("/completeness.json")).json["organizations"]

    assert shop["complete_until"] == "2026-03-01T06:00:00Z"
    assert shop["certified_until"] == other["complete_until"] == "2026-03-01T12:00:00Z"


async def test_hours_before_the_feed_do_not_count(watched: WatchedCompleteness, desk: Desk) -> None:
    watched.kept = [
        certificate(START - 3 * HOUR, in_feed=False, in_journal=0, accepted=0, suppressed=()),
        certificate(START - 2 * HOUR),
    ]

    watched.kept.append(certificate(START - HOUR, in_feed=False))

    [shop] = (await desk.get(f"/completeness.json?organization={SHOP}")).json["organizations"]

    assert [each["standing"] for each in shop["hours"]] == [Standing.INCOMPLETE, *[Standing.COMPLETE] * 2]
    assert shop["certified_until"] == shop["complete_until"]
    assert shop["complete_until"] == "2026-03-01T11:00:00Z"
    opened = await desk.get(f"/completeness?organization={SHOP}&hour=2026-03-01T09:00:00Z")
    assert "what is missing is for a backfill" in opened.text


async def test_an_hour_looks_like_the_gravest_of_its_certificates(watched: WatchedCompleteness, desk: Desk) -> None:
    fill_with_a_week(watched, START)

    text = (await desk.get(f"/completeness?organization={SHOP}")).text

    for look, label in (
        ("complete", "Mar 1, 05:00–06:00 UTC: complete, "),
        ("incomplete", "Mar 1, 06:00–07:00 UTC: incomplete, "),
        ("waiting", "Mar 1, 11:00–12:00 UTC: waiting, "),
        ("uncertified", "Feb 22, 12:00–13:00 UTC: not certified yet"),
    ):
        cell = text.partition(f'aria-label="{label}')[0].rpartition("<a ")[2]
        assert f'class="cell {look}"' in cell, label


async def test_an_hour_that_is_certified_in_part_is_not_certified(watched: WatchedCompleteness, desk: Desk) -> None:
    whole = certificate(START - HOUR)
    watched.kept = [certificate(START - HOUR, span=type(whole.span)(START - HOUR, START - HOUR / 2))]

    text = (await desk.get(f"/completeness?organization={SHOP}")).text

    assert "11:00–12:00 UTC: not certified yet, 10 at Gladly" in text


async def test_a_long_time_is_shown_by_the_day_and_a_day_leads_to_its_hours(
    watched: WatchedCompleteness, desk: Desk
) -> None:
    fill_with_a_week(watched, START)

    text = (await desk.get(f"/completeness?organization={SHOP}&range=30d")).text

    assert 'aria-label="Feb 25 UTC: complete, ' in text
    assert 'aria-label="Mar 1 UTC: incomplete, ' in text
    assert "since=2026-02-25T00%3A00%3A00Z&amp;until=2026-02-26T00%3A00%3A00Z" in text


async def test_a_day_stands_in_the_column_of_its_weekday(watched: WatchedCompleteness, desk: Desk) -> None:
    fill_with_a_week(watched, START)

    text = (await desk.get(f"/completeness?organization={SHOP}&range=30d")).text

    [week] = [row for row in text.split("<tr>") if ">Feb 23</th>" in row]
    days = re.findall(r'aria-label="(\w+ \d+) UTC', week)
    assert days == ["Feb 23", "Feb 24", "Feb 25", "Feb 26", "Feb 27", "Feb 28", "Mar 1"], "from Monday to Sunday"


async def test_a_sign_tells_which_sides_are_not_the_same(watched: WatchedCompleteness, desk: Desk) -> None:
    signs: list[list[str]] = []
    for in_journal, accepted in ((10, 8), (9, 7), (10, 7)):
        watched.kept = [certificate(START - HOUR, in_journal=in_journal, accepted=accepted)]
        text = (await desk.get(f"/completeness?organization={SHOP}")).text
        signs.append(re.findall('data-sign="(.)"', text))
        told = (await desk.get(f"/completeness.json?organization={SHOP}")).json["organizations"][0]["sum"]
        assert (told["at_gladly"], told["in_journal"], told["accepted"]) == (10, in_journal, accepted)

    assert signs == [["=", "=", "+"], ["≠", "=", "+"], ["=", "≠", "+"]]


async def test_what_does_not_say_complete_is_listed_newest_first(watched: WatchedCompleteness, desk: Desk) -> None:
    fill_with_a_week(watched, START)

    text = (await desk.get(f"/completeness?organization={SHOP}")).text

    listed = text.partition('class="unsettled"')[2].partition("</ul>")[0]
    assert re.findall(r"hour=2026-03-01T(\d\d)%3A00%3A00Z#hour", listed) == ["11", "06"]
    assert "1 vanished, 1 parked" in listed


async def test_an_hour_opens_to_its_sum_and_to_what_is_particular_in_it(
    watched: WatchedCompleteness, desk: Desk
) -> None:
    fill_with_a_week(watched, START)

    text = (await desk.get(f"/completeness?organization={SHOP}&hour=2026-03-01T06:00:00Z")).text

    opened = text.partition('id="hour"')[2]
    assert MEANINGS[DifferenceKind.PARKED] in opened
    assert 'href="/conversations/shop/c-large"' in opened
    assert 'href="/events/640"' in opened
    assert "event_too_large" in opened
    assert "Ask Gladly again" in opened


async def test_an_hour_that_is_ordered_says_that_it_is_to_be_made(watched: WatchedCompleteness, desk: Desk) -> None:
    watched.kept = [certificate(START - HOUR, ordered=True)]

    text = (await desk.get(f"/completeness?organization={SHOP}&hour=2026-03-01T11:00:00Z")).text

    assert "It is to be made anew" in text
    assert "Gladly was asked" not in text


async def test_of_many_organizations_at_once_no_hours_are_shown(watched: WatchedCompleteness, desk: Desk) -> None:
    watched.served = [OrganizationId(f"shop-{number}") for number in range(MOST_STRIPS + 1)]
    watched.kept = [certificate(START - HOUR, organization=name) for name in watched.served]

    assert 'class="strip"' not in (await desk.get("/completeness")).text
    assert 'class="strip"' in (await desk.get("/completeness?organization=shop-1")).text


@pytest.mark.parametrize("ever", [True, False])
async def test_every_part_of_the_page_is_closed(watched: WatchedCompleteness, desk: Desk, ever: bool) -> None:
    watched.kept = [certificate(START - HOUR)] if ever else []

    text = (await desk.get(f"/completeness?organization={SHOP}&hour=2026-03-01T11:00:00Z")).text

    for part in ("div", "section", "form", "table", "details", "dl", "p"):
        assert len(re.findall(rf"<{part}\b", text)) == text.count(f"</{part}>"), part


async def test_an_hour_without_a_certificate_says_so(desk: Desk) -> None:
    text = (await desk.get(f"/completeness?organization={SHOP}&hour=2026-03-01T06:00:00Z")).text

    assert "not certified yet" in text


@pytest.mark.parametrize("kind", list(DifferenceKind))
def test_every_kind_of_difference_has_a_meaning(kind: DifferenceKind) -> None:
    assert MEANINGS[kind].endswith(".")


async def test_another_organization_is_not_shown(watched: WatchedCompleteness, desk: Desk) -> None:
    fill_with_a_week(watched, START)
    watched.latest = {SHOP: backfill(), OTHER_SHOP: backfill(OTHER_SHOP)}

    report = (await desk.get(f"/completeness.json?organization={OTHER_SHOP}")).json
    text = (await desk.get(f"/completeness?organization={OTHER_SHOP}")).text

    assert [each["name"] for each in report["organizations"]] == [OTHER_SHOP]
    assert [each["organization"] for each in report["backfills"]] == [OTHER_SHOP]
    assert "c-large" not in text
    assert "Backfill of shop" not in text


async def test_what_gladly_says_is_text(watched: WatchedCompleteness, desk: Desk) -> None:
    hostile = difference(DifferenceKind.MISSING, START, HOSTILE, event_id=HOSTILE, reason=HOSTILE, seqs=(Seq(1),))
    watched.kept = [certificate(START - HOUR, differences=(hostile,), trouble=HOSTILE)]
    watched.latest = {SHOP: backfill(trouble=HOSTILE)}

    text = (await desk.get(f"/completeness?organization={SHOP}&hour=2026-03-01T11:00:00Z")).text

    assert HOSTILE not in text
    assert "&lt;script&gt;" in text
    assert "/conversations/shop/%3Cscript%3Ealert%281%29%3C%2Fscript%3E%22%27%26" in text


@pytest.mark.parametrize(
    "query",
    [
        "since=yesterday",
        "since=2026-03-01T12:00:00Z&until=2026-03-01T11:00:00Z",
        "since=2020-01-01T00:00:00Z",
        "hour=noon",
        "range=1y",
    ],
)
async def test_a_time_that_is_none_is_refused(desk: Desk, query: str) -> None:
    assert (await desk.get(f"/completeness?{query}")).status == 400


async def test_what_is_not_served_is_not_found(desk: Desk) -> None:
    for path in ("/completeness", "/completeness.json"):
        assert (await desk.get(f"{path}?organization=nobody")).status == 404


async def test_earlier_and_later_lead_there_and_back(desk: Desk) -> None:
    now = (await desk.get("/completeness.json?range=24h")).json
    since, until = (datetime.fromisoformat(now[name]) for name in ("since", "until"))

    assert (since, until) == (datetime(2026, 2, 28, 12, tzinfo=UTC), START)
    text = (await desk.get("/completeness?range=24h")).text
    day = timedelta(days=1)
    moved = f"since={(since - day):%Y-%m-%dT%H}%3A00%3A00Z&amp;until={since:%Y-%m-%dT%H}%3A00%3A00Z"
    assert f'href="/completeness?{moved}">Earlier' in text
    assert '<span class="way none">Later</span>' in text


async def test_without_organizations_it_leads_to_connect(watched: WatchedCompleteness, desk: Desk) -> None:
    watched.served = []

    assert 'There are no organizations yet. <a href="/connect">' in (await desk.get("/completeness")).text


async def test_a_file_of_backfills_that_cannot_be_read_hides_nothing_else(
    watched: WatchedCompleteness, desk: Desk
) -> None:
    fill_with_a_week(watched, START)
    watched.broken = True

    assert (await desk.get("/completeness.json")).json["backfills"] is None
    text = (await desk.get("/completeness")).text
    assert "The file of backfills cannot be read" in text
    assert "complete until" in text


async def test_it_is_for_those_who_may_look(behind: Behind) -> None:
    desk = await behind(OF_TOKEN)

    assert (await desk.get("/completeness.json")).status == 401
