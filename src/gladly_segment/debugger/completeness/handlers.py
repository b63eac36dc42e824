"""What is done at each address of the completeness screen."""

from collections.abc import Callable, Coroutine, Sequence
from typing import Any
from urllib.parse import urlencode

import msgspec
from aiohttp import web

from gladly_segment.admin import answers as door
from gladly_segment.admin.answers import Refused
from gladly_segment.admin.given import form_of, query_of
from gladly_segment.admin.pages import see_other
from gladly_segment.admin.routes import Asked, Route
from gladly_segment.core.certificate import HOUR, complete_until
from gladly_segment.core.errors import BackfillsUnavailableError, InputError
from gladly_segment.core.ids import OrganizationId
from gladly_segment.debugger import answers
from gladly_segment.debugger.completeness import endpoints
from gladly_segment.debugger.completeness.endpoints import BackfillForm, CertifyForm, StopForm
from gladly_segment.debugger.completeness.ordering import WrongOrderError, order_of, span_of
from gladly_segment.debugger.completeness.page import (
    ACTIONS,
    CompletenessPage,
    Done,
    Given,
    cards,
    columns,
    moves,
    ranges,
)
from gladly_segment.debugger.completeness.query import PATH, CompletenessQuery, Shown, opened, shown
from gladly_segment.debugger.completeness.report import (
    LOOKED_BACK,
    BackfillShown,
    CompletenessReport,
    Hour,
    OrganizationCompleteness,
    sum_of,
)
from gladly_segment.debugger.completeness.watched import Completeness
from gladly_segment.debugger.frame import Frames, Screen
from gladly_segment.debugger.once import Once, name_of, new_once
from gladly_segment.debugger.wrong import Wrong, wrong_of
from gladly_segment.ports.clock import Clock
from gladly_segment.transport.answers import answer
from gladly_segment.transport.endpoints import FORM


class CompletenessHandlers:
    """All of them."""

    def __init__(self, frames: Frames, completeness: Completeness, clock: Clock) -> None:
        self._frames = frames
        self._completeness = completeness
        self._clock = clock
        self._once: Once[Done] = Once()

    def routes(self) -> Sequence[Route]:
        """Give each with its endpoint."""
        return (
            Route(endpoints.COMPLETENESS_JSON, self.completeness_json),
            Route(endpoints.COMPLETENESS, self.completeness),
            Route(endpoints.BACKFILL, self.backfill),
            Route(endpoints.STOP, self.stop),
            Route(endpoints.CERTIFY, self.certify),
        )

    async def completeness_json(self, asked: Asked) -> web.Response:
        """Give the report."""
        query = query_of(asked.request, CompletenessQuery)
        return answer(await self._report(query, shown(query, self._clock.now())))

    async def completeness(self, asked: Asked) -> web.Response:
        """Show the page."""
        return self._show(asked, await self._page(query_of(asked.request, CompletenessQuery)))

    async def backfill(self, asked: Asked) -> web.Response:
        """Plan one, or start it."""
        form = await form_of(asked.request, BackfillForm)
        name = self._organization(form.organization)
        try:
            order = order_of(form, name, self._clock.now())

            async def act() -> Done:
                await self._completeness.order(order, asked.who)
                return Done(what="planned" if order.plan_only else "started", organization=name)

            return await self._do(asked, name_of(form.once or new_once(), order), act)
        except (InputError, WrongOrderError) as error:
            return await self._refuse(asked, form, wrong_of(error, getattr(error, "field", "")))

    async def stop(self, asked: Asked) -> web.Response:
        """Stop one."""
        name = self._organization((await form_of(asked.request, StopForm)).organization)

        async def act() -> Done:
            return Done(what="stopped", organization=name, acted=await self._completeness.stop(name, asked.who))

        return await self._do(asked, name_of(new_once(), name), act)

    async def certify(self, asked: Asked) -> web.Response:
        """Have a time certified anew."""
        form = await form_of(asked.request, CertifyForm)
        name = self._organization(form.organization)

        async def act() -> Done:
            span = span_of(form.since, form.until, self._clock.now())
            await self._completeness.certify(name, span, asked.who)
            return Done(what="certified", organization=name)

        try:
            return await self._do(asked, name_of(new_once(), name), act)
        except (InputError, WrongOrderError) as error:
            raise Refused(msgspec.structs.replace(door.BAD_FORM, hint=error.message), 400) from None

    async def _do(self, asked: Asked, name: str, act: Callable[[], Coroutine[Any, Any, Done]]) -> web.Response:
        try:
            done = await self._once.do(name, act)
        except BackfillsUnavailableError as error:
            raise Refused(msgspec.structs.replace(answers.NO_BACKFILLS, message=error.message), 503) from None
        if asked.request.content_type != FORM:
            return answer(done)
        return see_other(f"{PATH}?" + urlencode({"organization": done.organization, "done": name}))

    async def _refuse(self, asked: Asked, form: BackfillForm, wrong: Wrong) -> web.Response:
        """Show the form as it was sent, with what is wrong; a program is only told that."""
        if asked.request.content_type != FORM:
            problem = msgspec.structs.replace(answers.WRONG_BACKFILL, message=wrong.message, hint=wrong.hint)
            raise Refused(problem, 422)
        given = Given(
            organization=form.organization, since=form.since, until=form.until, integrations=form.integrations
        )
        page = await self._page(CompletenessQuery(organization=form.organization))
        return self._show(asked, msgspec.structs.replace(page, given=given, wrong=wrong), 422)

    def _organization(self, name: str) -> OrganizationId:
        found = OrganizationId(name)
        if found not in self._completeness.organizations():
            raise Refused(door.NO_SUCH_ORGANIZATION, 404)
        return found

    def _show(self, asked: Asked, page: CompletenessPage, status: int = 200) -> web.Response:
        return self._frames.show(
            asked,
            page,
            template="completeness.html",
            screen=Screen.COMPLETENESS,
            chosen=page.query.chosen,
            status=status,
        )

    async def _page(self, query: CompletenessQuery) -> CompletenessPage:
        now = self._clock.now()
        time, hour = shown(query, now), opened(query, now)
        report = await self._report(query, time)
        return CompletenessPage(
            report=report,
            query=query,
            columns=columns(time),
            by_hour=time.step == HOUR,
            cards=cards(query, time, report, hour),
            ranges=ranges(query),
            moves=moves(query, time, now),
            actions=tuple(await self._completeness.actions(query.chosen, ACTIONS)),
            once=new_once(),
            given=Given(organization=query.organization),
            served=sorted(self._completeness.organizations()),
            done=self._once.result(query.done),
        )

    async def _report(self, query: CompletenessQuery, time: Shown) -> CompletenessReport:
        chosen = query.chosen
        names = [self._organization(chosen)] if chosen is not None else sorted(self._completeness.organizations())
        return CompletenessReport(
            now=self._clock.now(),
            organization=chosen,
            since=time.span.start,
            until=time.span.end,
            organizations=tuple([await self._told(name, time) for name in names]),
            backfills=await self._backfills(names),
        )

    async def _told(self, name: OrganizationId, time: Shown) -> OrganizationCompleteness:
        now = self._clock.now()
        certificates = await self._completeness.certificates(name, time.span.start, time.span.end)
        latest = await self._completeness.certificates(name, now - LOOKED_BACK, now)
        return OrganizationCompleteness(
            name=name,
            complete_until=complete_until(latest),
            certified_until=max((each.span.end for each in latest if each.in_feed), default=None),
            sum=sum_of(certificates),
            hours=tuple(Hour.of(each) for each in certificates),
        )

    async def _backfills(self, names: Sequence[OrganizationId]) -> tuple[BackfillShown, ...] | None:
        try:
            latest = await self._completeness.backfills()
        except BackfillsUnavailableError:
            return None
        return tuple(BackfillShown.of(each) for each in latest if each.order.organization in names)
