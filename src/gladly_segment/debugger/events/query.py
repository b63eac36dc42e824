"""What somebody looks for, as it stands in the address of the page: every view of it is a link."""

import shlex
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Final
from urllib.parse import urlencode

import msgspec

from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.lifecycle import State
from gladly_segment.debugger.times import moment_of
from gladly_segment.ports.history import Search

PATH: Final = "/events"

_MOST_S: Final = 1e9
_OPTIONS: Final = {
    "q": "--text",
    "organization": "--organization",
    "type": "--type",
    "state": "--state",
    "reason": "--reason",
    "since": "--since",
    "until": "--until",
    "slower": "--slower",
}


class EventsQuery(msgspec.Struct, frozen=True, kw_only=True):
    """What restricts the list, and where a page of it begins.

    `q` are words, all of which an event must have; `since` and `until` are RFC 3339 or how long ago (90m, 36h, 7d);
    `slower` is in seconds; `before` is a number in the list. `live=false` opens the page paused.
    """

    q: str = ""
    organization: str = ""
    type: str = ""
    state: tuple[State, ...] = ()
    reason: str = ""
    since: str = ""
    until: str = ""
    slower: Annotated[float, msgspec.Meta(ge=0, le=_MOST_S)] | None = None
    before: Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)] | None = None
    live: bool = True


class StreamQuery(EventsQuery, frozen=True, kw_only=True):
    """The same, followed: what changed behind the revision `after`, by default from now on.

    `rows` gives events as rows of the page instead of JSON.
    """

    after: Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)] | None = None
    rows: bool = False


class Filter(msgspec.Struct, frozen=True):
    """One restriction, and the address of the page without it."""

    name: str
    value: str
    without: str


_NOTHING: Final = EventsQuery()


def search_of(query: EventsQuery, now: datetime) -> Search:
    """Give what is looked for. Raises Refused when a time is none."""
    return Search(
        text=query.q,
        organization=OrganizationId(query.organization) if query.organization else None,
        event_type=query.type or None,
        states=query.state,
        reason=query.reason or None,
        since=moment_of("since", query.since, now) if query.since else None,
        until=moment_of("until", query.until, now) if query.until else None,
        slower_than_s=query.slower,
    )


def newest(query: EventsQuery) -> EventsQuery:
    """Give the same from its beginning."""
    return msgspec.structs.replace(query, before=None)


def address(query: EventsQuery, path: str = PATH, *, before: int | None = None) -> str:
    """Give the address of what is looked for, or of the page of it that begins `before` a number."""
    given = _given(query)
    if (begin := before or query.before) is not None:
        given.append(("before", str(begin)))
    if not query.live:
        given.append(("live", "false"))
    return f"{path}?{urlencode(given)}" if given else path


def filters(query: EventsQuery) -> Sequence[Filter]:
    """Give all restrictions."""
    return [Filter(name, value, address(_without(newest(query), name, value))) for name, value in _given(query)]


def command(query: EventsQuery) -> str:
    """Give the command that lists the same."""
    options = [word for name, value in _given(query) for word in (_OPTIONS[name], value)]
    return shlex.join(("gladly-segment", "events", *options))


def _given(query: EventsQuery) -> list[tuple[str, str]]:
    texts = [(name, getattr(query, name)) for name in ("q", "organization", "type", "reason", "since", "until")]
    states = [("state", str(state)) for state in query.state]
    slower = [] if query.slower is None else [("slower", f"{query.slower:g}")]
    return [*((name, value) for name, value in texts if value), *states, *slower]


def _without(query: EventsQuery, name: str, value: str) -> EventsQuery:
    if name == "state":
        return msgspec.structs.replace(query, state=tuple(each for each in query.state if each != value))
    return msgspec.structs.replace(query, **{name: getattr(_NOTHING, name)})
