"""The HTTP Tracking API: from a request to its answer and the entries in the books."""

import asyncio
import base64
from collections.abc import Callable
from datetime import UTC, datetime
from time import time

import msgspec
from aiohttp import web
from aiohttp.typedefs import Handler

from gladly_segment.sandbox.segment.intake import (
    CALLS,
    AdmittedEvent,
    DropReason,
    JsonObject,
    JsonValue,
    MalformedError,
    Submission,
    admit,
    read_submission,
)
from gladly_segment.sandbox.segment.ledger import Ledger, RequestRecord
from gladly_segment.sandbox.segment.options import MAX_BATCH_EVENTS, MAX_BODY_BYTES, SegmentOptions
from gladly_segment.sandbox.segment.request_limit import RequestLimit
from gladly_segment.sandbox.segment.times import format_time, to_milliseconds

PATH_PREFIX = "/v1/"

_RECORD = web.RequestKey("record", RequestRecord)
_RECEIVED_AT = web.RequestKey("received_at", datetime)


class TrackingApi:
    """Answers for one simulator. `grown` is notified whenever a request's events have been entered."""

    def __init__(self, options: SegmentOptions, now_s: Callable[[], float] = time) -> None:
        self._now_s = now_s
        self.ledger = Ledger()
        self.grown = asyncio.Condition()
        self._strict = options.flavour == "strict"
        self._labels = {key: f"write key {n}" for n, key in enumerate(options.write_keys, start=1)}
        self._limit = RequestLimit(options.requests_per_s)

    def routes(self) -> list[web.RouteDef]:
        """Every call, with and without the trailing slash some SDKs send, and the browsers' preflight."""
        paths = [f"{PATH_PREFIX}{call}{end}" for call in CALLS for end in ("", "/")]
        return [web.post(path, self._receive) for path in paths] + [web.options(path, self._allow) for path in paths]

    @web.middleware
    async def record(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Enter every POST in the books, whatever becomes of it."""
        if request.method != "POST" or not request.path.startswith(PATH_PREFIX):
            return await handler(request)
        request[_RECEIVED_AT] = received_at = to_milliseconds(datetime.fromtimestamp(self._now_s(), UTC))
        request[_RECORD] = record = self.ledger.open_request(
            request.path,
            received_at=received_at,
            retry_count=_whole_number(request.headers.get("X-Retry-Count")),
            gzip=request.headers.get("Content-Encoding") == "gzip",
        )
        try:
            answer = await handler(request)
        except web.HTTPException as refusal:
            record.status = refusal.status
            raise
        if request.transport is not None and not request.transport.is_closing():
            record.status = answer.status
        return answer

    async def _receive(self, request: web.Request) -> web.Response:
        record = request[_RECORD]
        try:
            body = await request.read()
        except web.HTTPRequestEntityTooLarge as error:
            return self._too_large(str(error))
        except web.RequestPayloadError:
            return _refusal(400, "invalid_request", "body cannot be decompressed")
        record.bytes = len(body)
        if not self._limit.admits(request[_RECEIVED_AT].timestamp()):
            return _too_many_requests()
        if len(body) > MAX_BODY_BYTES:
            return self._too_large(f"body over {MAX_BODY_BYTES} bytes")
        try:
            submission = read_submission(CALLS[request.path.split("/")[2]], body)
        except MalformedError as error:
            return _refusal(400, "invalid_request", str(error))
        return await self._enter(submission, request)

    async def _enter(self, submission: Submission, request: web.Request) -> web.Response:
        record = request[_RECORD]
        label = self._label(_basic_user(request), submission.write_key)
        record.events = len(submission.events)
        record.sent_at = format_time(submission.sent_at) if submission.sent_at else None
        if label:
            record.write_key = label
        if self._strict and label is None:
            return _refusal(401, "unauthorized", "unknown write key")
        if self._strict and len(submission.events) > MAX_BATCH_EVENTS:
            return self._too_large(DropReason.BATCH_TOO_LONG)
        for event in submission.events:
            match _verdict(event, submission, label):
                case DropReason() as reason:
                    self.ledger.drop(event, reason, record.id)
                case AdmittedEvent() as admitted:
                    self.ledger.store(
                        admitted,
                        request_id=record.id,
                        sent_at=submission.sent_at,
                        received_at=request[_RECEIVED_AT],
                    )
        async with self.grown:
            self.grown.notify_all()
        return _answer(200, {"success": True})

    def _label(self, basic_user: str | None, body_key: str | None) -> str | None:
        if self._strict or basic_user is not None:
            return self._labels.get(basic_user or "")
        return self._labels.get(body_key or "")

    def _too_large(self, message: str) -> web.Response:
        return _refusal(413 if self._strict else 400, "too_large", message)

    async def _allow(self, request: web.Request) -> web.Response:
        headers = {
            "Access-Control-Allow-Origin": "*",
            "Access-Control-Allow-Methods": "POST",
            "Access-Control-Allow-Headers": request.headers.get("Access-Control-Request-Headers", "*"),
        }
        return web.Response(status=204, headers=headers)


def _verdict(event: JsonValue, submission: Submission, label: str | None) -> AdmittedEvent | DropReason:
    if label is None:
        return DropReason.UNKNOWN_WRITE_KEY
    return DropReason.BATCH_TOO_LONG if len(submission.events) > MAX_BATCH_EVENTS else admit(event)


def _basic_user(request: web.Request) -> str | None:
    scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        return base64.b64decode(credentials, validate=True).decode().partition(":")[0]
    except ValueError:
        return None


def _whole_number(text: str | None) -> int | None:
    return int(text) if text is not None and text.isdecimal() else None


def _too_many_requests() -> web.Response:
    seconds = str(RequestLimit.RETRY_AFTER_S)
    answer = _refusal(429, "too_many_requests", "over the requests per second")
    answer.headers.update({"Retry-After": seconds, "X-RateLimit-Reset": seconds})
    return answer


def _refusal(status: int, code: str, message: str) -> web.Response:
    return _answer(status, {"code": code, "message": message})


def _answer(status: int, body: JsonObject) -> web.Response:
    return web.Response(
        status=status,
        body=msgspec.json.encode(body),
        content_type="application/json",
        headers={"Access-Control-Allow-Origin": "*"},
    )
