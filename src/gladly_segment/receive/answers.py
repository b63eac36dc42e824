"""What the receiver answers, in one form: `{"error": {"code", "message", "hint"}}` or `{"status"}`."""

from typing import Final

import msgspec
from aiohttp import web

REALM: Final = 'Basic realm="gladly-segment", charset="UTF-8"'


class Problem(msgspec.Struct, frozen=True):
    """A refusal: a stable code, what was wrong, and what to do."""

    code: str
    message: str
    hint: str


NOT_ADMITTED: Final = Problem(
    "not_admitted",
    "No such webhook address, or not its credentials.",
    "Compare the webhook's url, credentials and headers in Gladly with this service's settings.",
)
MALFORMED_JSON: Final = Problem(
    "malformed_json", "The body is not JSON.", "Send the event as Gladly does: one JSON object in UTF-8."
)
NO_EVENT_TYPE: Final = Problem(
    "no_event_type",
    "The body is not an event: it is no JSON object with a text in `type`.",
    'Send the event as Gladly does, for example {"type": "PING"}.',
)
TOO_LARGE: Final = Problem(
    "body_too_large", "The body is above 256 KiB.", "Gladly's events are far smaller: check who sends this."
)
NOT_DURABLE: Final = Problem(
    "not_durable", "The event could not be made durable, so it is not acknowledged.", "Send it again later."
)
NOT_FOUND: Final = Problem("not_found", "There is nothing at this address.", "Webhooks go to /webhooks/{organization}.")
WRONG_METHOD: Final = Problem(
    "wrong_method", "This address does not take this method.", "Webhooks are delivered with POST."
)
BAD_REQUEST: Final = Problem("bad_request", "The request could not be read.", "Send it again, as HTTP asks.")
DRAINING: Final = Problem("draining", "The service is shutting down.", "Send it again later.")

PROBLEMS: Final = (
    NOT_ADMITTED,
    MALFORMED_JSON,
    NO_EVENT_TYPE,
    TOO_LARGE,
    NOT_DURABLE,
    NOT_FOUND,
    WRONG_METHOD,
    BAD_REQUEST,
    DRAINING,
)
"""All of them; the reference page of errors is written from this."""


class Status(msgspec.Struct, frozen=True):
    """A plain yes, with one word for what was done."""

    status: str


class _Refusal(msgspec.Struct, frozen=True):
    error: Problem


def ok(word: str) -> web.Response:
    """Answer 200."""
    return _json(Status(word), 200)


def refuse(problem: Problem, status: int) -> web.Response:
    """Answer with a problem."""
    return _json(_Refusal(problem), status)


def not_admitted(status: int) -> web.Response:
    """Answer 401 or 404: but for the number, they are the same to the last header."""
    response = refuse(NOT_ADMITTED, status)
    response.headers["WWW-Authenticate"] = REALM
    return response


def _json(document: msgspec.Struct, status: int) -> web.Response:
    return web.Response(body=msgspec.json.encode(document), status=status, content_type="application/json")
