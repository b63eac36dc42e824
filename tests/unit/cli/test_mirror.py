"""`gladly-segment mirror`: what Segment accepted against what arrived, from a file or from this service's mirror."""

import io
import json
import sys
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from gladly_segment.core.identity import message_id
from gladly_segment.core.ids import MessageId
from gladly_segment.core.organization import Retention
from gladly_segment.history import Projector
from gladly_segment.journals.sqlite import SqliteJournal
from gladly_segment.mirrors import SqliteArrivals
from gladly_segment.service import mirroring
from gladly_segment.service.clock import SystemClock
from tests.support.clock import START, ManualClock
from tests.support.receipts import SHOP
from tests.unit.cli.conftest import Command, Ended
from tests.unit.cli.lives import closed, deliver, park

ALL = "2026-01-01T00:00:00Z"
SENT = [message_id(closed(f"c-{number}").key) for number in range(1, 6)]
PARKED = message_id(closed("c-9").key)
STRANGER = MessageId("gladly-" + "0" * 40)
NOTHING = Retention(ended=timedelta(0), dead=timedelta(0), content=timedelta(0))


@pytest.fixture(autouse=True)
def small_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mirroring, "_PORTION", 2)


@pytest.fixture
async def projector(service: SqliteJournal, data_dir: Path) -> AsyncIterator[Projector]:
    """Five events that Segment accepted, and one whose acceptance was never told; the history has them."""
    for number in range(1, 6):
        await deliver(service, closed(f"c-{number}"))
    await park(service, closed("c-9"))
    projector = Projector(data_dir, service.changes, SystemClock())
    await follow(projector)
    yield projector
    await projector.close()


async def follow(projector: Projector) -> None:
    is_all = False
    while not is_all:
        _, is_all = await projector.step()


@pytest.fixture
async def arrivals(data_dir: Path) -> AsyncIterator[SqliteArrivals]:
    arrivals = SqliteArrivals(data_dir, ManualClock())
    yield arrivals
    await arrivals.close()


def lines(*messages: str) -> str:
    return "".join(f"{each}\n" for each in messages)


def findings(ended: Ended) -> list[tuple[str, str]]:
    return [(each["finding"], each["messageId"]) for each in ended.documents[:-1]]


def account(ended: Ended) -> Any:
    return ended.documents[-1]


async def test_where_all_arrived_it_says_so(projector: Projector, command: Command, tmp_path: Path) -> None:
    (tmp_path / "ids").write_text(lines(*SENT))

    ended = await command("mirror", "--since", ALL, "--ids", tmp_path / "ids", "--json")

    assert ended.status == 0
    assert ended.documents == [{"accepted": 5, "arrived": 5, "awaited": 0, "missing": 0, "doubled": 0, "strange": 0}]


async def test_what_is_missing_doubled_or_strange_is_found_by_its_id(
    projector: Projector, command: Command, tmp_path: Path
) -> None:
    (tmp_path / "ids").write_text(lines(*SENT[1:], SENT[2], STRANGER, STRANGER, "ajs-1", "ajs-1", PARKED))

    ended = await command("mirror", "--since", ALL, "--ids", tmp_path / "ids", "--json")

    assert ended.status == 1
    assert sorted(findings(ended)) == sorted([("missing", SENT[0]), ("doubled", SENT[2]), ("strange", STRANGER)])
    assert account(ended) == {"accepted": 5, "arrived": 4, "awaited": 0, "missing": 1, "doubled": 1, "strange": 1}
    [missing] = [each for each in ended.documents if each.get("finding") == "missing"]
    assert (missing["number"], missing["organization"], missing["acceptedAt"]) == (1, "shop", "2026-03-01T12:00:00Z")


async def test_people_read_it_in_lines(projector: Projector, command: Command, tmp_path: Path) -> None:
    (tmp_path / "ids").write_text(lines(*SENT[1:], SENT[1]))

    ended = await command("mirror", "--since", ALL, "--ids", tmp_path / "ids")

    assert ended.status == 1
    assert f"missing {SENT[0]}: event 1 of shop, accepted 2026-03-01T12:00:00.000Z\n" in ended.out
    assert f"doubled {SENT[1]}: event 2 of shop, accepted 2026-03-01T12:00:00.000Z, 2 times\n" in ended.out
    assert "accepted by Segment  5" in ended.out


async def test_what_was_accepted_a_moment_ago_may_be_on_its_way(
    projector: Projector, command: Command, tmp_path: Path
) -> None:
    (tmp_path / "ids").write_text(lines(SENT[0]))

    ended = await command("mirror", "--since", ALL, "--ids", tmp_path / "ids", "--grace-h", "1000000", "--json")

    assert ended.status == 0
    assert account(ended)["awaited"] == 4


async def test_only_the_span_must_have_arrived_and_what_is_outside_of_it_is_not_strange(
    projector: Projector, command: Command, tmp_path: Path
) -> None:
    (tmp_path / "ids").write_text(lines(*SENT))

    ended = await command("mirror", "--since", "2026-04-01T00:00:00Z", "--ids", tmp_path / "ids", "--json")

    assert ended.status == 0
    assert account(ended)["accepted"] == account(ended)["arrived"] == 0


async def test_what_retention_deleted_is_not_strange(
    projector: Projector, service: SqliteJournal, command: Command, tmp_path: Path
) -> None:
    while await service.forget(SHOP, NOTHING, START + timedelta(days=1)):
        pass
    await deliver(service, closed("c-10"))
    await follow(projector)
    (tmp_path / "ids").write_text(lines(*SENT, STRANGER, message_id(closed("c-10").key)))

    ended = await command("mirror", "--since", ALL, "--ids", tmp_path / "ids", "--json")

    assert findings(ended) == [("strange", STRANGER)]
    assert account(ended)["accepted"] == 1


@pytest.mark.parametrize(
    "content",
    [
        lines(*SENT),
        "\ufeff" + "\r\n".join(["message_id", "", *SENT, ""]),
        lines("message_id", *SENT),
        lines("ID", *SENT),
        lines('"received_at","messageId"', *(f'"2026-03-01, 12:00","{each}"' for each in SENT)),
        lines(*(json.dumps({"receivedAt": "x", "messageId": each}) for each in SENT)),
        lines(*(json.dumps({"id": each}) for each in SENT)),
    ],
    ids=["lines", "BOM and blank lines", "one column", "as a warehouse calls it", "CSV", "JSON", "JSON of a warehouse"],
)
async def test_ids_are_read_in_the_forms_that_tools_write(
    projector: Projector, command: Command, tmp_path: Path, content: str
) -> None:
    (tmp_path / "ids").write_text(content, newline="")

    ended = await command("mirror", "--since", ALL, "--ids", tmp_path / "ids", "--json")

    assert account(ended)["arrived"] == 5


async def test_ids_come_from_standard_input(
    projector: Projector, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(lines(*SENT).encode())))

    ended = await command("mirror", "--since", ALL, "--ids", "-", "--json")

    assert account(ended)["arrived"] == 5


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"a,b\n1,2\n", "has several columns, and none of them is one of ids"),
        (b'{"messageId":"a"}\n{"other":1}\n', "document 2 of"),
        (b'{"messageId":7}\n', "document 1 of"),
        (b"gladly-1\n\xff\n", "is no UTF-8 text, as line 2 shows"),
    ],
)
async def test_a_file_that_cannot_be_read_is_told_what_is_wrong_with_it(
    projector: Projector, command: Command, tmp_path: Path, content: bytes, complaint: str
) -> None:
    (tmp_path / "ids").write_bytes(content)

    ended = await command("mirror", "--since", ALL, "--ids", tmp_path / "ids")

    assert complaint in ended.complaint
    assert "message_id" in ended.err


async def test_a_file_that_is_not_there_is_named(projector: Projector, command: Command, tmp_path: Path) -> None:
    ended = await command("mirror", "--since", ALL, "--ids", tmp_path / "nowhere")

    assert ended.complaint == f"{tmp_path / 'nowhere'} cannot be read: No such file or directory"


@pytest.mark.parametrize("options", [(), ("--organization", "shop")])
async def test_without_ids_it_is_what_the_destination_brought(
    projector: Projector, command: Command, arrivals: SqliteArrivals, options: Sequence[str]
) -> None:
    await arrivals.note(SHOP, [*SENT[1:], SENT[3]])

    ended = await command("mirror", "--since", ALL, "--json", *options)

    assert ended.status == 1
    assert sorted(findings(ended)) == sorted([("missing", SENT[0]), ("doubled", SENT[3])])


async def test_it_tells_when_the_mirror_began_after_the_span(
    projector: Projector, command: Command, arrivals: SqliteArrivals
) -> None:
    await arrivals.note(SHOP, SENT)

    ended = await command("mirror", "--since", ALL)
    later = await command("mirror", "--since", "2026-03-01T12:00:00Z")

    assert ended.err == "the first message of shop arrived at the mirror at 2026-03-01T12:00:00.000Z\n"
    assert later.err == ""


@pytest.mark.parametrize(("options", "whose"), [((), ""), (("--organization", "other-shop"), " of other-shop")])
async def test_where_nothing_arrived_at_the_mirror_it_says_what_to_do(
    projector: Projector, command: Command, options: Sequence[str], whose: str
) -> None:
    ended = await command("mirror", "--since", ALL, *options)

    assert ended.complaint == f"nothing has arrived at the mirror{whose}"
    assert "mirror_secret" in ended.err
    assert "SELECT id AS message_id" in ended.err


async def test_with_a_history_that_lacks_something_nothing_is_said(
    projector: Projector, service: SqliteJournal, command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mirroring, "_FOLLOWS_WITHIN_S", 0.01)
    await deliver(service, closed("c-10"))
    (tmp_path / "ids").write_text(lines(*SENT))

    ended = await command("mirror", "--since", ALL, "--ids", tmp_path / "ids")

    assert ended.complaint == "the history does not have all that the journal has: events would be missing"
