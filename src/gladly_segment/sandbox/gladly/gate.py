"""What every request to the vendor's API passes: the book, the token and the request limit."""

import hmac
from collections.abc import Awaitable, Callable

from aiohttp import encode_basic_auth, hdrs, web
from aiohttp.typedefs import Handler, Middleware

from gladly_segment.sandbox.gladly.errors import ErrorDetail, RefusedError
from gladly_segment.sandbox.gladly.ledger import Ledger
from gladly_segment.sandbox.gladly.options import GladlyOptions
from gladly_segment.sandbox.gladly.ratelimit import RateLimit
from gladly_segment.sandbox.gladly.times import rfc3339_us
from gladly_segment.sandbox.gladly.wire import refusal

_REMAINING = web.RequestKey("remaining", int)


def keep_book(ledger: Ledger, now_ns: Callable[[], int]) -> Middleware:
    """Middleware that notes each request and its answer in the ledger."""

    @web.middleware
    async def note(request: web.Request, handler: Handler) -> web.StreamResponse:
        at = rfc3339_us(now_ns())
        status: int | None = None
        try:
            answer = await handler(request)
            if request.transport is not None and not request.transport.is_closing():
                status = answer.status
            return answer
        finally:
            resource = request.match_info.route.resource
            route = "unknown" if resource is None else resource.canonical
            ledger.requested(request.method, request.path_qs, status=status, at=at, route=route)

    return note


def guard(options: GladlyOptions, now_ns: Callable[[], int]) -> Middleware:
    """Middleware that demands the token (401) and counts against the request limit (429).

    A request without the token is not counted. `show_limit` puts the limit on the answer.
    """
    limit = RateLimit(options.rate_limit_per_s)
    expected = encode_basic_auth(options.user, options.token)

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        known = _same(request.headers.get(hdrs.AUTHORIZATION, ""), expected)
        admitted = known and limit.admit(request.method, now_ns())
        request[_REMAINING] = limit.remaining(request.method, now_ns())
        if not known:
            return _unauthorized()
        if not admitted:
            return _over_the_limit()
        return await handler(request)

    return check


def show_limit(options: GladlyOptions) -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
    """Signal handler that puts the two `Ratelimit-…` headers on every answer, unless a fault set them."""

    async def add_headers(request: web.Request, answer: web.StreamResponse) -> None:
        answer.headers.setdefault("Ratelimit-Limit-Second", str(options.rate_limit_per_s))
        answer.headers.setdefault("Ratelimit-Remaining-Second", str(request[_REMAINING]))

    return add_headers


def _same(header: str, expected: str) -> bool:
    scheme, _, credentials = header.partition(" ")
    expected_scheme, _, expected_credentials = expected.partition(" ")
    # A header may hold any bytes; aiohttp keeps what is no UTF-8 as surrogates.
    shown = credentials.encode(errors="surrogateescape")
    same = hmac.compare_digest(shown, expected_credentials.encode())
    return same and scheme.lower() == expected_scheme.lower()


def _unauthorized() -> web.Response:
    detail = ErrorDetail(code="unauthorized", detail="user e-mail and API token are required")
    answer = refusal(RefusedError(401, (detail,)))
    answer.headers[hdrs.WWW_AUTHENTICATE] = 'Basic realm="Gladly"'
    return answer


def _over_the_limit() -> web.Response:
    detail = ErrorDetail(code="rate_limited", detail="too many requests in one second")
    return refusal(RefusedError(429, (detail,)))
