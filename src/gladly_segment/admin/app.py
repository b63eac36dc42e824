"""The admin listener: every request meets the same guard, every answer carries the same headers."""

import logging
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final

from aiohttp import web

from gladly_segment.admin import answers
from gladly_segment.admin.access import (
    CHALLENGE,
    FORM_TOKEN_FIELD,
    FORM_TOKEN_HEADER,
    Access,
    AccessRules,
    Visitor,
)
from gladly_segment.admin.answers import Refused
from gladly_segment.admin.given import read_fields
from gladly_segment.admin.handlers import Handlers
from gladly_segment.admin.headers import SECURITY_HEADERS
from gladly_segment.admin.openapi import openapi
from gladly_segment.admin.pages import STATIC_FILES, StaticFile, refusal, wants_page
from gladly_segment.admin.routes import Asked, Route, Routes
from gladly_segment.admin.watched import Watched
from gladly_segment.core.errors import HistoryUnavailableError, JournalUnavailableError
from gladly_segment.ports.clock import Clock
from gladly_segment.ports.observer import Observer
from gladly_segment.transport.answers import Problem, refuse
from gladly_segment.transport.certificates import TlsFiles
from gladly_segment.transport.connection import Served
from gladly_segment.transport.endpoints import Published
from gladly_segment.transport.listener import Bounds, Listener

MAX_BODY_BYTES: Final = 64 * 1024
CONNECTIONS: Final = 100
CONNECTIONS_PER_ADDRESS: Final = 50
_STOP_WITHIN_S: Final = 5.0

_log: Final = logging.getLogger(__name__)


class Admin:
    """Shows a running service to those who look after it."""

    def __init__(
        self,
        watched: Watched,
        rules: AccessRules,
        *,
        clock: Clock,
        observer: Observer,
        routes: Sequence[Route] = (),
        static: Mapping[str, StaticFile] | None = None,
        tls: TlsFiles | None = None,
    ) -> None:
        """`routes` and `static` are what stands behind the door beside its own. With `tls` it speaks https.

        Raises SettingsError when those files cannot be used.
        """
        self._access = Access(rules, clock)
        self._published: list[Published] = []
        handlers = Handlers(watched, self._access, lambda: openapi(self._published), {**STATIC_FILES, **(static or {})})
        behind = (*routes, *handlers.routes())
        self._routes = Routes(behind)
        self._endpoints = [route.endpoint for route in behind]
        served = Served(
            section="admin",
            handle=self._answer,
            refuse=partial(_refuse, answers.BAD_REQUEST),
            fail=partial(_refuse, answers.UNEXPECTED),
            body_bytes=MAX_BODY_BYTES,
            stop_within_s=_STOP_WITHIN_S,
        )
        bounds = Bounds(
            connections=CONNECTIONS,
            connections_per_address=CONNECTIONS_PER_ADDRESS,
            trusted_proxies=rules.trusted_proxies,
        )
        self._listener = Listener(served, observer, bounds, tls)

    async def start(self, host: str, port: int) -> str:
        """Listen, and give the url; `port` 0 takes a free one. Raises GladlySegmentError when it cannot."""
        url = await self._listener.open(host, port)
        self.publish(Published(url, self._endpoints))
        return url

    def publish(self, published: Published) -> None:
        """Add what another listener of the service publishes to the OpenAPI document."""
        self._published.append(published)

    async def stop(self) -> None:
        """Take no more requests, and answer those that are being handled."""
        await self._listener.close()

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        try:
            response = await self._let_in(request)
        except Refused as refused:
            response = self._refusal(request, refused)
        except JournalUnavailableError:
            response = refusal(request, Refused(answers.NOT_DURABLE, 503))
        except HistoryUnavailableError:
            response = refusal(request, Refused(answers.NO_HISTORY, 503))
        except Exception:  # noqa: BLE001 - whatever it is, it is answered in our form and with our headers
            _log.exception("unexpected")
            response = refusal(request, Refused(answers.UNEXPECTED, 500))
        response.headers.update(SECURITY_HEADERS)
        return response

    async def _let_in(self, request: web.BaseRequest) -> web.StreamResponse:
        self._access.check_host(request)
        route, names = self._routes.find(request)
        visitor = self._access.visitor(request) if route.endpoint.proofs else None
        if route.endpoint.proofs and visitor is None:
            raise Refused(answers.NOT_SIGNED_IN, 401, CHALLENGE)
        if route.endpoint.method == "POST":
            await self._check_change(request, visitor)
        return await route.handler(Asked(request, visitor, names))

    async def _check_change(self, request: web.BaseRequest, visitor: Visitor | None) -> None:
        if visitor is None:
            self._access.check_origin(request)
            return
        form = await read_fields(request)
        form_token = request.headers.get(FORM_TOKEN_HEADER) or form.get(FORM_TOKEN_FIELD, [""])[-1]
        self._access.check_change(request, visitor, form_token)

    def _refusal(self, request: web.BaseRequest, refused: Refused) -> web.Response:
        if refused.problem is answers.NOT_SIGNED_IN and wants_page(request) and self._access.rules.token:
            return web.Response(status=303, headers={"Location": "/login"})
        return refusal(request, refused)


def _refuse(problem: Problem, status: int) -> web.Response:
    response = refuse(problem, status)
    response.headers.update(SECURITY_HEADERS)
    return response
