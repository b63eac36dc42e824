"""Faults on demand: answers that fail, hang, break off or never come, for both simulators.

A simulator adds `fault_middleware` in front of the vendor's API and `fault_routes` to its control API. Its
runner needs a short `shutdown_timeout`: a hanging request ends when the client gives up or when the stopping
server cancels it.
"""

import asyncio
import random
import socket
import struct
from contextlib import suppress
from typing import Annotated, Literal

import msgspec
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

DRIP_INTERVAL_S = 0.1
"""Between two bytes of a dripping body: it defeats a timeout between reads and exceeds a total one."""

CLIENT_GONE_CHECK_S = 0.05

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)
"""SO_LINGER on, zero seconds: closing discards what is unsent and answers with RST in place of FIN."""


class FaultRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One way for matching requests to go wrong.

    `status`, `headers` and `body` make the answer that is sent (`status`), cut (`truncate`) or slowed
    (`drip`). With `after_handling` the request has taken effect first; `truncate` and `drip` then spoil the
    true answer.
    """

    kind: Literal["status", "hang", "reset", "truncate", "drip"]
    method: str | None = None
    path_prefix: str = "/"
    status: Annotated[int, msgspec.Meta(ge=200, le=599)] = 500
    headers: dict[str, str] = {}
    body: str = ""
    skip: Annotated[int, msgspec.Meta(ge=0)] = 0
    """Matching requests let through before the first one is hit."""
    times: Annotated[int, msgspec.Meta(ge=0)] | None = None
    """Requests to hit; None: until cleared."""
    share: Annotated[float, msgspec.Meta(ge=0.0, le=1.0)] = 1.0
    """Share of the matching requests to hit, drawn from the plan's seed."""
    after_handling: bool = False


class FaultRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of `POST /control/faults`, and its answer."""

    rules: tuple[FaultRule, ...]


class _Progress(msgspec.Struct):
    seen: int = 0
    hit: int = 0


class FaultPlan:
    """The rules in force and how far each has come. The same seed and requests give the same faults."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self.clear()

    def set(self, rules: tuple[FaultRule, ...]) -> None:
        """Replace all rules, count from zero and draw from the seed anew."""
        self._draws = random.Random(self._seed)  # noqa: S311 - faults must be repeatable, not secret
        self._rules = tuple((rule, _Progress()) for rule in rules)

    def clear(self) -> None:
        """Let every request through."""
        self.set(())

    def draw(self, method: str, path: str) -> FaultRule | None:
        """Count the request and return the first rule that hits it, or None."""
        for rule, progress in self._rules:
            if rule.method not in (None, method) or not path.startswith(rule.path_prefix):
                continue
            progress.seen += 1
            if progress.seen <= rule.skip or progress.hit == rule.times:
                continue
            if rule.share < 1.0 and self._draws.random() >= rule.share:
                continue
            progress.hit += 1
            return rule
        return None


async def play(rule: FaultRule, request: web.Request, handle: Handler) -> web.StreamResponse:
    """Act `rule` out on `request`; `handle` is called only with `after_handling`."""
    true_answer = await _handled(request, handle) if rule.after_handling else None
    # A transport with unread input does not notice that its client has gone.
    await request.release()
    match rule.kind:
        case "status":
            return _planned_answer(rule)
        case "hang":
            return await _hang(request)
        case "reset":
            return _reset(request)
        case "truncate":
            return await _truncate(request, true_answer or _planned_answer(rule))
        case "drip":
            return await _drip(request, true_answer or _planned_answer(rule))


def fault_middleware(plan: FaultPlan, path_prefix: str) -> Middleware:
    """Middleware that plays the plan's faults on requests below `path_prefix`."""

    @web.middleware
    async def inject(request: web.Request, handler: Handler) -> web.StreamResponse:
        rule = plan.draw(request.method, request.path) if request.path.startswith(path_prefix) else None
        return await (handler(request) if rule is None else play(rule, request, handler))

    return inject


def fault_routes(plan: FaultPlan) -> list[web.RouteDef]:
    """Routes of the control API: POST `{"rules":[FaultRule, …]}` replaces the rules, DELETE clears them."""

    async def post(request: web.Request) -> web.Response:
        try:
            body = msgspec.json.decode(await request.read(), type=FaultRules)
        except (ValueError, RecursionError) as error:
            return web.json_response({"error": str(error)}, status=400)
        plan.set(body.rules)
        return web.Response(body=msgspec.json.encode(body), content_type="application/json")

    async def delete(_: web.Request) -> web.Response:
        plan.clear()
        return web.Response(status=204)

    return [web.post("/control/faults", post), web.delete("/control/faults", delete)]


async def _handled(request: web.Request, handle: Handler) -> web.StreamResponse:
    try:
        return await handle(request)
    except web.HTTPException as answer:
        return answer


def _planned_answer(rule: FaultRule) -> web.Response:
    headers = {"Content-Type": "application/json", **rule.headers}
    return web.Response(status=rule.status, headers=headers, body=rule.body.encode())


async def _hang(request: web.Request) -> web.StreamResponse:
    # aiohttp has no signal for a client's leaving short of cancelling every handler: hence a regular look.
    while request.transport is not None and not request.transport.is_closing():  # noqa: ASYNC110
        await asyncio.sleep(CLIENT_GONE_CHECK_S)
    return web.Response()


def _reset(request: web.Request) -> web.StreamResponse:
    if request.transport is not None:
        connection: socket.socket = request.transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        request.transport.abort()
    return web.Response()


async def _truncate(request: web.Request, answer: web.StreamResponse) -> web.StreamResponse:
    body = _body_of(answer) or b'{"fault":"truncate"}'
    cut = await _begin(request, answer, body)
    await cut.write(body[: len(body) // 2])
    if request.transport is not None:
        request.transport.close()
    return cut


async def _drip(request: web.Request, answer: web.StreamResponse) -> web.StreamResponse:
    body = _body_of(answer) or b'{"fault":"drip"}'
    slow = await _begin(request, answer, body)
    with suppress(ConnectionResetError):  # the client gave up: that is what the fault is for
        for at in range(len(body)):
            await slow.write(body[at : at + 1])
            await asyncio.sleep(DRIP_INTERVAL_S)
    return slow


def _body_of(answer: web.StreamResponse) -> bytes:
    match answer:
        case web.Response(body=bytes() | bytearray() as body):
            return bytes(body)
        case _:
            return b""


async def _begin(request: web.Request, answer: web.StreamResponse, body: bytes) -> web.StreamResponse:
    headers = {**answer.headers, "Content-Length": str(len(body))}
    spoilt = web.StreamResponse(status=answer.status, headers=headers)
    await spoilt.prepare(request)
    return spoilt
