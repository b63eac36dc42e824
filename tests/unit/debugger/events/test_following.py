"""Following the history step by step."""

from collections.abc import Sequence

from typing_extensions import override

from gladly_segment.core.ids import Seq
from gladly_segment.core.lifecycle import State
from gladly_segment.debugger.events.following import AT_ONCE, TOO_FAR, Step, step
from gladly_segment.ports.history import Event, Search
from tests.support.history import HistoryOnAList, event, waiting

PARKED = Search(states=(State.PARKED,))


class Restless(HistoryOnAList):
    """One in which event 1 ends as delivered between the first look and the second."""

    @override
    async def since(self, revision: int, search: Search, limit: int) -> Sequence[Event]:
        found = await super().since(revision, search, limit)
        if not search.states:
            self.put(event(1))
        return found


async def followed(history: HistoryOnAList, search: Search, after: int) -> Step:
    found = await step(history, search, after)
    assert isinstance(found, Step)
    return found


async def test_what_does_not_match_leads_further_all_the_same() -> None:
    history = HistoryOnAList()
    history.put(event(1))
    history.put(event(2))

    assert await followed(history, Search(event_type="PING"), 0) == Step(until=2, events=(), gone=())


async def test_a_portion_ends_where_the_next_one_begins() -> None:
    history = HistoryOnAList()
    for seq in range(1, AT_ONCE + 3):
        history.put(event(seq))

    first = await followed(history, Search(), 0)
    second = await followed(history, Search(), first.until)

    assert ([each.seq for each in first.events][-1], first.until) == (AT_ONCE, AT_ONCE)
    assert [each.seq for each in second.events] == [AT_ONCE + 1, AT_ONCE + 2]


async def test_what_changes_between_two_looks_is_told_of_as_it_is_in_the_end() -> None:
    history = Restless()
    history.put(event(1, state=State.PARKED))
    history.put(event(2, state=State.PARKED))

    first = await followed(history, PARKED, 0)
    second = await followed(history, PARKED, first.until)

    assert ([each.seq for each in first.events], first.gone) == ([2], [Seq(1)])
    assert (second.events, second.gone) == ([], [Seq(1)])


async def test_whoever_wants_everything_is_never_too_far_behind() -> None:
    history = HistoryOnAList()
    for seq in range(1, TOO_FAR + 3):
        history.put(waiting(seq))

    found = await step(history, Search(), 0, too_far=None)

    assert isinstance(found, Step)
    assert len(found.events) == AT_ONCE
