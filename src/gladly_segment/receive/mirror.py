"""`POST /mirror/{organization}`: what Segment's webhook destination tells of what arrived there.

Segment signs the body with a shared secret: hex HMAC-SHA1 in `X-Signature`. Of several events together it signs the
first one alone (Twilio's help centre, on batched webhooks), so the others are taken on its word.
"""

import asyncio
import hmac
import re
from typing import Final

import msgspec
from aiohttp import web

from gladly_segment.core.errors import MirrorUnavailableError
from gladly_segment.core.ids import MessageId, OrganizationId
from gladly_segment.core.mirror import is_ours
from gladly_segment.core.mirror_signals import MirrorAnswered, MirrorTrouble
from gladly_segment.core.secret import Secret
from gladly_segment.core.throttle import Failures
from gladly_segment.ports.clock import Clock
from gladly_segment.ports.mirrors import Arrivals
from gladly_segment.ports.observer import Observer
from gladly_segment.receive import answers
from gladly_segment.receive.body import read_body
from gladly_segment.receive.doors import Doors, MirrorEntrance
from gladly_segment.receive.strangers import refuse_stranger

SIGNATURE: Final = "X-Signature"

_DURABLE_WITHIN_S: Final = 10.0
_HEX: Final = re.compile(r"[0-9a-fA-F]{40}")
_NOBODY: Final = Secret("no organization has this one")
"""Stands in for an organization that does not exist, so that the answer takes as long."""


class _Message(msgspec.Struct, frozen=True):
    message_id: str = msgspec.field(name="messageId")


_messages: Final[msgspec.json.Decoder[_Message | list[_Message]]] = msgspec.json.Decoder(_Message | list[_Message])
_elements: Final = msgspec.json.Decoder(list[msgspec.Raw])


class MirrorHandler:
    """Takes what arrived, of all organizations. Of each event it keeps the messageId, if it is one of ours."""

    def __init__(self, doors: Doors, arrivals: Arrivals, clock: Clock, observer: Observer, failures: Failures) -> None:
        """`failures` are counted together with those of the other doors."""
        self._doors = doors
        self._arrivals = arrivals
        self._clock = clock
        self._observer = observer
        self._failures = failures

    async def handle(self, organization: OrganizationId, request: web.BaseRequest) -> web.Response:
        """Answer one request, and tell of it."""
        entrance = self._doors.find_mirror(organization)
        admitted = await self._admit(entrance, request)
        response = admitted if isinstance(admitted, web.Response) else await self._take(organization, admitted)
        self._observer.emit(MirrorAnswered(organization if entrance else None, response.status))
        return response

    async def _admit(self, entrance: MirrorEntrance | None, request: web.BaseRequest) -> bytes | web.Response:
        """Give the body of what is signed, or the answer to what is not."""
        status = 404 if entrance is None else 401
        signature = _signature(request)
        if signature is None:
            return self._not_signed(status, request)
        # Bodies are packed by nobody who signs them, and strangers' are not unpacked.
        if "Content-Encoding" in request.headers:
            return answers.refuse(answers.UNKNOWN_CODING, 415)
        body = await read_body(request)
        if isinstance(body, web.Response):
            return body
        if not _is_signed(body, signature, _NOBODY if entrance is None else entrance.secret) or entrance is None:
            return self._not_signed(status, request)
        wait_s = entrance.wait_s(self._clock.monotonic())
        if wait_s:
            return answers.refuse_for(answers.TOO_MANY_WEBHOOKS, 429, wait_s)
        return body

    def _not_signed(self, status: int, request: web.BaseRequest) -> web.Response:
        return refuse_stranger(request, self._failures, self._clock, lambda: answers.not_signed(status))

    async def _take(self, organization: OrganizationId, body: bytes) -> web.Response:
        try:
            told = _messages.decode(body)
        except msgspec.ValidationError:
            return answers.refuse(answers.NO_MESSAGE_ID, 400)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return answers.refuse(answers.MALFORMED_JSON, 400)
        messages = [each.message_id for each in (told if isinstance(told, list) else [told])]
        ours = [MessageId(each) for each in messages if is_ours(each)]
        try:
            async with asyncio.timeout(_DURABLE_WITHIN_S):
                if ours:
                    await self._arrivals.note(organization, ours)
        except (MirrorUnavailableError, TimeoutError) as error:
            detail = error.message if isinstance(error, MirrorUnavailableError) else "the mirror took too long"
            self._observer.emit(MirrorTrouble(detail))
            return answers.refuse(answers.NOT_DURABLE, 503)
        return answers.ok("arrived")


def _signature(request: web.BaseRequest) -> bytes | None:
    values = request.headers.getall(SIGNATURE, ())
    # Of several, a proxy before us may have checked another one: they are none.
    if len(values) != 1 or not _HEX.fullmatch(values[0]):
        return None
    return bytes.fromhex(values[0])


def _is_signed(body: bytes, signature: bytes, secret: Secret) -> bool:
    # Both are compared before any counts.
    return sum(hmac.compare_digest(_digest(each, secret), signature) for each in (body, _first_of(body))) > 0


def _first_of(body: bytes) -> bytes:
    """Give the first event of several, as it stands there; of one alone, that one."""
    try:
        elements = _elements.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return body
    return bytes(elements[0]) if elements else body


def _digest(content: bytes, secret: Secret) -> bytes:
    return hmac.digest(secret.reveal().encode(), content, "sha1")
