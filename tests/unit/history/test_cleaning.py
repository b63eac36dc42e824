"""What follows in the history from an erasure."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from gladly_segment.core.errors import HistoryUnavailableError
from gladly_segment.core.ids import CustomerId
from gladly_segment.core.lifecycle import Stage
from gladly_segment.core.records import Delivered
from gladly_segment.history import Projector, clean
from gladly_segment.history.document import document_of
from gladly_segment.history.file import FILE_NAME
from gladly_segment.history.store import Store
from gladly_segment.journals.sqlite import open_eraser
from gladly_segment.ports.curator import START
from tests.support.receipts import SHOP, conversation_event, taken_in
from tests.unit.history.projecting import EVERYTHING, Beside, made_ready, track, words_in

ANN = CustomerId("u-ann-0123456789")
CANARIES = (ANN, "Canary Ann", "canary-ann@shop.example", "14155550142", "canary-tier")
WORDS = {"u-ann-0123456789", "canary-ann@shop.example", "canary-ann", "14155550142", "4155550142", "canary-tier"}


async def fill(beside: Beside, rounds: int = 3) -> None:
    """Let there be events of Ann between those of others, followed as they come."""
    for number in range(rounds * 20):
        customer = ANN if number % 7 == 3 else CustomerId(f"u-{number}")
        await beside.journal.append(taken_in(conversation_event("CLOSED", f"c-{number}", customer)))
        [entry] = await beside.journal.claim(Stage.ENRICH, SHOP, EVERYTHING)
        payload = track(
            customer,
            customerName="Canary Ann" if customer == ANN else f"Customer {number}",
            email="canary-ann@shop.example" if customer == ANN else f"{number}@shop.example",
            phone="+14155550142",
            customAttributes={"tier": "canary-tier"} if customer == ANN else {},
        )
        if customer != ANN:
            payload = payload.replace(b"+14155550142", b"+14155550999")
        await beside.projector.step()
        await beside.journal.settle([made_ready(entry, payload)])
        await beside.projector.step()
        [entry] = await beside.journal.claim(Stage.DELIVER, SHOP, EVERYTHING)
        await beside.journal.settle([Delivered(entry.seq)])
        await beside.projector.step()


async def erase(beside: Beside) -> None:
    async with open_eraser(beside.data_dir, beside.clock) as eraser:
        await eraser.erase(SHOP, [ANN])


async def cleaned(beside: Beside) -> int | None:
    return await clean(beside.data_dir, beside.projector, beside.journal.changes, [ANN])


def standing(data_dir: Path) -> Sequence[str]:
    """Give which canaries stand in the files, as they are."""
    content = b"".join(path.read_bytes() for path in sorted(data_dir.glob(f"{FILE_NAME}*")))
    return [canary for canary in CANARIES if canary.encode() in content]


def words(data_dir: Path) -> set[str]:
    with closing(sqlite3.connect(data_dir / FILE_NAME)) as db:
        return {word for word, _ in words_in(db)}


async def test_nothing_is_left_of_an_erased_customer(beside: Beside) -> None:
    await fill(beside)
    assert set(standing(beside.data_dir)) >= {ANN, "Canary Ann"}
    assert words(beside.data_dir) >= WORDS

    await erase(beside)

    assert await cleaned(beside) == 0
    # It followed, and was not made anew.
    assert (await beside.history.progress()).events == 60
    assert standing(beside.data_dir) == []
    assert words(beside.data_dir) & WORDS == set()
    assert await beside.found(ANN) == await beside.found("canary") == []
    assert len(await beside.found()) == 60


async def test_without_cleaning_the_files_would_still_name_the_customer(beside: Beside) -> None:
    await fill(beside)
    await erase(beside)
    await beside.follow()

    assert standing(beside.data_dir) != []


async def test_a_word_that_stayed_in_the_index_is_noticed(beside: Beside) -> None:
    await fill(beside)
    [receipt] = [each for each in await beside.journal.changes.walk(START, EVERYTHING) if each.seq == 4]
    text = document_of(receipt).index_text()
    await erase(beside)
    await beside.follow()
    with closing(sqlite3.connect(beside.data_dir / FILE_NAME, isolation_level=None)) as db:
        db.execute("INSERT INTO words_0 (rowid, words) VALUES (4, ?)", (text,))

    assert await beside.projector.do(lambda store: store.naming([ANN])) == 1
    assert await cleaned(beside) == 0
    assert words(beside.data_dir) & WORDS == set()


async def test_while_everything_is_read_again_it_is_emptied(beside: Beside) -> None:
    await fill(beside)
    for number in range(60):
        await beside.journal.append(taken_in(conversation_event("CREATED", f"d-{number}", "u-eve")))
    await beside.journal.changes.trim(1)
    await beside.projector.step()
    await erase(beside)

    assert await cleaned(beside) == 0
    assert standing(beside.data_dir) == []
    assert len(await beside.found()) == 120


async def test_where_there_is_no_history_nothing_is_left(beside: Beside) -> None:
    await beside.journal.append(taken_in(conversation_event("CREATED", "c-1", ANN)))
    await erase(beside)

    assert await cleaned(beside) == 0
    assert not (beside.data_dir / FILE_NAME).exists()


async def test_when_somebody_holds_the_log_it_is_not_known(beside: Beside, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gladly_segment.history.file._BUSY_MS", 50)
    await fill(beside)
    await erase(beside)
    with closing(sqlite3.connect(beside.data_dir / FILE_NAME, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM events").fetchone()

        assert await cleaned_by_another(beside) is None

    assert await cleaned_by_another(beside) == 0
    assert standing(beside.data_dir) == []


async def cleaned_by_another(beside: Beside) -> int | None:
    """Clean as a command does, while the service has the file open."""
    projector = Projector(beside.data_dir, beside.journal.changes, beside.clock)
    try:
        return await clean(beside.data_dir, projector, beside.journal.changes, [ANN])
    finally:
        await projector.close()


async def test_writing_anew_that_fails_is_told(beside: Beside, monkeypatch: pytest.MonkeyPatch) -> None:
    await fill(beside)
    await erase(beside)

    def fail(_: Store) -> None:
        raise HistoryUnavailableError("the disk is full")

    monkeypatch.setattr(Store, "rewrite", fail)

    assert await cleaned(beside) is None
