"""What only the journal has: its conversation is gone at Gladly, or Gladly is asked again."""

from datetime import timedelta

from gladly_segment.core.certificate import DifferenceKind, Standing
from gladly_segment.core.failures import Failure, FailureKind
from gladly_segment.core.ids import ConversationId
from gladly_segment.core.past import ConversationMerged
from gladly_segment.core.records import Source
from tests.support.clock import START
from tests.support.receipts import conversation_event
from tests.support.reckoning import told
from tests.unit.recover.reconcile.conftest import House

H, M = timedelta(hours=1), timedelta(minutes=1)
SOON = 16 * M
"""By then an hour is due for every organization."""

OUT_OF_ORDER = Failure(FailureKind.UNAVAILABLE, "answered 503 (Service Unavailable)")


async def test_a_conversation_that_gladly_no_longer_has_vanished(house: House) -> None:
    await house.has_an_hour()
    await house.hears(conversation_event("CREATED", "c-gone", at=START + M))
    await house.deliver_all()

    await house.beat(after=H + SOON)

    certificate = await house.certificate()
    assert certificate.standing is Standing.COMPLETE
    (vanished,) = certificate.differences
    assert (vanished.kind, vanished.conversation) == (DifferenceKind.VANISHED, "c-gone")
    assert house.entities.reads == ["conversation c-gone"]
    assert certificate.calls == 2


async def test_of_a_conversation_that_was_told_of_as_merged_nobody_asks(house: House) -> None:
    await house.has_an_hour()
    await house.hears(conversation_event("CREATED", "c-gone", at=START + M))
    house.reports.told = [
        told("c-1", at=START, source=Source.REPORT),
        ConversationMerged(ConversationId("c-gone"), ConversationId("c-1"), START + 5 * M),
    ]

    await house.beat(after=30 * H)

    first = (await house.certificates())[0]
    assert (DifferenceKind.VANISHED, "merged") in {(each.kind, each.reason) for each in first.differences}
    assert "conversation c-gone" not in house.entities.reads


async def test_what_gladly_has_a_conversation_of_but_does_not_list_stays_unknown_and_is_asked_about_again(
    house: House,
) -> None:
    await house.has_an_hour()
    late = conversation_event("CREATED", "c-odd", at=START + M)
    await house.hears(late)
    await house.deliver_all()
    house.entities.play("c-odd")
    await house.beat(after=H + SOON)
    unknown = await house.certificate()

    house.events.events.append(late)
    await house.beat(after=H)

    assert (unknown.standing, unknown.differences[0].kind) == (Standing.INCOMPLETE, DifferenceKind.UNKNOWN)
    assert (await house.certificates())[0].standing is Standing.COMPLETE


async def test_what_could_not_be_asked_for_is_asked_for_at_the_next_look(house: House) -> None:
    await house.has_an_hour()
    await house.hears(conversation_event("CREATED", "c-gone", at=START + M))
    await house.deliver_all()
    house.entities.troubles.append(OUT_OF_ORDER)
    await house.beat(after=H + SOON)
    assert (await house.certificate()).standing is Standing.INCOMPLETE

    await house.beat(after=2 * M)

    assert (await house.certificate()).standing is Standing.COMPLETE
