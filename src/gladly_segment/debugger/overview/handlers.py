"""What is answered at the overview's addresses."""

import asyncio
from collections.abc import Sequence

from aiohttp import web

from gladly_segment.admin import answers
from gladly_segment.admin.answers import Refused
from gladly_segment.admin.given import query_of
from gladly_segment.admin.routes import Asked, Route
from gladly_segment.core.errors import HistoryUnavailableError
from gladly_segment.debugger.frame import Frames, Screen
from gladly_segment.debugger.overview import endpoints
from gladly_segment.debugger.overview.flow import FlowReport, everything, flow_report
from gladly_segment.debugger.overview.page import overview_page
from gladly_segment.debugger.overview.query import OverviewQuery, span_of
from gladly_segment.debugger.overview.status import ServiceStatus, status
from gladly_segment.debugger.overview.watched import Watched
from gladly_segment.ports.clock import Clock
from gladly_segment.ports.history import History, Progress
from gladly_segment.transport.answers import answer


class OverviewHandlers:
    """The page and its twins."""

    def __init__(self, frames: Frames, watched: Watched, history: History, clock: Clock) -> None:
        self._frames = frames
        self._watched = watched
        self._history = history
        self._clock = clock

    def routes(self) -> Sequence[Route]:
        """Give each with its endpoint."""
        return (
            Route(endpoints.STATUS, self.status),
            Route(endpoints.FLOW, self.flow),
            Route(endpoints.PAGE, self.page),
        )

    async def status(self, _: Asked) -> web.Response:
        """Give how everything stands."""
        return answer(await self._status())

    async def flow(self, asked: Asked) -> web.Response:
        """Give what came."""
        query = query_of(asked.request, OverviewQuery)
        return answer(await self._flow(query, await self._status()))

    async def page(self, asked: Asked) -> web.Response:
        """Show both; without the history, what the journal and the pipelines tell."""
        query = query_of(asked.request, OverviewQuery)
        now = await self._status()
        try:
            flow = await self._flow(query, now)
        except HistoryUnavailableError:
            flow = None
        return self._frames.show(
            asked,
            overview_page(query, now, flow),
            template="overview.html",
            screen=Screen.OVERVIEW,
            chosen=query.chosen,
        )

    async def _status(self) -> ServiceStatus:
        served, journal, progress = await asyncio.gather(
            self._watched.organizations(), self._watched.journal(), self._progress()
        )
        return status(self._clock.now(), served, journal, progress)

    async def _flow(self, query: OverviewQuery, status: ServiceStatus) -> FlowReport:
        names = {each.name for each in status.organizations}
        if query.chosen is not None and query.chosen not in names:
            raise Refused(answers.NO_SUCH_ORGANIZATION, 404)
        span = span_of(query, status.now) or await everything(self._history, query.chosen, status.now)
        return await flow_report(self._history, names, query.chosen, span, status.now)

    async def _progress(self) -> Progress | None:
        try:
            return await self._history.progress()
        except HistoryUnavailableError:
            return None
