"""`gladly-segment erase`: whom a person means, and the proof."""

import asyncio
from pathlib import Path

import pytest

from gladly_segment.core.ids import CustomerId
from gladly_segment.journals.sqlite import SqliteJournal
from gladly_segment.ports.eraser import Erasure
from gladly_segment.spool import SqliteBackfills, files_of_backfills
from tests.support.clock import START, ManualClock
from tests.support.journals import counts
from tests.support.pasts import closed, created, days_ago
from tests.support.receipts import SHOP, conversation_event, merge_event, taken_in
from tests.unit.cli.conftest import Command
from tests.unit.cli.lives import deliver, receive
from tests.unit.journals.beside import ask
from tests.unit.spool.orders import an_order

# Its guard against a forgotten `app([])`: here the arguments are those of the process, as they shall be.
pytestmark = pytest.mark.filterwarnings("ignore:Cyclopts application invoked without tokens:UserWarning")

ERASE = ("erase", "--organization", SHOP, "--customer", "u-1")


class Left:
    """An eraser whose work leaves something."""

    def __init__(self, remnants: int | None) -> None:
        self._remnants = remnants

    def __call__(self, *_: object) -> Erasure:
        return Erasure(
            organization=SHOP,
            at=START,
            customers=("salt:digest",),
            receipts_looked_at=1,
            emptied=1,
            suppressed=0,
            found_again=0,
            remnants=self._remnants,
            digest="0",
            kept_beside=(),
        )


async def test_it_prints_a_proof(service: SqliteJournal, command: Command, data_dir: Path) -> None:
    await deliver(service)
    await receive(service, taken_in(conversation_event("CREATED", "c-2")))
    await receive(service, taken_in(conversation_event("CREATED", "c-3", "u-2")))
    (data_dir / "replaced-1").mkdir()

    ended = await command(*ERASE, "--yes")

    assert (ended.status, ended.err) == (0, "")
    figures = {line[:28].strip(): line[28:].strip() for line in ended.out.splitlines()}
    assert figures["receipts looked at"] == "3"
    assert figures["emptied"] == "1"
    assert figures["suppressed, will not be sent"] == "1"
    assert (figures["found by a second look"], figures["remnants in the files"]) == ("0", "0")
    assert "Erased: nothing in the journal, nor in the history made of it, names the customer any more." in ended.out
    assert f"The former journal in {data_dir / 'replaced-1'}: remove it" in ended.out
    assert "Gladly: delete" in ended.out
    assert "Segment: ask for deletion by userId" in ended.out
    assert "u-1" not in ended.out.replace(str(data_dir), "")
    assert await counts(service) == {"delivered": 1, "received": 1, "suppressed/customer_erased": 1}


async def test_the_proof_is_noted_in_the_audit_trail_without_the_customer(
    service: SqliteJournal, command: Command, data_dir: Path
) -> None:
    await deliver(service)

    [proof] = (await command(*ERASE, "--yes", "--json")).documents

    assert (proof["complete"], proof["emptied"], proof["suppressed"]) == (True, 1, 0)
    noted = ask(data_dir, 'SELECT organization, "by", what, detail FROM actions')
    assert noted == [(SHOP, "person", "customer erased", proof["digest"])]


async def test_merged_customers_are_erased_with_it(service: SqliteJournal, command: Command) -> None:
    await receive(service, taken_in(merge_event("u-9", "u-1")))
    await receive(service, taken_in(conversation_event("CREATED", "c-9", "u-9")))

    [proof] = (await command(*ERASE, "--yes", "--json")).documents

    assert len(proof["customers"]) == 2
    assert await counts(service) == {"suppressed/customer_erased": 2}


async def test_merged_customers_are_named_before_anything_is_done(
    service: SqliteJournal, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    questions: list[str] = []
    monkeypatch.setattr("gladly_segment.cli.erase.confirmed", questions.append)
    await receive(service, taken_in(merge_event("u-9", "u-1")))

    ended = await command(*ERASE)

    assert (ended.status, ended.out) == (1, "")
    assert questions == ["Erase customer u-1 and u-9, merged with it, of shop for good?"]
    assert await counts(service) == {"received": 1}


async def test_without_somebody_to_ask_nothing_is_done(service: SqliteJournal, command: Command) -> None:
    await deliver(service)

    assert (await command(*ERASE)).complaint == "this cannot be undone, and nobody is there to ask"

    assert await counts(service) == {"delivered": 1}


@pytest.mark.parametrize(("remnants", "sentence"), [(2, "something is left"), (None, "somebody reads the journal")])
async def test_what_is_not_complete_says_so_and_ends_with_1(
    service: SqliteJournal,
    command: Command,
    monkeypatch: pytest.MonkeyPatch,
    remnants: int | None,
    sentence: str,
) -> None:
    monkeypatch.setattr("gladly_segment.journals.sqlite.eraser.SqliteEraser._erase", Left(remnants))
    await deliver(service)

    ended = await command(*ERASE, "--yes")

    assert ended.status == 1
    assert f"Not complete: {sentence}" in ended.out


@pytest.mark.parametrize("customer", ["", " "])
async def test_somebody_must_be_named(service: SqliteJournal, command: Command, customer: CustomerId) -> None:
    ended = await command("erase", "--organization", SHOP, f"--customer={customer}", "--yes")

    assert ended.complaint == "no customer is named"


async def test_an_organization_that_nothing_was_received_of_is_refused(
    service: SqliteJournal, command: Command
) -> None:
    await deliver(service)

    ended = await command("erase", "--organization=shopp", "--customer=u-1", "--yes")

    assert ended.complaint == "nothing was ever received of an organization shopp"
    assert "known are: shop" in ended.err


async def test_what_waits_to_be_brought_in_is_erased_too(
    service: SqliteJournal, command: Command, data_dir: Path
) -> None:
    await deliver(service)
    backfills = SqliteBackfills(data_dir, ManualClock())
    number = (await backfills.order(an_order())).number
    others = created(days_ago(4), "c-9", "u-9")
    await backfills.gather(number, [created(days_ago(5), "c-8", "u-1"), closed(days_ago(4), "c-8", "u-1"), others])

    ended = await command(*ERASE, "--yes")

    assert ended.status == 0
    assert await backfills.next(number, 100) == [others]
    files = await asyncio.to_thread(lambda: [file for file in files_of_backfills(data_dir) if file.exists()])
    assert files
    assert not [file for file in files if b"u-1" in await asyncio.to_thread(file.read_bytes)]
    await backfills.close()
