"""What the service's listeners answer, in one form: `{"error": {"code", "message", "hint"}}` or a typed document."""

import msgspec
from aiohttp import web


class Problem(msgspec.Struct, frozen=True):
    """A refusal: a stable code, what was wrong, and what to do."""

    code: str
    message: str
    hint: str


class Refusal(msgspec.Struct, frozen=True):
    """A problem as it is answered."""

    error: Problem


class Status(msgspec.Struct, frozen=True):
    """A plain yes, with one word for what was done."""

    status: str


def answer(document: msgspec.Struct, status: int = 200) -> web.Response:
    """Answer with a document."""
    return web.Response(body=msgspec.json.encode(document), status=status, content_type="application/json")


def refuse(problem: Problem, status: int) -> web.Response:
    """Answer with a problem."""
    return answer(Refusal(problem), status)
