"""Following the history: what changed, in order, each event as it stands now, until the reader is too far behind."""

from collections.abc import Sequence
from typing import Final

import msgspec

from gladly_segment.core.ids import Seq
from gladly_segment.ports.history import Event, History, Search

TOO_FAR: Final = 5_000
"""Who is behind by more events than that reads the list anew: that is cheaper than following."""

AT_ONCE: Final = 500


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """What changed up to a revision: events as they are now, in order of revision, and such as match no more."""

    until: int
    events: Sequence[Event]
    gone: Sequence[Seq]


class TooFarBehind(msgspec.Struct, frozen=True):
    """There is more than would be followed, or the history begins anew: the reader is to begin anew at `head`."""

    head: int


async def step(history: History, search: Search, after: int, too_far: int | None = TOO_FAR) -> Step | TooFarBehind:
    """Give the next portion behind a revision; an empty one that leads further when nothing matches.

    Nobody is behind too far where `too_far` is None. Raises HistoryUnavailableError.
    """
    head = await history.head()
    if head < after:
        return TooFarBehind(head)
    lasting = _lasting(search)
    changed = await history.since(after, lasting, (too_far or AT_ONCE) + 1)
    if too_far is not None and len(changed) > too_far:
        return TooFarBehind(head)
    portion = changed[:AT_ONCE]
    until = portion[-1].revision if len(changed) > AT_ONCE else max(head, *(each.revision for each in portion), after)
    if lasting == search or not portion:
        return Step(until=until, events=portion, gone=())
    matching = {each.seq: each.revision for each in await history.since(after, search, len(portion))}
    return Step(
        until=until,
        events=[each for each in portion if matching.get(each.seq) == each.revision],
        # What changed once more in between comes again, behind `until`.
        gone=[each.seq for each in portion if each.seq not in matching],
    )


def _lasting(search: Search) -> Search:
    """Leave out what an event may match no more: where it stands and why, how slow it was, what its customer is."""
    return msgspec.structs.replace(search, text="", states=(), reason=None, slower_than_s=None)
