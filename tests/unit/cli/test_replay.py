"""`gladly-segment replay`: which events a person means, and what is made of them."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest

from gladly_segment.core.lifecycle import Stage
from gladly_segment.core.moments import format_moment
from gladly_segment.core.organization import Retention
from gladly_segment.core.records import Delivered
from gladly_segment.journals.sqlite import SqliteJournal, open_journal
from gladly_segment.service.clock import SystemClock
from tests.support.journals import counts
from tests.support.receipts import OTHER_SHOP, SHOP, conversation_event, taken_in
from tests.unit.cli.conftest import Command
from tests.unit.cli.lives import make_ready, suppress

# Its guard against a forgotten `app([])`: here the arguments are those of the process, as they shall be.
pytestmark = pytest.mark.filterwarnings("ignore:Cyclopts application invoked without tokens:UserWarning")

NOW: Final = datetime.now(UTC)  # noqa: TID251 - the commands go by the machine's clock
AGES: Final = {
    "8 days": timedelta(days=8),
    "2 days": timedelta(days=2),
    "2 hours": timedelta(hours=2),
    "5 minutes": timedelta(minutes=5),
}


def ago(age: timedelta) -> str:
    return format_moment(NOW - age)


@pytest.fixture
async def service(data_dir: Path) -> AsyncIterator[SqliteJournal]:
    """A service by the machine's clock that delivered a conversation of each age."""
    journal = await open_journal(data_dir, SystemClock())
    for name, age in AGES.items():
        await journal.append(taken_in(conversation_event("CLOSED", name, at=NOW - age), at=NOW - age))
    await make_ready(journal)
    await journal.settle([Delivered(each.seq) for each in await journal.claim(Stage.DELIVER, SHOP, 9)])
    yield journal
    await journal.close()


async def replayed(service: SqliteJournal) -> list[str]:
    return [each.lane.removeprefix("conversation:") for each in await service.claim(Stage.DELIVER, SHOP, 9)]


@pytest.mark.parametrize(
    ("since", "meant"),
    [
        ("90m", ["5 minutes"]),
        ("36h", ["2 hours", "5 minutes"]),
        ("7d", ["2 days", "2 hours", "5 minutes"]),
        ("0d", []),
        ("99999d", ["8 days", "2 days", "2 hours", "5 minutes"]),
        (ago(timedelta(hours=3)), ["2 hours", "5 minutes"]),
        (ago(timedelta(hours=3)).replace("Z", "+00:00"), ["2 hours", "5 minutes"]),
        ("1970-01-01T00:00:00Z", ["8 days", "2 days", "2 hours", "5 minutes"]),
    ],
    ids=["90m", "36h", "7d", "0d", "99999d", "a time", "a time with an offset", "long ago"],
)
async def test_since_when_is_a_time_or_how_long_ago(
    service: SqliteJournal, command: Command, since: str, meant: list[str]
) -> None:
    ended = await command("replay", "--organization", SHOP, "--since", since)

    assert (ended.status, ended.out) == (0, f"{len(meant)} on their way again\n")
    assert await replayed(service) == meant


@pytest.mark.parametrize(
    "nonsense", ["yesterday", " ", "h", "-1h", "1.5h", "7w", "7 d", "2026-11-24", "²d", "1234567d", "9" * 5000 + "d"]
)
@pytest.mark.parametrize("option", ["since", "until"])
async def test_what_is_no_time_is_refused(service: SqliteJournal, command: Command, option: str, nonsense: str) -> None:
    times = {"since": "7d", option: nonsense}

    ended = await command("replay", f"--organization={SHOP}", *(f"--{name}={time}" for name, time in times.items()))

    assert ended.status == 2
    assert "is no time" in ended.err
    assert await replayed(service) == []


async def test_until_when_bounds_it(service: SqliteJournal, command: Command) -> None:
    ended = await command("replay", "--organization", SHOP, "--since", "7d", "--until", "1h")

    assert ended.out == "2 on their way again\n"
    assert await replayed(service) == ["2 days", "2 hours"]


async def test_another_organization_is_left_alone(service: SqliteJournal, command: Command) -> None:
    ended = await command("replay", "--organization", OTHER_SHOP, "--since", "99d")

    assert ended.out == "0 on their way again\n"
    assert await replayed(service) == []


@pytest.mark.parametrize("given", [["--since", "7d"], ["--organization", SHOP]], ids=" ".join)
async def test_both_must_be_said(service: SqliteJournal, command: Command, given: list[str]) -> None:
    assert (await command("replay", *given)).status == 2
    assert await replayed(service) == []


async def test_with_remap_they_are_mapped_anew_and_what_was_suppressed_too(
    service: SqliteJournal, command: Command
) -> None:
    await suppress(service)

    assert (await command("replay", "--organization", SHOP, "--since", "9999d")).out == "4 on their way again\n"
    await service.settle([Delivered(each.seq) for each in await service.claim(Stage.DELIVER, SHOP, 9)])
    ended = await command("replay", "--organization", SHOP, "--since", "9999d", "--remap")

    assert ended.out == "5 on their way again\n"
    assert (await counts(service))["received"] == 5


async def test_what_has_no_content_any_more_is_told(service: SqliteJournal, command: Command) -> None:
    kept = Retention(ended=timedelta(days=99), dead=timedelta(days=99), content=-timedelta(days=1))
    assert await service.forget(SHOP, kept, SystemClock().now()) == len(AGES)

    ended = await command("replay", "--organization", SHOP, "--since", "9999d")

    assert ended.out == f"0 on their way again; {len(AGES)} cannot be: their content is no longer kept\n"
