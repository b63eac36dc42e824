"""What is done at each address of the dead letters' screen."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeAlias
from urllib.parse import urlencode

from aiohttp import web

from gladly_segment.admin.answers import Refused
from gladly_segment.admin.given import form_of, query_of
from gladly_segment.admin.pages import see_other
from gladly_segment.admin.routes import Asked, Route
from gladly_segment.core.ids import OrganizationId, Seq
from gladly_segment.core.lifecycle import State
from gladly_segment.core.records import Selection
from gladly_segment.debugger import answers
from gladly_segment.debugger.dead import endpoints
from gladly_segment.debugger.dead.endpoints import ActionsQuery, ConfirmPage, DeadForm, DeadQuery
from gladly_segment.debugger.dead.page import ACTIONS, PORTION, ActionList, DeadPage, Group, Letter, Moved
from gladly_segment.debugger.dead.watched import DeadLetters
from gladly_segment.debugger.frame import Frames, Screen
from gladly_segment.debugger.once import Once, name_of, new_once
from gladly_segment.ports.clock import Clock
from gladly_segment.transport.answers import answer
from gladly_segment.transport.endpoints import FORM

_Move: TypeAlias = Callable[[Selection, str], Awaitable[int]]

RETRIED: Final = "retried"
DROPPED: Final = "dropped"


class DeadHandlers:
    """All of them."""

    def __init__(self, frames: Frames, dead: DeadLetters, clock: Clock) -> None:
        self._frames = frames
        self._dead = dead
        self._clock = clock
        self._once: Once[Moved] = Once()

    def routes(self) -> Sequence[Route]:
        """Give each with its endpoint."""
        return (
            Route(endpoints.DEAD_JSON, self.dead_json),
            Route(endpoints.DEAD, self.dead),
            Route(endpoints.RETRY, self.retry),
            Route(endpoints.DROP, self.drop),
            Route(endpoints.ACTIONS_JSON, self.actions),
        )

    async def dead_json(self, asked: Asked) -> web.Response:
        """Give what the page shows."""
        return answer(await self._page(query_of(asked.request, DeadQuery)))

    async def dead(self, asked: Asked) -> web.Response:
        """Show the page."""
        page = await self._page(query_of(asked.request, DeadQuery))
        return self._frames.show(asked, page, template="dead.html", screen=Screen.DEAD, chosen=page.organization)

    async def retry(self, asked: Asked) -> web.Response:
        """Send dead letters on their way again."""
        return await self._move(asked, RETRIED, self._dead.retry)

    async def drop(self, asked: Asked) -> web.Response:
        """Give dead letters up."""
        return await self._move(asked, DROPPED, self._dead.drop)

    async def actions(self, asked: Asked) -> web.Response:
        """Give the audit trail."""
        query = query_of(asked.request, ActionsQuery)
        return answer(ActionList(await self._dead.actions(query.organization, query.limit)))

    async def _page(self, query: DeadQuery) -> DeadPage:
        until = self._clock.now()
        groups = tuple(
            Group.of(each) for each in await self._dead.groups(query.organization) if query.cause in (None, each.cause)
        )
        letters = await self._letters(query)
        more = len(letters) > PORTION if letters is not None else False
        return DeadPage(
            organization=query.organization,
            cause=query.cause,
            total=sum(each.letters for each in groups),
            groups=groups,
            letters=None if letters is None else letters[:PORTION],
            first=query.after == 0,
            next_after=letters[PORTION - 1].number if letters is not None and more else None,
            actions=tuple(await self._dead.actions(query.organization, ACTIONS)),
            until=until,
            once=new_once(),
            done=self._once.result(query.done),
        )

    async def _letters(self, query: DeadQuery) -> tuple[Letter, ...] | None:
        if query.organization is None or query.cause is None:
            return None
        selection = Selection(organization=query.organization, cause=query.cause, states=(State.PARKED,))
        found = await self._dead.letters(selection, PORTION + 1, Seq(query.after))
        return tuple(Letter.of(each) for each in found)

    async def _count(self, selection: Selection) -> int:
        if selection.seqs is not None:
            return len(selection.seqs)
        groups = await self._dead.groups(selection.organization)
        return sum(each.letters for each in groups if each.cause == selection.cause)

    async def _move(self, asked: Asked, what: str, move: _Move) -> web.Response:
        form, by_form = await form_of(asked.request, DeadForm), asked.request.content_type == FORM
        selection = _meant(form)
        if by_form and what == DROPPED and not form.confirmed:
            page = ConfirmPage(form, await self._count(selection))
            return self._frames.show(asked, page, template="dead_confirm.html", screen=Screen.DEAD)

        async def act() -> Moved:
            moved = await move(selection, asked.who)
            named = len(selection.seqs) if selection.seqs is not None else moved
            return Moved(what=what, moved=moved, gone=named - moved)

        done = name_of(form.once, what, selection)
        moved = await self._once.do(done, act)
        if not by_form:
            return answer(moved)
        kept = {"organization": form.organization, "cause": form.cause or "", "done": done}
        return see_other("/dead?" + urlencode({name: value for name, value in kept.items() if value}))


def _meant(form: DeadForm) -> Selection:
    organization = OrganizationId(form.organization) if form.organization else None
    if form.whole_group and form.cause is not None:
        return Selection(organization=organization, states=(State.PARKED,), cause=form.cause, until=form.until)
    if form.whole_group or not form.letters:
        raise Refused(answers.NO_LETTER, 400)
    numbers = tuple(sorted({Seq(number) for number in form.letters}))
    return Selection(organization=organization, seqs=numbers, states=(State.PARKED,), cause=form.cause)
