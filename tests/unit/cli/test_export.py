"""`gladly-segment events export`: the same events in three forms, whole or not at all."""

import asyncio
import csv
import importlib
import io
import json
import os
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from gladly_segment.cli.export import command as exporting
from gladly_segment.cli.export.forms import COLUMNS, CommaSeparated, JsonLines
from gladly_segment.core.errors import HistoryUnavailableError
from gladly_segment.core.ids import ConversationId, Seq
from gladly_segment.core.lifecycle import State
from gladly_segment.debugger.events.page import ShownEvent, shown
from gladly_segment.history import Projector
from gladly_segment.history.store import Store
from gladly_segment.journals.sqlite import SqliteJournal
from gladly_segment.ports.history import Found, Search
from gladly_segment.service.clock import SystemClock
from tests.support.clock import START
from tests.support.history import HistoryOnAList, event
from tests.support.receipts import OTHER_SHOP, SHOP, receipt
from tests.unit.cli.conftest import Command

pytestmark = pytest.mark.filterwarnings("ignore:Cyclopts application invoked without tokens:UserWarning")

MANY = 12
parquet: Any = importlib.import_module("pyarrow.parquet")
"""It has no types."""


@pytest.fixture(autouse=True)
def small_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "PORTION", 5)


@pytest.fixture
async def told(service: SqliteJournal, data_dir: Path) -> AsyncIterator[Projector]:
    """A history of twelve events, every fourth of another shop, the last one parked; and what lets it follow."""
    for number in range(1, MANY + 1):
        await service.append(
            receipt(
                f"r-{number}",
                lane=f"conversation:c-{number}",
                organization=OTHER_SHOP if number % 4 == 0 else SHOP,
                at=START + timedelta(minutes=number),
                state=State.PARKED if number == MANY else State.IGNORED,
            )
        )
    projector = Projector(data_dir, service.changes, SystemClock())
    is_all = False
    while not is_all:
        _, is_all = await projector.step()
    yield projector
    await projector.close()


def rows_of(content: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content, newline="")))


def written(*events: ShownEvent) -> str:
    file = io.BytesIO()
    CommaSeparated(file).write(events)
    return file.getvalue().decode()


async def test_jsonl_is_what_events_prints_as_json(told: Projector, command: Command) -> None:
    exported = await command("events", "export", "--format", "jsonl", "--output", "-")

    assert exported.out == (await command("events", "--json")).out
    assert len(exported.documents) == MANY


async def test_all_forms_have_the_same_columns_and_rows(told: Projector, command: Command, tmp_path: Path) -> None:
    for form in ("jsonl", "csv", "parquet"):
        ended = await command("events", "export", "--format", form, "--output", tmp_path / form)
        assert (ended.status, ended.out) == (0, f"{tmp_path / form}: {MANY} events\n")

    lines = [json.loads(line) for line in (tmp_path / "jsonl").read_text().splitlines()]
    rows = rows_of((tmp_path / "csv").read_text())
    table = parquet.read_table(tmp_path / "parquet")
    assert list(lines[0]) == list(rows[0]) == table.column_names == list(COLUMNS)
    numbers = list(range(MANY, 0, -1))
    assert [each["number"] for each in lines] == [int(each["number"]) for each in rows] == numbers
    assert table["number"].to_pylist() == numbers
    assert rows[0]["receivedAt"] == "2026-03-01T12:12:00.000Z"
    assert table["receivedAt"].to_pylist()[0] == START + timedelta(minutes=MANY)
    assert {each["conversation"] for each in rows} == set(table["conversation"].to_pylist())


async def test_parquet_columns_have_types_and_rows_come_in_groups(
    told: Projector, command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gladly_segment.cli.export.parquet._ROWS_OF_A_GROUP", 5)

    await command("events", "export", "--format", "parquet", "--output", tmp_path / "events")

    file = parquet.ParquetFile(tmp_path / "events")
    types = {field.name: str(field.type) for field in file.schema_arrow}
    assert {name for name, type_ in types.items() if type_ == "int64"} == {"number", "attempts", "latencyMs"}
    assert {name for name, type_ in types.items() if type_ == "timestamp[ms, tz=UTC]"} == {
        "receivedAt",
        "occurredAt",
        "endedAt",
    }
    assert {types[name] for name in ("state", "messageId", "customer")} == {"string"}
    assert [file.metadata.row_group(group).num_rows for group in range(file.num_row_groups)] == [5, 5, 2]
    file.close()


@pytest.mark.parametrize(
    ("options", "numbers"),
    [
        (("--organization", "other-shop"), [12, 8, 4]),
        (("--state", "parked"), [12]),
        (("--since", "2026-03-01T12:11:00Z"), [12, 11]),
        (("--until", "2026-03-01T12:03:00Z"), [2, 1]),
        (("--text", "c-7"), [7]),
        (("--text", "nobody"), []),
    ],
)
async def test_the_filters_are_those_of_events(
    told: Projector, command: Command, options: Sequence[str], numbers: list[int]
) -> None:
    exported = await command("events", "export", "--format", "jsonl", *options)

    assert [each["number"] for each in exported.documents] == numbers


@pytest.mark.parametrize("form", ["jsonl", "csv", "parquet"])
async def test_where_nothing_matches_the_file_is_there_and_empty(
    told: Projector, command: Command, tmp_path: Path, form: str
) -> None:
    await command("events", "export", "--format", form, "--output", tmp_path / "none", "--text", "nobody")

    content = (tmp_path / "none").read_bytes()
    expected = {"jsonl": b"", "csv": ",".join(COLUMNS).encode() + b"\r\n"}
    assert parquet.read_table(tmp_path / "none").num_rows == 0 if form == "parquet" else content == expected[form]


class Restless(HistoryOnAList):
    """Whenever a page was read, all events change and a new one comes."""

    async def search(self, search: Search, limit: int, *, before: Seq | None = None) -> Found:
        found = await super().search(search, limit, before=before)
        last = max((each.seq for each in (await super().search(Search(), 1)).events), default=Seq(0))
        for seq in range(1, last + 2):
            self.put(event(seq, state=State.DROPPED))
        return found


async def test_what_comes_and_changes_meanwhile_leaves_each_event_there_once() -> None:
    history, file = Restless(), io.BytesIO()
    for seq in range(1, MANY + 1):
        history.put(event(seq))

    count = await exporting.write_all(history, Search(), JsonLines(file))

    assert [json.loads(line)["number"] for line in file.getvalue().splitlines()] == list(range(MANY, 0, -1))
    assert count == MANY


@pytest.mark.parametrize("beginning", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_a_text_that_a_spreadsheet_would_compute_is_kept_from_it(beginning: str) -> None:
    (row,) = rows_of(written(shown(event(1, customer_name=f"{beginning}1+1"))))

    assert row["customerName"] == f"'{beginning}1+1"


def test_other_texts_are_written_as_they_are() -> None:
    name = 'Ann "the, one"\r\nMüller = 🙂'

    (row,) = rows_of(written(shown(event(1, customer_name=name))))

    assert row["customerName"] == name


def test_csv_is_that_of_rfc_4180() -> None:
    text = written(shown(event(1, customer=None, conversation=ConversationId("c"), customer_name='say "hi", you')))

    assert text == (
        ",".join(COLUMNS) + "\r\n"
        "1,shop,2026-03-01T12:00:01.000Z,2026-03-01T12:00:01.000Z,webhook,CONVERSATION/CLOSED,"
        'Gladly Conversation Closed,,"say ""hi"", you",c,delivered,,0,message-1,event-1,'
        "2026-03-01T12:00:01.250Z,250\r\n"
    )


@pytest.mark.parametrize("form", ["jsonl", "csv", "parquet"])
async def test_an_export_that_fails_leaves_the_former_file_and_nothing_else(
    told: Projector, command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    place = tmp_path / "exports"
    place.mkdir()
    (place / "events").write_text("the former one")
    pages = 0

    def fails(event: Any) -> ShownEvent:
        nonlocal pages
        pages += 1
        if pages > 7:
            raise OSError(28, "No space left on device")
        return shown(event)

    monkeypatch.setattr(exporting, "shown", fails)

    ended = await command("events", "export", "--format", form, "--output", place / "events")

    assert ended.complaint == f"{place / 'events'} cannot be written: No space left on device"
    assert [(each.name, each.read_text()) for each in place.iterdir()] == [("events", "the former one")]


async def test_only_its_owner_reads_a_file(told: Projector, command: Command, tmp_path: Path) -> None:
    await command("events", "export", "--format", "csv", "--output", tmp_path / "events.csv")

    assert (tmp_path / "events.csv").stat().st_mode & 0o777 == 0o600


async def test_a_place_that_is_not_there_is_named(told: Projector, command: Command, tmp_path: Path) -> None:
    ended = await command("events", "export", "--format", "csv", "--output", tmp_path / "no" / "where")

    assert ended.complaint == f"{tmp_path / 'no' / 'where'} cannot be written: No such file or directory"


async def test_without_pyarrow_the_extra_is_named(
    told: Projector, command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)

    ended = await command("events", "export", "--format", "parquet", "--output", tmp_path / "exports")

    assert "pyarrow" in ended.complaint
    assert "gladly-segment[parquet]" in ended.err
    assert not (tmp_path / "exports").exists()


async def test_a_history_that_is_made_anew_is_not_exported(told: Projector, command: Command, tmp_path: Path) -> None:
    await told.do(Store.empty)

    ended = await command("events", "export", "--format", "jsonl", "--output", tmp_path / "events")

    assert "is being made anew, 0% of it is done" in ended.complaint
    assert not (tmp_path / "events").exists()


async def test_of_a_history_that_is_made_anew_not_even_a_part_is_written() -> None:
    history, file = HistoryOnAList(), io.BytesIO()
    history.put(event(1))
    history.rebuilt = 0.4

    with pytest.raises(HistoryUnavailableError, match="40% of it is done"):
        await exporting.write_all(history, Search(), JsonLines(file))

    assert file.getvalue() == b""


@pytest.mark.parametrize("form", ["jsonl", "csv", "parquet"])
async def test_when_nobody_reads_it_any_more_it_ends_quietly(told: Projector, data_dir: Path, form: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "gladly_segment", "events", "export", "--format", form, "--data-dir", str(data_dir)),
        stdout=writing,
        stderr=PIPE,
    )
    os.close(writing)

    _, complaints = await process.communicate()

    assert (process.returncode, complaints) == (1, b"")


async def test_a_form_that_there_is_not_is_refused(told: Projector, command: Command) -> None:
    ended = await command("events", "export", "--format", "xlsx")

    assert (ended.status, ended.out) == (2, "")
    assert "parquet" in ended.err
