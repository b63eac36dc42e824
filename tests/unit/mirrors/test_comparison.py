"""Both sides beside one another, in whatever order they come."""

from datetime import timedelta

from gladly_segment.core.ids import MessageId, Seq
from gladly_segment.core.mirror import Accepted, Mirrored
from gladly_segment.mirrors import Comparison
from tests.support.clock import START
from tests.support.receipts import SHOP


def message(number: int) -> MessageId:
    return MessageId(f"gladly-{number:040x}")


def accepted(number: int) -> Accepted:
    at = START + timedelta(seconds=number)
    return Accepted(message_id=message(number), organization=SHOP, seq=Seq(number), at=at)


def test_each_is_there_once_with_what_both_sides_know() -> None:
    expected = [
        Mirrored(message_id=message(1), arrived=2, accepted=accepted(1), is_known=True),
        Mirrored(message_id=message(2), arrived=0, accepted=accepted(2), is_known=True),
        Mirrored(message_id=message(3), arrived=1, accepted=None, is_known=True),
        Mirrored(message_id=message(4), arrived=1, accepted=None, is_known=False),
    ]
    for is_first in (True, False):
        with Comparison() as comparison:
            if is_first:
                comparison.accept([accepted(1), accepted(2)])
            comparison.arrive([(message(1), 1), (message(3), 1), (message(1), 1), (message(4), 1)])
            if not is_first:
                comparison.accept([accepted(1), accepted(2)])
            comparison.know([message(3), message(5)])

            assert list(comparison) == expected


def test_those_that_nothing_is_known_of_are_given_in_portions_and_may_become_known() -> None:
    with Comparison() as comparison:
        comparison.arrive((message(number), 1) for number in range(1_200))
        comparison.accept([accepted(0)])
        sizes: list[int] = []
        for portion in comparison.unknown():
            sizes.append(len(portion))
            comparison.know(portion[:-1])

        assert sizes == [500, 500, 199]
        assert sum(not each.is_known for each in comparison) == 3
