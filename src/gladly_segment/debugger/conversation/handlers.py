"""What is done at the addresses of a conversation, and of the search for one."""

import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import unquote

import msgspec
from aiohttp import web

from gladly_segment.admin.answers import Refused
from gladly_segment.admin.given import query_of
from gladly_segment.admin.pages import see_other
from gladly_segment.admin.routes import Asked, Route
from gladly_segment.core.errors import CallFailedError
from gladly_segment.core.ids import ConversationId, OrganizationId
from gladly_segment.core.situation import AtGladly
from gladly_segment.debugger import answers
from gladly_segment.debugger.conversation import endpoints
from gladly_segment.debugger.conversation.page import (
    ConversationPage,
    WhyAnswer,
    WhyPage,
    WhyQuery,
    conversation_page,
    found_conversation,
)
from gladly_segment.debugger.conversation.watched import WatchedConversations
from gladly_segment.debugger.frame import Frames, Screen
from gladly_segment.debugger.paths import conversation_path, curl_of
from gladly_segment.transport.answers import answer
from gladly_segment.transport.endpoints import FORM

_ID: Final = re.compile(r"[\w.~-]+", re.ASCII)
"""What an id may look like; whatever else was not found is none."""


class ConversationHandlers:
    """All of them."""

    def __init__(self, frames: Frames, watched: WatchedConversations) -> None:
        self._frames = frames
        self._watched = watched

    def routes(self) -> Sequence[Route]:
        """Give each with its endpoint."""
        return (
            Route(endpoints.WHY, self.why),
            Route(endpoints.WHY_PAGE, self.why_page),
            Route(endpoints.CONVERSATION, self.conversation),
            Route(endpoints.CONVERSATION_PAGE, self.conversation_page),
            Route(endpoints.ASK, self.ask),
        )

    async def why(self, asked: Asked) -> web.Response:
        """Give what was found."""
        return answer(await self._find(query_of(asked.request, WhyQuery)))

    async def why_page(self, asked: Asked) -> web.Response:
        """Lead to the conversation that is meant, or show what else there is."""
        query = query_of(asked.request, WhyQuery)
        found = await self._find(query) if query.id.strip() else None
        choice = (found.conversations or found.never) if found else ()
        if len(choice) == 1:
            return see_other(choice[0].path)
        chosen = OrganizationId(query.organization) if query.organization else None
        return self._frames.show(asked, WhyPage(query, found), template="why.html", screen=Screen.EVENTS, chosen=chosen)

    async def conversation(self, asked: Asked) -> web.Response:
        """Give a conversation."""
        return answer((await self._page(asked, None)).shown)

    async def conversation_page(self, asked: Asked) -> web.Response:
        """Show a conversation."""
        return self._show(asked, await self._page(asked, None))

    async def ask(self, asked: Asked) -> web.Response:
        """Explain a conversation with what Gladly says of it; a form is answered with the page."""
        is_form = asked.request.content_type == FORM
        try:
            page = await self._page(asked, await self._at_gladly(asked))
        except Refused as refused:
            if not is_form:
                raise
            page = await self._page(asked, None)
            return self._show(asked, msgspec.structs.replace(page, problem=refused.problem), refused.status)
        return self._show(asked, page) if is_form else answer(page.shown)

    async def _find(self, query: WhyQuery) -> WhyAnswer:
        named = ConversationId(query.id.strip())
        only = OrganizationId(query.organization) if query.organization else None
        if not named:
            return WhyAnswer(id=named, organization=only)
        organizations = [only] if only else list(self._watched.organizations())
        if heard_of := [each for each in organizations if await self._watched.receipts(each, named)]:
            conversations = tuple(found_conversation(each, named) for each in heard_of)
            return WhyAnswer(id=named, organization=only, conversations=conversations)
        traces = await self._watched.traces(only, named)
        found = dict.fromkeys((each.organization, each.conversation) for each in traces if each.conversation)
        never = organizations if not traces and _ID.fullmatch(named) else ()
        return WhyAnswer(
            id=named,
            organization=only,
            conversations=tuple(found_conversation(*each) for each in found),
            events=tuple(each.seq for each in traces if not each.conversation),
            never=tuple(found_conversation(each, named) for each in never),
        )

    async def _at_gladly(self, asked: Asked) -> AtGladly:
        organization, conversation = _named(asked)
        if organization not in self._watched.organizations():
            raise Refused(answers.NOT_SERVED, 409)
        try:
            return await self._watched.at_gladly(organization, conversation)
        except CallFailedError as error:
            raise Refused(msgspec.structs.replace(answers.NO_ANSWER_FROM_GLADLY, hint=error.message), 502) from None

    async def _page(self, asked: Asked, at_gladly: AtGladly | None) -> ConversationPage:
        organization, conversation = _named(asked)
        receipts = await self._watched.receipts(organization, conversation)
        situation = await self._watched.situation(organization, receipts, at_gladly)
        curl = curl_of(asked.request, f"{conversation_path(organization, conversation)}.json")
        return conversation_page(conversation, receipts, situation, curl)

    def _show(self, asked: Asked, page: ConversationPage, status: int = 200) -> web.Response:
        chosen = page.shown.organization
        return self._frames.show(
            asked, page, template="conversation.html", screen=Screen.EVENTS, chosen=chosen, status=status
        )


def _named(asked: Asked) -> tuple[OrganizationId, ConversationId]:
    return OrganizationId(unquote(asked.names["organization"])), ConversationId(unquote(asked.names["conversation"]))
