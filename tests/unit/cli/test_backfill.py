"""`gladly-segment backfill`: ordered and followed beside a service, and refused with what to do."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from gladly_segment.cli.backfill.given import span_of
from gladly_segment.core.backfill import Backfill, BackfillNumber, Needs, Order, Phase, Progress, Reading, plan_of
from gladly_segment.core.errors import InputError
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.past import Span
from gladly_segment.core.records import Source
from gladly_segment.journals.sqlite import SqliteJournal
from gladly_segment.spool import SqliteBackfills
from tests.support.clock import START, ManualClock
from tests.support.pasts import created, days_ago
from tests.support.receipts import OTHER_SHOP, SHOP
from tests.unit.cli.conftest import Command, Ended
from tests.unit.cli.test_certify import TABLE

SINCE: Final = "2026-01-01"
UNTIL: Final = "2026-02-01"
SPAN: Final = Span(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC))


class Ordering:
    """The command, and the backfills that a service beside it works on."""

    def __init__(self, backfills: SqliteBackfills, command: Command, settings: Path) -> None:
        self.backfills = backfills
        self._command = command
        self._settings = settings

    async def __call__(self, *arguments: str) -> Ended:
        return await self._command("backfill", *arguments, "--config", self._settings)

    def serve(self, *names: OrganizationId) -> None:
        self._settings.write_text("".join(TABLE.format(name=name) for name in names))

    async def order(self, *, integrations: bytes = b"{}", plan_only: bool = False) -> Backfill:
        """Order it as another process did before."""
        return await self.backfills.order(
            Order(organization=SHOP, span=SPAN, integrations=integrations, plan_only=plan_only)
        )

    async def planned(self, **changes: Any) -> Backfill:
        """Have a plan there."""
        ordered = await self.order(plan_only=True, **changes)
        report = Reading(span=SPAN, source=Source.REPORT, why="no list but the reports reaches back to it")
        await self.backfills.gather(ordered.number, [created(days_ago(40)), created(days_ago(41), "c-2", "u-2")])
        await self.backfills.note_read(ordered.number, report, 3)
        await self.backfills.arrange(ordered.number)
        needs = Needs(occurrences=2, customers=2, uncertain=1, known=5)
        await self.backfills.planned(ordered.number, plan_of(needs, 9.0))
        return await self.latest()

    async def latest(self) -> Backfill:
        (found,) = await self.backfills.latest()
        return found


@pytest.fixture
def place(data_dir: Path) -> Path:
    data_dir.mkdir(exist_ok=True)
    return data_dir


@pytest.fixture
async def ordering(command: Command, tmp_path: Path, place: Path) -> AsyncIterator[Ordering]:
    backfills = SqliteBackfills(place, ManualClock())
    made = Ordering(backfills, command, tmp_path / "gladly-segment.toml")
    made.serve(SHOP)
    yield made
    await backfills.close()


async def test_without_a_service_it_is_ordered_and_that_is_said(ordering: Ordering) -> None:
    ended = await ordering("--since", SINCE, "--until", UNTIL)

    assert ended.status == 1
    assert "no service runs" in ended.err
    assert (await ordering.latest()).order.span == SPAN


async def test_a_plan_tells_what_it_would_do_and_what_not(ordering: Ordering) -> None:
    await ordering.planned()

    ended = await ordering("--since", SINCE, "--until", UNTIL, "--plan")

    lines = [" ".join(line.split()) for line in ended.out.splitlines()]
    assert ended.status == 0
    assert "occurrences 2: 2 created, 0 closed" in lines
    assert "conversations 2 of 2 customers" in lines
    assert "lines that cannot be read 3" in lines
    assert "known already 5" in lines
    assert "calls to Gladly at least 5: 1 s at 9 a second, behind all live events" in lines
    assert "track events to Segment at most 2" in lines
    assert any(line.startswith("reports 2026-01-01T00:00:00.000Z to 2026-02-01T00:00:00.000Z") for line in lines)
    assert any(line.startswith("- send again what the journal has") for line in lines)


async def test_without_an_end_the_one_that_began_there_is_meant(ordering: Ordering, service: SqliteJournal) -> None:
    await ordering.planned(integrations=b'{"All":false}')

    ended = await ordering("--since", SINCE, "--plan", "--json")

    (told,) = ended.documents
    assert (told["phase"], told["since"], told["until"]) == (
        "planned",
        "2026-01-01T00:00:00.000Z",
        "2026-02-01T00:00:00.000Z",
    )
    assert told["integrations"] == {"All": False}
    assert (told["found"]["created"], told["plan"]["known"], told["progress"]["ended"]) == (2, 5, 0)


async def test_where_events_go_stays_as_it_was_ordered_unless_it_is_said_anew(ordering: Ordering) -> None:
    await ordering.planned(integrations=b'{"All":false}')

    await ordering("--since", SINCE)
    kept = await ordering.latest()
    await ordering("--since", SINCE, "--integrations", '{"Warehouse": true}')

    assert (kept.phase, kept.order.integrations) == (Phase.SENDING, b'{"All":false}')
    assert (await ordering.latest()).order.integrations == b'{"Warehouse":true}'


async def test_a_plan_of_one_that_is_carried_out_is_refused(ordering: Ordering) -> None:
    await ordering.planned()
    await ordering.order()

    ended = await ordering("--since", SINCE, "--plan")

    assert ended.complaint == "this backfill of shop is being carried out"


async def test_another_span_is_refused_while_one_is_under_way(ordering: Ordering) -> None:
    await ordering.order()

    ended = await ordering("--since", "2025-01-01")

    assert "is under way" in ended.complaint
    assert "gladly-segment backfill stop" in ended.err


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--since", "2999-01-01"], "'2999-01-01' is in the future"),
        (["--since", "last week"], "'last week' is no time"),
        (["--since", "2026-13-01"], "'2026-13-01' is no time"),
        (["--since", SINCE, "--until", "2025-12-31"], "'2025-12-31' is not after '2026-01-01'"),
        (["--since", SINCE, "--organization", "nobody"], "there is no organization nobody"),
        (["--since", SINCE, "--integrations", "none"], "'none' says for no destination"),
        (["--since", SINCE, "--integrations", '{"All": 7}'], "says for no destination"),
        (["--since", SINCE, "--integrations", json.dumps({"x" * 3_000: True})], "--integrations has 3"),
    ],
)
async def test_what_cannot_be_meant_is_refused(ordering: Ordering, arguments: list[str], complaint: str) -> None:
    ended = await ordering(*arguments)

    assert complaint in ended.complaint
    assert len(ended.err.splitlines()) == 2
    assert await ordering.backfills.latest() == ()


async def test_of_several_organizations_one_must_be_named(ordering: Ordering) -> None:
    ordering.serve(SHOP, OTHER_SHOP)

    ended = await ordering("--since", SINCE)
    await ordering("--since", SINCE, "--organization", OTHER_SHOP)

    assert ended.complaint == "there are several organizations"
    assert "other-shop, shop" in ended.err
    assert (await ordering.latest()).order.organization == OTHER_SHOP


async def test_without_an_organization_there_is_nothing_to_bring_in(ordering: Ordering) -> None:
    ordering.serve()

    assert (await ordering("--since", SINCE)).complaint == "there is no organization yet"


async def test_the_status_tells_how_far_each_is(ordering: Ordering, service: SqliteJournal) -> None:
    ordered = await ordering.order()
    await ordering.backfills.gather(ordered.number, [created(days_ago(40))] * 2)
    progress = Progress(handed_over=1, ended=1, outcomes=(("delivered", "", 1),), calls=3, per_s=2.0, eta_s=90.0)
    await ordering.backfills.planned(ordered.number, plan_of(Needs(), 9.0))
    await ordering.backfills.note(ordered.number, progress=progress, trouble="Gladly: no answer")

    ended = await ordering("status")

    assert "shop: sending; 1 of 1" in ended.out
    assert "2.0 a second; 90 s left; 3 calls" in ended.out
    assert "waits: Gladly: no answer" in ended.out
    assert "1 delivered" in ended.out
    assert ended.err == ""


async def test_the_status_says_that_nothing_advances_without_a_service(ordering: Ordering) -> None:
    await ordering.order()

    assert "nothing of it advances" in (await ordering("status")).err


async def test_before_the_first_one_the_status_says_how_to_begin(ordering: Ordering) -> None:
    assert "gladly-segment backfill --since 90d --plan" in (await ordering("status")).out
    assert (await ordering("status", "--json")).out == ""


async def test_it_is_stopped(ordering: Ordering) -> None:
    await ordering.order()

    stopped, again = await ordering("stop"), await ordering("stop")

    assert (stopped.status, again.status) == (0, 1)
    assert (await ordering.latest()).phase is Phase.STOPPED


NOW: Final = datetime(2026, 3, 1, 12, 30, 15, 123_456, tzinfo=UTC)
NOW_IN_MS: Final = NOW.replace(microsecond=123_000)


@pytest.mark.parametrize(
    ("since", "until", "span"),
    [
        ("2026-01-01", "2026-02-01", SPAN),
        ("31d", "1d", Span(datetime(2026, 1, 29, tzinfo=UTC), datetime(2026, 2, 28, tzinfo=UTC))),
        ("36h", "", Span(datetime(2026, 2, 28, 0, 30, 15, 123_000, tzinfo=UTC), NOW_IN_MS)),
        ("2026-02-28T06:00:00+02:00", "2999-01-01", Span(datetime(2026, 2, 28, 4, tzinfo=UTC), NOW_IN_MS)),
    ],
)
def test_times_are_read_as_people_write_them(since: str, until: str, span: Span) -> None:
    assert span_of(since, until, None, NOW) == span


@pytest.mark.parametrize("phase", Phase)
def test_only_what_is_not_done_goes_on(phase: Phase) -> None:
    latest = Backfill(
        number=BackfillNumber(1),
        order=Order(organization=SHOP, span=SPAN),
        phase=phase,
        ordered_at=START,
        changed_at=START,
    )

    assert (span_of(SINCE, "", latest, NOW) == SPAN) is (phase is not Phase.DONE)


def test_a_span_of_nothing_is_refused() -> None:
    with pytest.raises(InputError, match="nothing is between them"):
        span_of("1d", (NOW - timedelta(days=2)).isoformat(), None, NOW)
