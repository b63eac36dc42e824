"""What is done at the addresses of the list of events."""

from collections.abc import Sequence
from typing import Final

import msgspec
from aiohttp import web

from gladly_segment.admin.answers import Refused
from gladly_segment.admin.given import query_of
from gladly_segment.admin.routes import Asked, Route
from gladly_segment.admin.streams import last_number, stream_to
from gladly_segment.core.ids import OrganizationId, Seq
from gladly_segment.core.lifecycle import DropReason, IgnoreReason, ParkCause, State, SuppressReason
from gladly_segment.debugger.answers import TOO_MANY_STREAMS
from gladly_segment.debugger.events import endpoints
from gladly_segment.debugger.events.page import EventRows, EventsPage, EventsView, page_of
from gladly_segment.debugger.events.query import (
    PATH,
    EventsQuery,
    StreamQuery,
    address,
    command,
    filters,
    newest,
    search_of,
)
from gladly_segment.debugger.events.streaming import Streaming
from gladly_segment.debugger.frame import Frames, Screen
from gladly_segment.debugger.paths import curl_of
from gladly_segment.mapping.registry import MAPPINGS, PROFILE_CHANGES
from gladly_segment.ports.clock import Clock
from gladly_segment.ports.history import History
from gladly_segment.transport.answers import answer

ON_A_PAGE: Final = 100
MOST_STREAMS: Final = 20

_EVENT_TYPES: Final = (*sorted(MAPPINGS), *sorted(PROFILE_CHANGES))
_REASONS: Final = tuple(
    sorted(str(each) for reasons in (SuppressReason, IgnoreReason, ParkCause, DropReason) for each in reasons)
)


class EventsHandlers:
    """All of them."""

    def __init__(self, frames: Frames, history: History, clock: Clock) -> None:
        self._frames = frames
        self._history = history
        self._clock = clock
        self.streams = 0

    def routes(self) -> Sequence[Route]:
        """Give each with its endpoint."""
        return (
            Route(endpoints.EVENTS, self.events),
            Route(endpoints.EVENTS_PAGE, self.events_page),
            Route(endpoints.EVENTS_STREAM, self.stream),
        )

    async def events(self, asked: Asked) -> web.Response:
        """Give a page of events."""
        return answer(await self._read(query_of(asked.request, EventsQuery)))

    async def events_page(self, asked: Asked) -> web.Response:
        """Show a page of events."""
        query = query_of(asked.request, EventsQuery)
        shown = await self._read(query)
        json = address(msgspec.structs.replace(query, live=True), f"{PATH}.json")
        view = EventsView(
            shown=shown,
            query=query,
            filters=filters(query),
            event_types=_EVENT_TYPES,
            reasons=_REASONS,
            states=tuple(State),
            json=json,
            curl=curl_of(asked.request, json),
            command=command(query),
            stream=address(newest(query), f"{PATH}/stream"),
            newest=address(newest(query)),
            older=None if shown.next_before is None else address(query, before=shown.next_before),
        )
        chosen = OrganizationId(query.organization) if query.organization else None
        return self._frames.show(asked, view, template="events.html", screen=Screen.EVENTS, chosen=chosen)

    async def stream(self, asked: Asked) -> web.StreamResponse:
        """Follow the events."""
        query = query_of(asked.request, StreamQuery)
        search = search_of(query, self._clock.now())
        seen = last_number(asked.request)
        after = seen if seen is not None else query.after
        if after is None:
            after = await self._history.head()
        if self.streams >= MOST_STREAMS:
            raise Refused(TOO_MANY_STREAMS, 503)
        rows = self._rows if query.rows else None
        self.streams += 1
        try:
            return await stream_to(asked.request, Streaming(self._history, self._clock, search, after, rows).fill)
        finally:
            self.streams -= 1

    async def _read(self, query: EventsQuery) -> EventsPage:
        search = search_of(query, self._clock.now())
        # What changes from here on comes by the stream, though some of it may be on the page already.
        revision = await self._history.head()
        before = None if query.before is None else Seq(query.before)
        found = await self._history.search(search, ON_A_PAGE, before=before)
        return page_of(found, revision, (await self._history.progress()).rebuilt)

    def _rows(self, rows: EventRows) -> str:
        return self._frames.text(rows, template="events_rows.html")
