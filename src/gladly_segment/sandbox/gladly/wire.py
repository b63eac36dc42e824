"""JSON in and out, and every refusal as a body in Gladly's shape."""

import re
from typing import TypeVar

import msgspec
from aiohttp import web
from aiohttp.typedefs import Handler

from gladly_segment.sandbox.gladly.errors import ErrorBody, ErrorDetail, RefusedError

Body = TypeVar("Body")

_MISSING_FIELD = re.compile(r"Object missing required field `(?P<field>\w+)`(?: - at `\$\.?(?P<path>.*)`)?")
_AT_PATH = re.compile(r".* - at `\$\.?(?P<path>.*)`")


def json_answer(value: object, *, status: int = 200) -> web.Response:
    """`value` as JSON."""
    return web.Response(status=status, body=msgspec.json.encode(value), content_type="application/json")


def refusal(refused: RefusedError) -> web.Response:
    """The refusal's answer. A 301 has no Location: clients must read the body."""
    return json_answer(refused.body, status=refused.status)


async def read_body(request: web.Request, body_type: type[Body]) -> Body:
    """The request's JSON body. Raises RefusedError (400) naming the field at fault."""
    try:
        return msgspec.json.decode(await request.read(), type=body_type)
    except msgspec.DecodeError as error:
        detail = ErrorDetail(attr=_attr_of(str(error)), code="invalid", detail=str(error))
        raise RefusedError(400, (detail,)) from error


@web.middleware
async def answer_refusals(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn refusals, and aiohttp's own 404 and 405, into answers."""
    try:
        return await handler(request)
    except RefusedError as refused:
        return refusal(refused)
    except web.HTTPError as error:
        code = "not_exist" if error.status == web.HTTPNotFound.status_code else "invalid"
        body = ErrorBody((ErrorDetail(code=code, detail=error.reason),))
        return json_answer(body, status=error.status)


def _attr_of(message: str) -> str | msgspec.UnsetType:
    """The field's path in msgspec's message; unset when the body as a whole is wrong."""
    if missing := _MISSING_FIELD.fullmatch(message):
        return ".".join(part for part in (missing["path"], missing["field"]) if part)
    match = _AT_PATH.fullmatch(message)
    return match["path"] if match and match["path"] else msgspec.UNSET
