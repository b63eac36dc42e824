"""What is done at the addresses of one event."""

from collections.abc import Sequence
from typing import Final

import msgspec
from aiohttp import web

from gladly_segment.admin.answers import Refused
from gladly_segment.admin.routes import Asked, Route
from gladly_segment.core.errors import CallFailedError
from gladly_segment.core.ids import Seq
from gladly_segment.core.records import History
from gladly_segment.debugger import answers
from gladly_segment.debugger.event import endpoints
from gladly_segment.debugger.event.page import Comparison, EventPage, comparison, event_page, whole_event
from gladly_segment.debugger.event.watched import WatchedEvents
from gladly_segment.debugger.frame import Frames, Screen
from gladly_segment.debugger.paths import curl_of
from gladly_segment.ports.clock import Clock
from gladly_segment.transport.answers import answer
from gladly_segment.transport.endpoints import FORM

_DIGITS: Final = 19


class EventHandlers:
    """All of them."""

    def __init__(self, frames: Frames, watched: WatchedEvents, clock: Clock) -> None:
        self._frames = frames
        self._watched = watched
        self._clock = clock

    def routes(self) -> Sequence[Route]:
        """Give each with its endpoint: they come after those of the list, whose addresses look like numbers to them."""
        return (
            Route(endpoints.EVENT, self.event),
            Route(endpoints.EVENT_PAGE, self.event_page),
            Route(endpoints.COMPARE, self.compare),
        )

    async def event(self, asked: Asked) -> web.Response:
        """Give one event."""
        history = await self._history(asked)
        return answer(whole_event(history, await self._watched.answer(history)))

    async def event_page(self, asked: Asked) -> web.Response:
        """Show one event."""
        return self._show(asked, await self._page(asked, await self._history(asked)))

    async def compare(self, asked: Asked) -> web.Response:
        """Compare one event with what Gladly says now; a form is answered with the page."""
        history = await self._history(asked)
        is_form = asked.request.content_type == FORM
        try:
            compared = await self._compare(asked, history)
        except Refused as refused:
            if not is_form:
                raise
            page = await self._page(asked, history)
            return self._show(asked, msgspec.structs.replace(page, problem=refused.problem), refused.status)
        if not is_form:
            return answer(compared)
        page = await self._page(asked, history)
        return self._show(asked, msgspec.structs.replace(page, comparison=compared))

    async def _compare(self, asked: Asked, history: History) -> Comparison:
        if hindrance := (await self._page(asked, history)).incomparable:
            raise Refused(msgspec.structs.replace(answers.NOT_COMPARABLE, hint=hindrance), 409)
        try:
            settlement = await self._watched.as_of_now(history)
        except CallFailedError as error:
            raise Refused(msgspec.structs.replace(answers.NO_ANSWER_FROM_GLADLY, hint=error.message), 502) from None
        return comparison(history, settlement, self._clock.now())

    async def _history(self, asked: Asked) -> History:
        number = asked.names["seq"]
        known = number.isascii() and number.isdigit() and len(number) < _DIGITS
        history = await self._watched.receipt(Seq(int(number))) if known else None
        if history is None:
            raise Refused(answers.NO_SUCH_EVENT, 404)
        return history

    async def _page(self, asked: Asked, history: History) -> EventPage:
        return event_page(
            history,
            await self._watched.answer(history),
            segment_host=self._watched.segment_host(history.organization),
            curl=curl_of(asked.request, f"/events/{history.seq}.json"),
        )

    def _show(self, asked: Asked, page: EventPage, status: int = 200) -> web.Response:
        chosen = page.shown.organization
        return self._frames.show(asked, page, template="event.html", screen=Screen.EVENTS, chosen=chosen, status=status)
