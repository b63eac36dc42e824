"""What is done at each address of the admin listener, once it is known who asks."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from aiohttp import web

from gladly_segment.admin import answers, endpoints
from gladly_segment.admin.access import Access
from gladly_segment.admin.answers import Refused
from gladly_segment.admin.endpoints import Change, PauseForm
from gladly_segment.admin.given import form_of, read_fields
from gladly_segment.admin.pages import LoginPage, StaticFile, see_other, show, wants_page
from gladly_segment.admin.routes import Asked, Route
from gladly_segment.admin.watched import Watched
from gladly_segment.core.errors import JournalUnavailableError
from gladly_segment.core.ids import OrganizationId
from gladly_segment.transport.answers import Status, answer
from gladly_segment.transport.endpoints import FORM, JSON

_READY_WITHIN_S: Final = 5.0


class Handlers:
    """All of them."""

    def __init__(
        self, watched: Watched, access: Access, document: Callable[[], bytes], static: Mapping[str, StaticFile]
    ) -> None:
        """`document` gives the OpenAPI document of this moment; `static` is what `/static/` has, by name."""
        self._watched = watched
        self._access = access
        self._document = document
        self._static = static

    def routes(self) -> Sequence[Route]:
        """Give each with its endpoint."""
        return (
            Route(endpoints.HEALTHZ, self.healthz),
            Route(endpoints.READYZ, self.readyz),
            Route(endpoints.METRICS, self.metrics),
            Route(endpoints.OPENAPI, self.openapi),
            Route(endpoints.LOGIN_PAGE, self.login_page),
            Route(endpoints.LOGIN, self.login),
            Route(endpoints.LOGOUT, self.logout),
            Route(endpoints.PAUSE, self.pause),
            Route(endpoints.RESUME, self.resume),
            Route(endpoints.STATIC, self.static),
        )

    async def healthz(self, _: Asked) -> web.Response:
        """Answer that the process does."""
        return answer(Status("alive"))

    async def readyz(self, _: Asked) -> web.Response:
        """Answer whether webhooks can be made durable."""
        try:
            async with asyncio.timeout(_READY_WITHIN_S):
                await self._watched.probe()
        except TimeoutError:
            raise JournalUnavailableError("the journal took too long") from None
        return answer(Status("ready"))

    async def metrics(self, _: Asked) -> web.Response:
        """Give the exposition."""
        body, content_type = await self._watched.metrics()
        return web.Response(body=body, headers={"Content-Type": content_type})

    async def openapi(self, _: Asked) -> web.Response:
        """Give the document of what is published."""
        return web.Response(body=self._document(), content_type=JSON)

    async def login_page(self, asked: Asked) -> web.Response:
        """Show the form, where there is something to sign in to."""
        if self._access.rules.token is None or self._access.visitor(asked.request) is not None:
            return see_other("/")
        return show(LoginPage())

    async def login(self, asked: Asked) -> web.Response:
        """Take the token and begin a session; one that was there before ends."""
        token = (await read_fields(asked.request)).get("token", [""])[-1]
        try:
            session = self._access.sign_in(asked.request, token)
        except Refused as refused:
            if not wants_page(asked.request):
                raise
            response = show(LoginPage(refused.problem), refused.status)
            response.headers.update(refused.headers)
            return response
        self._access.sign_out(asked.request)
        response = see_other("/")
        self._access.put_cookie(asked.request, response, session)
        return response

    async def logout(self, asked: Asked) -> web.Response:
        """End the session, here and in the browser."""
        self._access.sign_out(asked.request)
        response = see_other("/login")
        self._access.put_cookie(asked.request, response, None)
        return response

    async def pause(self, asked: Asked) -> web.Response:
        """Let an organization stand still."""
        return await self._set_paused(asked, paused=True)

    async def resume(self, asked: Asked) -> web.Response:
        """Let an organization go on."""
        return await self._set_paused(asked, paused=False)

    async def static(self, asked: Asked) -> web.Response:
        """Give what a page is made of."""
        found = self._static.get(asked.names["file"])
        if found is None:
            raise Refused(answers.NOT_FOUND, 404)
        return web.Response(body=found.content, content_type=found.media_type, charset="utf-8")

    async def _set_paused(self, asked: Asked, *, paused: bool) -> web.Response:
        name = OrganizationId(asked.names["name"])
        if name not in {each.name for each in self._watched.organizations()}:
            raise Refused(answers.NO_SUCH_ORGANIZATION, 404)
        form = await form_of(asked.request, PauseForm)
        await self._watched.pause(name, paused=paused, by=asked.who)
        return see_other(form.back) if asked.request.content_type == FORM else answer(Change(name, paused))
