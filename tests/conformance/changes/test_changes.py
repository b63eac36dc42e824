"""Holds drivers to `Changes`."""

from datetime import timedelta

import pytest

from gladly_segment.core.identity import message_id
from gladly_segment.core.ids import CustomerId, Seq
from gladly_segment.core.lifecycle import IgnoreReason, ParkCause, Stage, State, SuppressReason
from gladly_segment.core.records import Deferred, Delivered, Ignored, MadeReady, Parked, Selection, Suppressed
from gladly_segment.ports.journal import Journal
from gladly_segment.ports.receipts import Changes, Missed, Portion, Standing
from tests.conformance.changes.harness import Harness
from tests.conformance.journal.contract import holds_to
from tests.conformance.journal.steps import claim, enrich, fill
from tests.support.clock import START
from tests.support.receipts import OTHER_SHOP, conversation_event, receipt, taken_in

ALL = 1_000
NEXT = "Give what up to `limit` changes behind a number were about."
AS_THEY_STAND = "receipts as they stand now, and such as are there no more."


async def after(changes: Changes, number: int, limit: int = ALL) -> Portion:
    portion = await changes.after(number, limit)
    assert isinstance(portion, Portion)
    return portion


async def new(changes: Changes, seen: int) -> tuple[int, dict[int, Standing]]:
    """Give what changed since, by its place in the log, and up to where that is."""
    portion = await after(changes, seen)
    return portion.until, {each.seq: each for each in portion.receipts}


@holds_to(Changes, "The journal's change log, for whoever keeps a copy of the journal in another form.")
@holds_to(Changes.after, NEXT)
@holds_to(Portion, AS_THEY_STAND)
@holds_to(Standing, "A receipt as it stands now, in its state since `entered_at`.")
@holds_to(Standing, "`attempts` were made by the stage that has it, or had it last: 1 for what went through at once.")
async def test_what_stages_do_is_a_change(harness: Harness, journal: Journal, changes: Changes) -> None:
    await fill(journal, "a", "b", "c", "d", "e")
    seen, appended = await new(changes, 0)
    harness.clock.advance(60)
    a, b, c, d, e = await claim(journal, Stage.ENRICH)
    later = START + timedelta(hours=1)
    await journal.settle(
        [
            MadeReady(a.seq, b"{}", message_id(a.key), ()),
            Suppressed(b.seq, SuppressReason.CUSTOMER_DELETED),
            Ignored(c.seq, IgnoreReason.PROFILE_CHANGE_NOTED),
            Parked(d.seq, ParkCause.NO_USER, "why"),
            Deferred(e.seq, later, counted=True),
        ]
    )
    seen, settled = await new(changes, seen)
    [ready] = await claim(journal, Stage.DELIVER)
    await journal.settle([Delivered(ready.seq)])
    seen, delivered = await new(changes, seen)

    assert {each.state for each in appended.values()} == {State.RECEIVED}
    assert [settled[each.seq].state for each in (a, b, c, d, e)] == [
        State.READY,
        State.SUPPRESSED,
        State.IGNORED,
        State.PARKED,
        State.RECEIVED,
    ]
    assert settled[d.seq].reason == ParkCause.NO_USER
    assert settled[a.seq].payload == b"{}"
    assert settled[e.seq].entered_at == START
    assert [settled[each.seq].attempts for each in (a, b, c, d, e)] == [0, 1, 1, 1, 1]
    assert {seq: each.state for seq, each in delivered.items()} == {a.seq: State.DELIVERED}
    assert delivered[a.seq].attempts == 1
    assert delivered[a.seq].entered_at == START + timedelta(seconds=60)
    assert await new(changes, seen) == (seen, {})


@holds_to(Changes.after, NEXT)
async def test_what_changed_nothing_is_no_change(journal: Journal, changes: Changes) -> None:
    await fill(journal, "a")
    seen = await changes.head()

    await fill(journal, "a")
    await claim(journal, Stage.ENRICH)

    assert await new(changes, seen) == (seen, {})


@holds_to(Portion, AS_THEY_STAND)
async def test_what_a_person_does_is_a_change(harness: Harness, journal: Journal, changes: Changes) -> None:
    curator = await harness.curator()
    await fill(journal, "a", "b", "c")
    a, b, c = await claim(journal, Stage.ENRICH)
    await journal.settle([Parked(each.seq, ParkCause.NO_USER) for each in (a, b)])
    await journal.settle([Suppressed(c.seq, SuppressReason.CUSTOMER_DELETED)])
    seen = await changes.head()

    await curator.retry(Selection(seqs=(a.seq,)))
    seen, retried = await new(changes, seen)
    await curator.drop(Selection(seqs=(b.seq,)))
    seen, dropped = await new(changes, seen)
    await curator.replay(Selection(), remap=True)
    _, replayed = await new(changes, seen)

    assert {seq: each.state for seq, each in retried.items()} == {a.seq: State.RECEIVED}
    assert {seq: each.state for seq, each in dropped.items()} == {b.seq: State.DROPPED}
    assert {seq: each.state for seq, each in replayed.items()} == {c.seq: State.RECEIVED}


@holds_to(Portion, AS_THEY_STAND)
async def test_an_erasure_is_a_change_of_what_it_erased(harness: Harness, journal: Journal, changes: Changes) -> None:
    for customer in ("u-ann-0123456", "u-bob-0123456"):
        await journal.append(taken_in(conversation_event("CREATED", f"c-{customer}", customer)))
    seen = await changes.head()

    await harness.erase(CustomerId("u-ann-0123456"))

    _, erased = await new(changes, seen)
    [ann] = erased.values()
    assert (ann.seq, ann.state, ann.reason) == (1, State.SUPPRESSED, SuppressReason.CUSTOMER_ERASED)
    assert (ann.body, ann.payload) == (b"", b"")


@holds_to(Portion, AS_THEY_STAND)
async def test_forgetting_is_a_change(harness: Harness, journal: Journal, changes: Changes) -> None:
    await fill(journal, "a")
    await enrich(journal)
    [entry] = await claim(journal, Stage.DELIVER)
    await journal.settle([Delivered(entry.seq)])
    await fill(journal, "b")
    seen = await changes.head()

    await harness.forget(content_only=True)
    seen, emptied = await new(changes, seen)
    await harness.forget(content_only=False)
    gone = await after(changes, seen)

    assert {seq: (each.body, each.state) for seq, each in emptied.items()} == {entry.seq: (b"", State.DELIVERED)}
    assert (gone.receipts, gone.gone) == ([], [entry.seq])


@pytest.mark.parametrize("limit", [1, 3, ALL])
@holds_to(Changes.after, NEXT)
@holds_to(Portion, "What changed up to a number of the change log:")
async def test_portion_by_portion_nothing_is_left_out(journal: Journal, changes: Changes, limit: int) -> None:
    await fill(journal, *map(str, range(7)))
    await enrich(journal)
    seen, known = 0, dict[int, State]()

    while (portion := await after(changes, seen, limit)).until > seen:
        assert len(portion.receipts) + len(portion.gone) <= limit
        known.update((each.seq, each.state) for each in portion.receipts)
        seen = portion.until

    assert known == dict.fromkeys(range(1, 8), State.READY)
    assert seen == await changes.head()


@holds_to(Changes.head, "Give the number of the latest change, 0 where there never was one.")
@holds_to(Changes.last, "Give the place of the last receipt in the log, 0 where there is none.")
async def test_the_ends_are_told(journal: Journal, changes: Changes) -> None:
    before = await changes.head(), await changes.last()
    await fill(journal, "a", "b")
    await enrich(journal)

    assert before == (0, 0)
    assert await changes.head() == (await after(changes, 0)).until > 2
    assert await changes.last() == 2


@holds_to(Changes.head, "Give the number of the latest change")
async def test_numbers_go_on_when_it_is_opened_again(harness: Harness, journal: Journal, changes: Changes) -> None:
    await fill(journal, "a")
    seen = await changes.head()
    await changes.trim(1)

    journal, changes, _ = await harness.open()
    await fill(journal, "b")

    _, found = await new(changes, seen)
    assert list(found) == [2]


@holds_to(Changes.trim, "Forget all but the latest `keep` changes; at least one stays.")
@holds_to(Changes, "It is bounded: whoever falls too far behind is told so.")
@holds_to(Missed, "The change log begins later than was asked for, or is another one:")
async def test_whoever_asks_for_what_was_forgotten_is_told(journal: Journal, changes: Changes) -> None:
    await fill(journal, *map(str, range(10)))

    await changes.trim(4)

    assert isinstance(await changes.after(0, ALL), Missed)
    assert isinstance(await changes.after(5, ALL), Missed)
    assert [each.seq for each in (await after(changes, 6)).receipts] == [7, 8, 9, 10]
    assert isinstance(await changes.after(11, ALL), Missed)
    await changes.trim(0)
    assert [each.seq for each in (await after(changes, 9)).receipts] == [10]
    assert await changes.head() == 10


@holds_to(Changes.walk, "Give up to `limit` receipts behind a place in the log, in its order; none at its end.")
async def test_the_log_is_walked_along(harness: Harness, journal: Journal, changes: Changes) -> None:
    await journal.append(receipt("a", state=State.IGNORED, reason=IgnoreReason.TYPE_NOT_MAPPED))
    await fill(journal, "b", "c")
    await journal.append(receipt("d", organization=OTHER_SHOP))
    await harness.forget(content_only=False)

    first = await changes.walk(Seq(0), 2)
    rest = await changes.walk(first[-1].seq, 2)

    assert [each.event_id for each in first] == ["event of b", "event of c"]
    assert [each.event_id for each in rest] == ["event of d"]
    assert await changes.walk(rest[-1].seq, 2) == []
