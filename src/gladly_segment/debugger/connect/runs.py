"""What is done at the addresses of what takes its time: looking, having it taken back, disconnecting."""

from collections.abc import Sequence

from aiohttp import web

from gladly_segment.admin import answers
from gladly_segment.admin.answers import Refused
from gladly_segment.admin.given import form_of, query_of
from gladly_segment.admin.pages import see_other
from gladly_segment.admin.routes import Asked, Route
from gladly_segment.core.ids import OrganizationId
from gladly_segment.debugger.answers import NO_SUCH_RUN
from gladly_segment.debugger.connect import endpoints
from gladly_segment.debugger.connect.page import LeavePage, RunPage
from gladly_segment.debugger.connect.watched import Run, Wizardry
from gladly_segment.debugger.frame import Frames, Screen
from gladly_segment.debugger.wrong import Wrong
from gladly_segment.transport.answers import answer
from gladly_segment.transport.endpoints import FORM


class RunsHandlers:
    """Runs, and the question before a disconnection."""

    def __init__(self, frames: Frames, wizardry: Wizardry) -> None:
        self._frames = frames
        self._wizardry = wizardry

    def routes(self) -> Sequence[Route]:
        """Give each with its endpoint."""
        return (
            Route(endpoints.RUN, self.run),
            Route(endpoints.RUN_PAGE, self.run_page),
            Route(endpoints.CANCEL, self.cancel),
            Route(endpoints.LEAVE_PAGE, self.leave_page),
            Route(endpoints.LEAVE, self.leave),
        )

    async def run(self, asked: Asked) -> web.Response:
        """Give how far something has come."""
        return answer(RunPage(run=self._run(asked)))

    async def run_page(self, asked: Asked) -> web.Response:
        """Show how far something has come."""
        run = self._run(asked)
        page = RunPage(run=run)
        return self._frames.show(
            asked, page, template="connect_run.html", screen=Screen.CONNECT, chosen=run.organization
        )

    async def cancel(self, asked: Asked) -> web.Response:
        """Have it taken back."""
        run = self._run(asked)
        self._wizardry.cancel(run.id)
        return show_run(asked, self._wizardry, run.id)

    async def leave_page(self, asked: Asked) -> web.Response:
        """Ask before an organization is disconnected."""
        name = query_of(asked.request, endpoints.LeaveQuery).organization
        self._require(name)
        return self._asks(asked, LeavePage(organization=name))

    async def leave(self, asked: Asked) -> web.Response:
        """Disconnect it, if its name was typed."""
        form = await form_of(asked.request, endpoints.LeaveForm)
        self._require(form.organization)
        if form.typed.strip() != form.organization:
            wrong = Wrong(
                reason="not_confirmed",
                message="The name that you typed is not that of the organization.",
                hint=f"Type {form.organization} to disconnect it.",
                field="typed",
            )
            page = LeavePage(organization=form.organization, wrong=wrong, drop_waiting=form.drop_waiting)
            return self._asks(asked, page) if asked.request.content_type == FORM else answer(page, 422)
        run = await self._wizardry.disconnect(form.organization, drop_waiting=form.drop_waiting, by=asked.who)
        return show_run(asked, self._wizardry, run)

    def _asks(self, asked: Asked, page: LeavePage) -> web.Response:
        return self._frames.show(
            asked,
            page,
            template="connect_leave.html",
            screen=Screen.CONNECT,
            chosen=page.organization,
            status=422 if page.wrong else 200,
        )

    def _require(self, name: OrganizationId) -> None:
        if name not in {each.name for each in self._wizardry.organizations()}:
            raise Refused(answers.NO_SUCH_ORGANIZATION, 404)

    def _run(self, asked: Asked) -> Run:
        return _found(self._wizardry, asked.names["id"])


def show_run(asked: Asked, wizardry: Wizardry, id_: str) -> web.Response:
    """Send a browser to a run, and give it to a program. Raises Refused."""
    if asked.request.content_type == FORM:
        return see_other(f"/connect/runs/{id_}")
    return answer(RunPage(run=_found(wizardry, id_)))


def _found(wizardry: Wizardry, id_: str) -> Run:
    run = wizardry.run(id_)
    if run is None:
        raise Refused(NO_SUCH_RUN, 404)
    return run
