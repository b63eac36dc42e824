"""`gladly-segment dead`: looking at dead letters and moving them, beside a running service."""

import asyncio
import io
import os
import pty
import sys
from pathlib import Path
from typing import Final

import pytest

from gladly_segment.core.identity import message_id
from gladly_segment.core.lifecycle import REMEDIES, ParkCause, Stage, State
from gladly_segment.journals.sqlite import SqliteJournal
from tests.support.journals import counts
from tests.support.receipts import OTHER_SHOP, receipt
from tests.unit.cli.conftest import Command
from tests.unit.cli.lives import closed, deliver, park
from tests.unit.journals.beside import content

# Its guard against a forgotten `app([])`: here the arguments are those of the process, as they shall be.
pytestmark = pytest.mark.filterwarnings("ignore:Cyclopts application invoked without tokens:UserWarning")

REFUSED: Final = ParkCause.REQUEST_REFUSED
LARGE: Final = ParkCause.EVENT_TOO_LARGE


async def park_three(service: SqliteJournal) -> None:
    await park(service, closed("c-1"), cause=REFUSED, detail="HTTP 400")
    await park(service, closed("c-2"), cause=LARGE, detail="40000 bytes")
    await park(service, closed("c-3"), cause=REFUSED, detail="HTTP 400")


async def state_of_all(service: SqliteJournal) -> dict[str, int]:
    return {state: count for state, count in (await counts(service)).items() if count}


async def test_without_dead_letters_it_says_so(service: SqliteJournal, command: Command) -> None:
    await deliver(service)

    ended = await command("dead", "list")

    assert (ended.status, ended.out) == (0, "No dead letters.\n")
    assert (await command("dead", "list", "--json")).out == ""


async def test_the_list_names_each_and_groups_causes_with_their_remedies(
    service: SqliteJournal, command: Command
) -> None:
    await park_three(service)

    ended = await command("dead", "list")

    rows = [line.split() for line in ended.out.splitlines() if line[:1].isdigit() and "×" not in line]
    at = "2026-03-01T12:00:00.000Z"
    assert rows == [
        ["1", "shop", "CONVERSATION/CLOSED", at, "request_refused", "HTTP", "400"],
        ["2", "shop", "CONVERSATION/CLOSED", at, "event_too_large", "40000", "bytes"],
        ["3", "shop", "CONVERSATION/CLOSED", at, "request_refused", "HTTP", "400"],
    ]
    for cause, count in ((REFUSED, 2), (LARGE, 1)):
        assert f"{count} × {cause}: {REMEDIES[cause].meaning} {REMEDIES[cause].action}" in ended.out


async def test_a_narrow_terminal_cuts_nothing_off(
    service: SqliteJournal, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    await park(service, cause=ParkCause.VENDOR_ANSWER_MALFORMED, detail="Gladly answered 200 with half of a document")

    ended = await command("dead", "list")

    for shown in ("2026-03-01T12:00:00.000Z", "vendor_answer_malformed"):
        assert shown in ended.out
    assert "\N{HORIZONTAL ELLIPSIS}" not in ended.out


@pytest.mark.parametrize("written", ["event_too_large", "event-too-large"])
async def test_the_list_is_restricted_to_a_cause(service: SqliteJournal, command: Command, written: str) -> None:
    await park_three(service)

    assert [each["number"] for each in (await command("dead", "list", "--json", "--cause", written)).documents] == [2]


async def test_the_list_is_restricted_to_an_organization(service: SqliteJournal, command: Command) -> None:
    await park_three(service)
    reason = ParkCause.EVENT_INCOMPLETE
    await service.append(receipt("a", organization=OTHER_SHOP, state=State.PARKED, reason=reason))

    documents = (await command("dead", "list", "--json", "--organization", OTHER_SHOP)).documents

    assert [(each["number"], each["reason"]) for each in documents] == [(4, "event_incomplete")]


async def park_many(service: SqliteJournal, count: int) -> None:
    reason = ParkCause.EVENT_INCOMPLETE
    await asyncio.gather(
        *(service.append(receipt(f"{number}", state=State.PARKED, reason=reason)) for number in range(count))
    )


async def test_a_long_list_says_that_it_goes_on(service: SqliteJournal, command: Command) -> None:
    await park_many(service, 201)

    assert "The first 200 are shown" in (await command("dead", "list")).out


async def test_a_long_list_counts_all_of_a_cause(service: SqliteJournal, command: Command) -> None:
    await park_many(service, 201)

    assert f"201 × {ParkCause.EVENT_INCOMPLETE}" in (await command("dead", "list")).out


async def test_json_has_all_of_a_long_list(service: SqliteJournal, command: Command) -> None:
    await park_many(service, 401)

    documents = (await command("dead", "list", "--json")).documents

    assert [each["number"] for each in documents] == list(range(1, 402))


async def test_one_is_shown_with_what_befell_it(service: SqliteJournal, command: Command) -> None:
    await park_three(service)

    ended = await command("dead", "show", 2)

    assert ended.status == 0
    assert "#2 shop CONVERSATION/CLOSED" in ended.out
    assert "event_too_large: 40000 bytes" in ended.out
    assert "#1" not in ended.out
    [document] = (await command("dead", "show", 2, "--json")).documents
    assert (document["number"], document["messageId"]) == (2, message_id(closed("c-2").key))
    assert [each["outcome"] for each in document["attempts"]] == ["ready", "parked"]


@pytest.mark.parametrize("number", [1, 99])
async def test_a_number_that_is_no_dead_letter_is_refused(
    service: SqliteJournal, command: Command, number: int
) -> None:
    await deliver(service)

    assert (await command("dead", "show", number)).complaint == f"there is no dead letter {number}"


@pytest.mark.parametrize("number", ["0", "-1", "x", str(2**63), "9" * 30])
async def test_what_can_be_no_number_is_refused(service: SqliteJournal, command: Command, number: str) -> None:
    for asked in ("show", "retry", "drop"):
        ended = await command("dead", asked, number)
        assert ended.status == 2
        assert "error: " in ended.out + ended.err


async def test_named_letters_are_retried(service: SqliteJournal, command: Command) -> None:
    await park_three(service)

    ended = await command("dead", "retry", 1, 2, 99)

    assert (ended.status, ended.out) == (0, "2 on their way again\n")
    assert await state_of_all(service) == {"received": 2, "parked/request_refused": 1}


@pytest.mark.parametrize(
    ("chosen", "left"),
    [
        (["--all"], {}),
        (["--cause", "event_too_large"], {"parked/request_refused": 2}),
        (["--organization", "nobody"], {"parked/request_refused": 2, "parked/event_too_large": 1}),
        (["--organization", "shop"], {}),
        (["1", "2", "--cause", "request_refused"], {"parked/request_refused": 1, "parked/event_too_large": 1}),
    ],
    ids=" ".join,
)
async def test_letters_are_retried_and_dropped_by_choice(
    service: SqliteJournal, command: Command, chosen: list[str], left: dict[str, int]
) -> None:
    await park_three(service)

    ended = await command("dead", "drop", "--yes", *chosen)

    gone = 3 - sum(left.values())
    assert ended.out == f"{gone} dropped\n"
    assert await state_of_all(service) == left | ({"dropped/by_hand": gone} if gone else {})


async def test_what_was_moved_is_in_the_trail_and_what_moved_nothing_is_not(
    service: SqliteJournal, command: Command
) -> None:
    await park_three(service)

    await command("dead", "retry", "--cause", "event_too_large", "--organization", "shop")
    await command("dead", "drop", "--yes", 1, 3)
    await command("dead", "drop", "--yes", "--all")

    assert [
        (each.organization, each.by, each.what, each.detail) for each in await service.registry.actions(None, 9)
    ] == [
        (None, "command line", "dropped", "2 dead letters, of any cause"),
        ("shop", "command line", "retried", "1 dead letter, event_too_large"),
    ]


async def test_whoever_names_none_means_none(service: SqliteJournal, command: Command) -> None:
    await park_three(service)

    for asked in (("retry",), ("drop", "--yes")):
        assert (await command("dead", *asked)).complaint == "no dead letter is named"

    assert "dropped/by_hand" not in await state_of_all(service)


async def test_a_retried_letter_is_claimed_by_the_running_service(service: SqliteJournal, command: Command) -> None:
    await park(service, cause=ParkCause.VENDOR_UNAVAILABLE)

    await command("dead", "retry", "--all")

    # Retried by the machine's clock, which is ahead of the one that the service has in tests.
    assert await state_of_all(service) == {"ready": 1}
    assert [each.message_id for each in await service.claim(Stage.DELIVER, closed().organization, 9)] == [
        message_id(closed().key)
    ]


async def test_where_nobody_can_be_asked_nothing_is_dropped(
    service: SqliteJournal, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    await park_three(service)
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))

    ended = await command("dead", "drop", "--all")

    assert ended.complaint == "this cannot be undone, and nobody is there to ask"
    assert "--yes" in ended.err
    assert await state_of_all(service) == {"parked/request_refused": 2, "parked/event_too_large": 1}


@pytest.mark.parametrize(
    ("typed", "dropped"), [("y\n", 3), ("YES\n", 3), ("n\n", 0), ("\n", 0), ("yeah\n", 0), ("\x04", 0)]
)
async def test_whoever_is_asked_decides(
    service: SqliteJournal, command: Command, monkeypatch: pytest.MonkeyPatch, typed: str, dropped: int
) -> None:
    await park_three(service)
    keyboard, terminal = pty.openpty()
    os.write(keyboard, typed.encode())
    with os.fdopen(terminal, encoding="utf-8") as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        ended = await command("dead", "drop", "--all")
    os.close(keyboard)

    assert ended.status == 0
    assert "Give these dead letters up for good? [y/N]" in ended.out
    assert (await state_of_all(service)).get("dropped/by_hand", 0) == dropped


@pytest.mark.parametrize("text", ["[/]", "[bold]loud[/bold]"])
async def test_what_comes_from_outside_is_no_markup(service: SqliteJournal, command: Command, text: str) -> None:
    await park(service, detail=f"detail {text}")

    assert f"detail {text}" in (await command("dead", "list")).out
    assert f"detail {text}" in (await command("dead", "show", 1)).out


async def test_looking_writes_nothing(service: SqliteJournal, command: Command, data_dir: Path) -> None:
    await park_three(service)
    before = content(data_dir)

    for asked in (("list",), ("list", "--json"), ("show", "1"), ("show", "1", "--json")):
        assert (await command("dead", *asked)).status == 0

    assert content(data_dir) == before
