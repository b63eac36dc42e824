"""`POST /webhooks/{organization}`: durable first, answered at once."""

import asyncio
import re
from collections.abc import Callable
from typing import Final

from aiohttp import web

from gladly_segment.core.errors import JournalUnavailableError
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.records import Receipt, Source
from gladly_segment.core.signals import JournalTrouble, ReceiptAppended, WebhookAnswered
from gladly_segment.core.throttle import Failures
from gladly_segment.mapping.intake import NotAnEvent, Ping, take_in, told_type
from gladly_segment.ports.clock import Clock
from gladly_segment.ports.journal import Journal
from gladly_segment.ports.observer import Observer
from gladly_segment.receive import answers
from gladly_segment.receive.body import read_body
from gladly_segment.receive.credentials import NOBODY
from gladly_segment.receive.doors import Doors, Entrance
from gladly_segment.receive.strangers import refuse_stranger

_DURABLE_WITHIN_S: Final = 10.0
"""Below the 15 s in which Gladly wants its answer: a 503 in time is better than none (Gladly fact sheet, webhooks)."""

_BACKLOG_RETRY_S: Final = 30.0
"""The first of Gladly's retries (Gladly fact sheet, webhooks)."""

_TRACEPARENT: Final = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")

_NOT_AN_EVENT: Final = {
    NotAnEvent.MALFORMED_JSON: answers.MALFORMED_JSON,
    NotAnEvent.NO_EVENT_TYPE: answers.NO_EVENT_TYPE,
}


class WebhookHandler:
    """Takes webhooks of all organizations."""

    def __init__(
        self,
        doors: Doors,
        journal: Journal,
        clock: Clock,
        observer: Observer,
        pending: Callable[[OrganizationId], int | None],
        failures: Failures,
    ) -> None:
        """`pending` counts an organization's unsettled receipts, None when it cannot tell; it does not block."""
        self._doors = doors
        self._journal = journal
        self._clock = clock
        self._observer = observer
        self._pending = pending
        self._failures = failures

    async def handle(self, organization: OrganizationId, request: web.BaseRequest) -> web.Response:
        """Answer one request, and tell of it."""
        began = self._clock.monotonic()
        entrance = self._doors.find(organization)
        response = await self._answer(organization, entrance, request)
        seconds = self._clock.monotonic() - began
        self._observer.emit(WebhookAnswered(organization if entrance else None, response.status, seconds))
        return response

    async def _answer(
        self, organization: OrganizationId, entrance: Entrance | None, request: web.BaseRequest
    ) -> web.Response:
        admitted = (entrance.verifier if entrance else NOBODY).admits(request.headers)
        if entrance is None or not admitted:
            return self._not_admitted(404 if entrance is None else 401, request)
        wait_s = entrance.wait_s(self._clock.monotonic())
        if wait_s:
            return answers.refuse_for(answers.TOO_MANY_WEBHOOKS, 429, wait_s)
        body = await read_body(request)
        if isinstance(body, web.Response):
            return body
        return await self._take(organization, entrance, body, _traceparent(request))

    def _not_admitted(self, status: int, request: web.BaseRequest) -> web.Response:
        return refuse_stranger(request, self._failures, self._clock, lambda: answers.not_admitted(status))

    async def _take(
        self, organization: OrganizationId, entrance: Entrance, body: bytes, traceparent: str
    ) -> web.Response:
        taken = take_in(body, organization=organization, received_at=self._clock.now(), source=Source.WEBHOOK)
        match taken:
            case NotAnEvent():
                return answers.refuse(_NOT_AN_EVENT[taken], 400)
            case Ping():
                return answers.ok("pong")
            case Receipt():
                if entrance.backlog is not None and (self._pending(organization) or 0) >= entrance.backlog:
                    return answers.refuse_for(answers.BACKLOG_FULL, 503, _BACKLOG_RETRY_S)
                return await self._append(taken, traceparent)

    async def _append(self, receipt: Receipt, traceparent: str) -> web.Response:
        try:
            async with asyncio.timeout(_DURABLE_WITHIN_S):
                appended = await self._journal.append(receipt)
        except (JournalUnavailableError, TimeoutError) as error:
            detail = error.message if isinstance(error, JournalUnavailableError) else "the journal took too long"
            self._observer.emit(JournalTrouble(detail))
            return answers.refuse(answers.NOT_DURABLE, 503)
        self._observer.emit(
            ReceiptAppended(
                organization=receipt.organization,
                event_type=told_type(receipt.event_type),
                event_id=receipt.event_id,
                disposition=appended,
                key=receipt.key,
                lane=receipt.lane,
                state=receipt.state,
                received_at=receipt.received_at,
                traceparent=traceparent,
            )
        )
        return answers.ok(appended)


def _traceparent(request: web.BaseRequest) -> str:
    """Give the sender's trace, if it is one (W3C Trace Context, traceparent of version 00)."""
    value = request.headers.get("traceparent", "")
    return value if _TRACEPARENT.fullmatch(value) else ""
