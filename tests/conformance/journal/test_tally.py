"""Holds drivers to `Journal.tally`."""

from gladly_segment.core.lifecycle import IgnoreReason, ParkCause, Stage, State, SuppressReason
from gladly_segment.core.records import Deferred, Delivered, Parked, Suppressed, Tally
from gladly_segment.ports.journal import Journal
from tests.conformance.journal.contract import holds_to
from tests.conformance.journal.harness import Harness
from tests.conformance.journal.steps import claim, enrich, fill
from tests.support.clock import START
from tests.support.journals import counts
from tests.support.receipts import OTHER_SHOP, SHOP, receipt

WHOLE_LIFE = "Count receipts by organization, state and reason, from the journal's whole life"


@holds_to(Journal.tally, WHOLE_LIFE)
async def test_a_new_journal_counts_nothing(journal: Journal) -> None:
    assert await journal.tally() == []


@holds_to(Journal.tally, WHOLE_LIFE)
@holds_to(Journal, "Keys, lanes and claims are an organization's own.")
async def test_receipts_are_counted_by_organization_state_and_reason(journal: Journal) -> None:
    await fill(journal, "a", "b", "a")
    await journal.append(receipt("a", organization=OTHER_SHOP))
    await journal.append(receipt("c", state=State.IGNORED, reason=IgnoreReason.TYPE_NOT_MAPPED))
    await journal.append(receipt("d", state=State.PARKED, reason=ParkCause.EVENT_INCOMPLETE))

    assert set(await journal.tally()) == {
        Tally(SHOP, State.RECEIVED, "", 2, 2),
        Tally(SHOP, State.IGNORED, "type_not_mapped", 1, 1),
        Tally(SHOP, State.PARKED, "event_incomplete", 1, 1),
        Tally(OTHER_SHOP, State.RECEIVED, "", 1, 1),
    }


@holds_to(Journal.tally, WHOLE_LIFE)
async def test_every_settled_receipt_stays_in_the_count(harness: Harness, journal: Journal) -> None:
    await fill(journal, *"abcde")
    a, b, c = await claim(journal, Stage.ENRICH, limit=3)
    await journal.settle(
        [
            Suppressed(a.seq, SuppressReason.CUSTOMER_DELETED),
            Suppressed(b.seq, SuppressReason.CONVERSATION_GONE),
            Deferred(c.seq, START, counted=True),
        ]
    )
    await enrich(journal)
    c, d, _ = await claim(journal, Stage.DELIVER)
    await journal.settle([Delivered(c.seq), Parked(d.seq, ParkCause.REQUEST_REFUSED)])
    expected = {
        "suppressed/customer_deleted": 1,
        "suppressed/conversation_gone": 1,
        "delivered": 1,
        "parked/request_refused": 1,
        "ready": 1,
    }
    assert await counts(journal) == expected

    assert await counts(await harness.crash_and_reopen()) == expected
