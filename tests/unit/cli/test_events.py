"""`gladly-segment events`: the list of events, beside a running service."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from gladly_segment.core.lifecycle import State
from gladly_segment.history import Projector
from gladly_segment.journals.sqlite import SqliteJournal
from gladly_segment.service.clock import SystemClock
from tests.support.clock import START
from tests.support.receipts import OTHER_SHOP, SHOP, receipt
from tests.unit.cli.conftest import Command

pytestmark = pytest.mark.filterwarnings("ignore:Cyclopts application invoked without tokens:UserWarning")

FEW = 120


@pytest.fixture
async def told(service: SqliteJournal, data_dir: Path) -> AsyncIterator[None]:
    """A history of 120 events: the last one is parked, every tenth is of another shop."""
    for number in range(1, FEW + 1):
        await service.append(
            receipt(
                f"r-{number}",
                lane=f"conversation:c-{number}",
                organization=OTHER_SHOP if number % 10 == 0 else SHOP,
                at=START + timedelta(minutes=number),
                state=State.PARKED if number == FEW else State.IGNORED,
            )
        )
    projector = Projector(data_dir, service.changes, SystemClock())
    is_all = False
    while not is_all:
        _, is_all = await projector.step()
    yield
    await projector.close()


async def test_the_newest_are_listed_first_and_it_says_that_there_are_more(told: None, command: Command) -> None:
    ended = await command("events")

    lines = ended.out.splitlines()
    assert lines[0].split() == ["number", "received", "organization", "event", "customer", "conversation", "state"]
    assert lines[1].split()[:3] == ["120", "2026-03-01T14:00:00.000Z", "other-shop"]
    assert "c-120" in lines[1]
    assert lines[1].rstrip().endswith("parked")
    assert lines[50].split()[0] == "71"
    assert "The newest 50 of 120 are shown; --limit shows more." in ended.out


async def test_json_gives_all_of_them_one_a_line(told: None, command: Command) -> None:
    ended = await command("events", "--json")

    assert [each["number"] for each in ended.documents] == list(range(FEW, 0, -1))
    assert ended.documents[0]["state"] == "parked"


@pytest.mark.parametrize(
    ("options", "numbers"),
    [
        (("--text", "c-117"), [117]),
        (("--text", "c-11"), [11, *range(110, 120)]),
        (("--organization", "other-shop", "--limit", "2"), [120, 110]),
        (("--state", "parked", "--state", "received"), [120]),
        (("--type", "CONVERSATION/CREATED"), []),
        (("--reason", "no_user"), []),
        (("--since", "2026-03-01T13:59:00Z"), [120, 119]),
        (("--until", "2026-03-01T12:03:00Z"), [2, 1]),
        (("--slower", "1"), []),
        (("--limit", "101"), list(range(120, 19, -1))),
    ],
)
async def test_options_restrict_as_the_filters_of_the_page_do(
    told: None, command: Command, options: tuple[str, ...], numbers: list[int]
) -> None:
    ended = await command("events", "--json", *options)

    assert sorted(each["number"] for each in ended.documents) == sorted(numbers)


async def test_where_nothing_matches_it_says_so(told: None, command: Command) -> None:
    assert (await command("events", "--text", "nobody")).out == "No event matches.\n"


async def test_without_a_history_it_says_what_to_do(service: SqliteJournal, command: Command) -> None:
    for name in ("events", "tail"):
        ended = await command(name)

        assert "history" in ended.complaint
        assert "gladly-segment history rebuild" in ended.err


@pytest.mark.parametrize(
    ("option", "value"), [("--since", "yesterday"), ("--state", "lost"), ("--limit", "0"), ("--slower", "-1")]
)
async def test_what_cannot_be_understood_is_refused(told: None, command: Command, option: str, value: str) -> None:
    ended = await command("events", option, value)

    assert (ended.status, ended.out) == (2, "")
    assert value in ended.err
