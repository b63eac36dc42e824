"""Erasing a customer from the SQLite journal: what goes, and what stays."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path

import pytest

from gladly_segment.core.errors import InputError
from gladly_segment.core.identity import message_id
from gladly_segment.core.ids import CustomerId, OrganizationId
from gladly_segment.core.lifecycle import Stage, State, SuppressReason
from gladly_segment.core.records import Appended, Delivered, MadeReady, Selection, Suppressed
from gladly_segment.journals.sqlite import open_eraser, sweep
from gladly_segment.journals.sqlite.bookkeeping import verify
from gladly_segment.ports.curator import Replayed
from tests.support.clock import ManualClock
from tests.support.journals import counts
from tests.support.receipts import OTHER_SHOP, SHOP, conversation_event, merge_event, profile_event, receipt, taken_in
from tests.unit.journals.beside import ask, curating, opened
from tests.unit.journals.erasing import (
    ANN,
    canaries_in,
    erase,
    fetched,
    fill_every_state,
    make_ready,
    names_in,
    rows,
    track_event,
)


async def test_content_goes_whatever_the_state_and_what_recognises_the_receipt_stays(data_dir: Path) -> None:
    async with opened(data_dir) as journal:
        await fill_every_state(journal, data_dir)
        before = rows(data_dir)

        proof = await erase(data_dir)

        after = rows(data_dir)
        assert {(row["body"], row["payload"], row["fetched"], row["detail"]) for row in after} == {(b"", b"", "", "")}
        kept = ("seq", "organization", "key", "lane", "event_type", "event_id", "message_id", "received_at_ms")
        assert [[row[name] for name in kept] for row in after] == [[row[name] for name in kept] for row in before]
        again = [await journal.append(taken_in(conversation_event("CLOSED", f"c-{state}", ANN))) for state in State]
    assert set(again) == {Appended.DUPLICATE}
    assert (proof.receipts_looked_at, proof.emptied, proof.suppressed) == (7, 4, 3)
    assert proof.is_complete
    assert [verify(row["seq"], row["checksum"], b"", b"") for row in after] == [None] * len(State)


async def test_what_had_not_ended_is_suppressed_and_what_had_stays_what_it_was(data_dir: Path) -> None:
    async with opened(data_dir) as journal:
        await fill_every_state(journal, data_dir)

        await erase(data_dir)

        assert await counts(journal) == {
            "suppressed/customer_erased": 3,
            "suppressed/customer_deleted": 1,
            "delivered": 1,
            "ignored/profile_change_noted": 1,
            "dropped/by_hand": 1,
        }
        assert not [row for row in rows(data_dir) if row["is_head"]]


async def test_a_history_tells_of_it_and_names_nobody(data_dir: Path) -> None:
    async with opened(data_dir) as journal:
        await fill_every_state(journal, data_dir)

        await erase(data_dir)

    last = ask(data_dir, 'SELECT outcome, reason, count(*) FROM attempts WHERE "by" = ? GROUP BY 1, 2', "person")
    assert set(last) == {("dropped", "by_hand", 1), ("erased", "", 4), ("suppressed", "customer_erased", 3)}
    assert ask(data_dir, "SELECT DISTINCT detail FROM attempts") == [("",)]


async def test_others_are_left_alone(data_dir: Path) -> None:
    async with opened(data_dir) as journal:
        await journal.append(taken_in(conversation_event("CLOSED", "c-1", f"{ANN}0")))
        await journal.append(taken_in(conversation_event("CLOSED", "c-2", f"x{ANN}")))
        await journal.append(taken_in(conversation_event("CLOSED", "c-3", ANN), organization=OTHER_SHOP))
        before = rows(data_dir)

        proof = await erase(data_dir)

        assert rows(data_dir) == before
        assert (proof.receipts_looked_at, proof.emptied, proof.suppressed) == (2, 0, 0)


@pytest.mark.parametrize(
    "body",
    [
        b'{"customerId": "u-ann-0123456789"}',
        b'{"customerId":"\\u0075-ann-0123456789"}',
        b'{"customers": [[{"u-ann-0123456789": 1}]]}',
        b'not JSON "u-ann-0123456789',
    ],
    ids=["plain", "escaped", "a field's name", "not JSON"],
)
async def test_an_id_is_found_wherever_it_stands(data_dir: Path, body: bytes) -> None:
    async with opened(data_dir) as journal:
        await journal.append(receipt("a", body=body + (b'"' if body.startswith(b"not") else b"")))

        assert (await erase(data_dir)).suppressed == 1


async def test_a_track_event_is_found_though_its_webhook_named_somebody_else(data_dir: Path) -> None:
    async with opened(data_dir) as journal:
        await journal.append(taken_in(conversation_event("CLOSED", "c-1", "u-merged-into-ann")))
        [entry] = await journal.claim(Stage.ENRICH, SHOP, 1)
        await journal.settle([MadeReady(entry.seq, track_event(), message_id(entry.key))])

        assert (await erase(data_dir)).suppressed == 1


async def test_what_was_fetched_is_found_though_nothing_else_names_the_customer(data_dir: Path) -> None:
    async with opened(data_dir) as journal:
        await journal.append(taken_in(conversation_event("CLOSED", "c-1", "u-merged-into-ann")))
        [entry] = await journal.claim(Stage.ENRICH, SHOP, 1)
        gone = fetched("u-merged-into-ann") + fetched(found=False)
        await journal.settle([Suppressed(entry.seq, SuppressReason.CUSTOMER_DELETED, gone)])

        assert (await erase(data_dir)).emptied == 1

    assert canaries_in(data_dir) == []


@pytest.mark.parametrize("suppressed", [False, True])
async def test_what_was_fetched_is_not_kept_when_it_names_an_erased_customer(data_dir: Path, suppressed: bool) -> None:
    async with opened(data_dir) as journal:
        await journal.append(taken_in(conversation_event("CLOSED", "c-1", "u-merged-into-ann")))
        await erase(data_dir)
        [entry] = await journal.claim(Stage.ENRICH, SHOP, 1)
        way = fetched("u-merged-into-ann") + fetched() + fetched("u-bob")

        await journal.settle(
            [
                Suppressed(entry.seq, SuppressReason.CUSTOMER_DELETED, way)
                if suppressed
                else MadeReady(entry.seq, track_event("u-bob"), message_id(entry.key), (), way)
            ]
        )

        [row] = rows(data_dir)
        assert (row["state"], row["fetched"]) == ("suppressed" if suppressed else "ready", "")


async def test_a_lane_and_an_events_id_lose_the_customers(data_dir: Path) -> None:
    async with opened(data_dir) as journal:
        await journal.append(taken_in(profile_event("UPDATED", ANN)))

        proof = await erase(data_dir)

    [row] = rows(data_dir)
    assert (row["lane"], row["event_id"]) == (f"customer:{proof.customers[0]}", "")


async def test_customers_are_kept_as_salted_digests_only(data_dir: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    for directory in (data_dir, other):
        async with opened(directory) as journal:
            await journal.append(receipt("a"))

    first, second = [(await erase(data_dir)).customers for _ in range(2)]
    elsewhere = (await erase(other)).customers
    bob = (await erase(data_dir, "u-bob")).customers

    assert first == second
    assert first != elsewhere
    assert first[0].split(":")[0] == bob[0].split(":")[0]
    assert {(digest,) for digest in first + bob} == set(ask(data_dir, "SELECT customer FROM erasures"))


async def test_erased_again_there_is_nothing_to_erase(data_dir: Path) -> None:
    async with opened(data_dir) as journal:
        await fill_every_state(journal, data_dir)
        await erase(data_dir)
        before = rows(data_dir)

        proof = await erase(data_dir)

        assert (proof.emptied, proof.suppressed, proof.is_complete) == (0, 0, True)
        assert rows(data_dir) == before


async def test_what_was_cut_short_is_done_by_erasing_again(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened(data_dir) as journal:
        for number in range(120):
            await journal.append(taken_in(conversation_event("CLOSED", f"c-{number}", ANN)))
        empty, emptied = sweep.empty, 0

        def fail_in_time(db: sqlite3.Connection, seqs: Sequence[int]) -> None:
            nonlocal emptied
            emptied += 1
            if emptied > 70:
                raise sqlite3.OperationalError("database or disk is full")
            empty(db, seqs)

        with monkeypatch.context() as patched:
            patched.setattr(sweep, "empty", fail_in_time)
            with pytest.raises(Exception, match="the erasure could not be carried out"):
                await erase(data_dir)

        assert await counts(journal) == {"received": 70, "suppressed/customer_erased": 50}
        assert await journal.append(taken_in(conversation_event("CREATED", "c-1", ANN))) is Appended.NEW
        assert (await erase(data_dir)).suppressed == 70
        assert await counts(journal) == {"suppressed/customer_erased": 121}


async def test_what_was_erased_cannot_be_replayed(data_dir: Path) -> None:
    async with opened(data_dir) as journal:
        await fill_every_state(journal, data_dir)
        await erase(data_dir)

        async with curating(data_dir) as curator:
            assert await curator.replay(Selection(), remap=True) == Replayed(0, without_content=5)
            assert await curator.replay(Selection(), remap=False) == Replayed(0, without_content=1)
            assert await curator.retry(Selection()) == 0


async def test_what_reached_segment_all_the_same_is_told(data_dir: Path) -> None:
    async with opened(data_dir) as journal:
        await journal.append(taken_in(conversation_event("CLOSED", "c-1", ANN)))
        await make_ready(journal)
        [entry] = await journal.claim(Stage.DELIVER, SHOP, 1)
        await erase(data_dir)

        await journal.settle([Delivered(entry.seq)])

        [last] = ask(data_dir, 'SELECT "by", outcome FROM attempts ORDER BY number DESC LIMIT 1')
        assert last == ("deliver", "delivered")
        assert await counts(journal) == {"suppressed/customer_erased": 1}


async def test_a_service_is_told_of_it(data_dir: Path) -> None:
    told: list[OrganizationId] = []
    async with opened(data_dir) as journal:
        journal.on_erased = told.append
        await journal.append(taken_in(conversation_event("CLOSED", "c-1", ANN)))

        await erase(data_dir)

        # The look that tells it also wakes the stages, first.
        await journal.claim(Stage.ENRICH, SHOP, 1)
        await journal.ready(Stage.ENRICH, SHOP)
        await journal.tally()
        assert told == [SHOP]


async def test_merged_customers_are_named_over_any_number_of_merges(data_dir: Path) -> None:
    async with opened(data_dir) as journal:
        for source, destination in (("u-1", "u-2"), ("u-2", ANN), (ANN, "u-3"), ("u-4", "u-3"), ("u-8", "u-9")):
            await journal.append(taken_in(merge_event(source, destination)))
        await journal.append(taken_in(merge_event(ANN, "u-7"), organization=OTHER_SHOP))

    async with open_eraser(data_dir, ManualClock()) as eraser:
        assert await eraser.merged_with(SHOP, ANN) == ["u-1", "u-2", "u-3", "u-4"]
        assert await eraser.merged_with(SHOP, CustomerId("u-10")) == []


async def test_an_organization_that_nothing_was_received_of_is_refused(data_dir: Path) -> None:
    async with opened(data_dir) as journal:
        await journal.append(receipt("a"))

    with pytest.raises(InputError, match="other-shop") as refusal:
        await erase(data_dir, organization=OTHER_SHOP)

    assert refusal.value.hint == "known are: shop"
    assert ask(data_dir, "SELECT * FROM erasures") == []


async def test_where_there_is_no_journal_none_is_made(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no journal in"):
        await erase(tmp_path)

    assert names_in(tmp_path) == []


async def test_nobody_erased_costs_an_event_one_look_up(data_dir: Path) -> None:
    async with opened(data_dir) as journal:
        await journal.append(receipt("a"))

    plan = ask(data_dir, "EXPLAIN QUERY PLAN SELECT customer FROM erasures WHERE organization = 'shop' LIMIT 1")
    assert [step[3] for step in plan] == ["SEARCH erasures USING PRIMARY KEY (organization=?)"]


async def test_what_comes_late_is_recognised_and_nothing_more(data_dir: Path) -> None:
    async with opened(data_dir) as journal:
        await journal.append(receipt("a"))
        proof = await erase(data_dir)

        await journal.append(taken_in(profile_event("UPDATED", ANN)))

    late = rows(data_dir)[-1]
    assert (late["state"], late["reason"], late["is_head"]) == ("suppressed", "customer_erased", 0)
    assert (late["body"], late["payload"], late["event_id"]) == (b"", b"", "")
    assert late["lane"] == f"customer:{proof.customers[0]}"


async def test_what_came_to_the_customer_in_a_merge_is_kept_without_content(data_dir: Path) -> None:
    async with opened(data_dir) as journal:
        await journal.append(taken_in(conversation_event("CLOSED", "c-1", "u-merged-into-ann")))
        [entry] = await journal.claim(Stage.ENRICH, SHOP, 1)
        await erase(data_dir)

        await journal.settle([MadeReady(entry.seq, track_event(), message_id(entry.key))])

    [row] = rows(data_dir)
    assert (row["reason"], row["body"], row["payload"]) == ("customer_erased", b"", b"")
