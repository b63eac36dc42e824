"""What a request brings beside its path: the query, a form, or a JSON document."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeVar, get_origin
from urllib.parse import parse_qs

import msgspec
from aiohttp import web

from gladly_segment.admin import answers
from gladly_segment.admin.answers import Refused
from gladly_segment.transport.answers import Problem
from gladly_segment.transport.endpoints import FORM, JSON

T = TypeVar("T", bound=msgspec.Struct)

_BODY_WITHIN_S: Final = 10.0
_MOST_FIELDS: Final = 1_000


def query_of(request: web.BaseRequest, shape: type[T]) -> T:
    """Read what stands behind the path; fields that are not known, or empty, do not count. Raises Refused."""
    try:
        fields = parse_qs(request.rel_url.raw_query_string, max_num_fields=_MOST_FIELDS, errors="replace")
    except ValueError:
        raise Refused(answers.BAD_QUERY, 400) from None
    return _read(fields, shape, answers.BAD_QUERY)


async def form_of(request: web.BaseRequest, shape: type[T]) -> T:
    """Read a form, or a JSON document of the same shape. Raises Refused."""
    if request.content_type == FORM:
        return _read(await read_fields(request), shape, answers.BAD_FORM)
    body = await _body(request)
    if request.content_type != JSON or not body:
        return _read({}, shape, answers.BAD_FORM)
    try:
        return msgspec.json.decode(body, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _refused(answers.BAD_FORM, error) from None


async def read_fields(request: web.BaseRequest) -> Mapping[str, Sequence[str]]:
    """Read a form's fields; any other body is read and gives none. Raises Refused."""
    body = await _body(request)
    if request.content_type != FORM:
        return {}
    try:
        return parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise Refused(answers.BAD_REQUEST, 400) from None


async def _body(request: web.BaseRequest) -> bytes:
    try:
        async with asyncio.timeout(_BODY_WITHIN_S):
            return await request.read()
    except TimeoutError:
        raise Refused(answers.BAD_REQUEST, 408) from None
    except web.HTTPRequestEntityTooLarge:
        raise Refused(answers.TOO_LARGE, 413) from None
    except (web.RequestPayloadError, ConnectionError, ValueError):
        raise Refused(answers.BAD_REQUEST, 400) from None


def _read(fields: Mapping[str, Sequence[str]], shape: type[T], problem: Problem) -> T:
    given: dict[str, Any] = {}
    for field in msgspec.structs.fields(shape):
        values = fields.get(field.encode_name)
        if values is not None:
            given[field.encode_name] = list(values) if get_origin(field.type) is tuple else values[-1]
    try:
        return msgspec.convert(given, shape, strict=False)
    except msgspec.ValidationError as error:
        raise _refused(problem, error) from None


def _refused(problem: Problem, error: Exception) -> Refused:
    return Refused(msgspec.structs.replace(problem, hint=str(error)), 400)
