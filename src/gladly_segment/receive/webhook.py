"""`POST /webhooks/{organization}`: durable first, answered at once."""

import asyncio
from collections.abc import Mapping
from typing import Final

from aiohttp import web

from gladly_segment.core.errors import JournalUnavailableError
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.records import Receipt, Source
from gladly_segment.core.signals import JournalTrouble, ReceiptAppended, WebhookAnswered
from gladly_segment.mapping.intake import NotAnEvent, Ping, take_in
from gladly_segment.ports.clock import Clock
from gladly_segment.ports.journal import Journal
from gladly_segment.ports.observer import Observer
from gladly_segment.receive import answers
from gladly_segment.receive.credentials import NOBODY, Verifier

_DURABLE_WITHIN_S: Final = 10.0
"""Below the 15 s in which Gladly wants its answer: a 503 in time is better than none (Gladly fact sheet, webhooks)."""

_BODY_WITHIN_S: Final = 10.0

_NOT_AN_EVENT: Final = {
    NotAnEvent.MALFORMED_JSON: answers.MALFORMED_JSON,
    NotAnEvent.NO_EVENT_TYPE: answers.NO_EVENT_TYPE,
}


class WebhookHandler:
    """Takes webhooks of all organizations."""

    def __init__(
        self, verifiers: Mapping[OrganizationId, Verifier], journal: Journal, clock: Clock, observer: Observer
    ) -> None:
        self._verifiers = verifiers
        self._journal = journal
        self._clock = clock
        self._observer = observer

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one request, and tell of it."""
        began = self._clock.monotonic()
        organization = OrganizationId(request.match_info["organization"])
        known = organization in self._verifiers
        response = await self._answer(organization, request)
        seconds = self._clock.monotonic() - began
        self._observer.emit(WebhookAnswered(organization if known else None, response.status, seconds))
        return response

    async def _answer(self, organization: OrganizationId, request: web.Request) -> web.Response:
        verifier = self._verifiers.get(organization, NOBODY)
        admitted = verifier.admits(request.headers)
        if verifier is NOBODY:
            return answers.not_admitted(404)
        if not admitted:
            return answers.not_admitted(401)
        try:
            async with asyncio.timeout(_BODY_WITHIN_S):
                body = await request.read()
        except TimeoutError:
            return answers.refuse(answers.BAD_REQUEST, 408)
        except web.HTTPRequestEntityTooLarge:
            return answers.refuse(answers.TOO_LARGE, 413)
        except (web.RequestPayloadError, ConnectionError):
            return answers.refuse(answers.BAD_REQUEST, 400)
        return await self._take(organization, body)

    async def _take(self, organization: OrganizationId, body: bytes) -> web.Response:
        taken = take_in(body, organization=organization, received_at=self._clock.now(), source=Source.WEBHOOK)
        match taken:
            case NotAnEvent():
                return answers.refuse(_NOT_AN_EVENT[taken], 400)
            case Ping():
                return answers.ok("pong")
            case Receipt():
                return await self._append(taken)

    async def _append(self, receipt: Receipt) -> web.Response:
        try:
            async with asyncio.timeout(_DURABLE_WITHIN_S):
                appended = await self._journal.append(receipt)
        except (JournalUnavailableError, TimeoutError) as error:
            detail = error.message if isinstance(error, JournalUnavailableError) else "the journal took too long"
            self._observer.emit(JournalTrouble(detail))
            return answers.refuse(answers.NOT_DURABLE, 503)
        self._observer.emit(ReceiptAppended(receipt.organization, receipt.event_type, receipt.event_id, appended))
        return answers.ok(appended)
