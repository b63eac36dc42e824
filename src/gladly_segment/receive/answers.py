"""What the receiver answers, in one form: `{"error": {"code", "message", "hint"}}` or `{"status"}`."""

import math
from typing import Final

import msgspec
from aiohttp import web

from gladly_segment.transport.answers import Problem, Refusal, Status

REALM: Final = 'Basic realm="gladly-segment", charset="UTF-8"'

SIGNED: Final = 'X-Signature realm="gladly-segment"'

_HEADERS: Final = {"Server": "gladly-segment", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}
"""Of every answer; the name is there because the library would else tell its own, and its version."""

NOT_ADMITTED: Final = Problem(
    "not_admitted",
    "No such webhook address, or not its credentials.",
    "Compare the webhook's url, credentials and headers in Gladly with this service's settings.",
)
NOT_SIGNED: Final = Problem(
    "not_signed",
    "No such mirror address, or not signed with its secret.",
    "Compare the url and the shared secret of the destination in Segment with this service's mirror_secret.",
)
MALFORMED_JSON: Final = Problem(
    "malformed_json", "The body is not JSON.", "Send the event as Gladly does: one JSON object in UTF-8."
)
NO_EVENT_TYPE: Final = Problem(
    "no_event_type",
    "The body is not an event: it is no JSON object with a text in `type`.",
    'Send the event as Gladly does, for example {"type": "PING"}.',
)
NO_MESSAGE_ID: Final = Problem(
    "no_message_id",
    "The body is no event of Segment's, nor several: there is one without a text in `messageId`.",
    "Map the whole event, or its messageId, to the destination's data.",
)
TOO_LARGE: Final = Problem(
    "body_too_large", "The body is above 256 KiB.", "Gladly's events are far smaller: check who sends this."
)
UNKNOWN_CODING: Final = Problem(
    "unknown_coding", "The body is in a coding that is not known here.", "Send it as it is, or in gzip."
)
NOT_DURABLE: Final = Problem(
    "not_durable", "The event could not be made durable, so it is not acknowledged.", "Send it again later."
)
NOT_FOUND: Final = Problem("not_found", "There is nothing at this address.", "Webhooks go to /webhooks/{organization}.")
WRONG_METHOD: Final = Problem(
    "wrong_method", "This address does not take this method.", "Webhooks are delivered with POST."
)
BAD_REQUEST: Final = Problem("bad_request", "The request could not be read.", "Send it again, as HTTP asks.")
TOO_SLOW: Final = Problem("too_slow", "The body did not come in time.", "Send it again, faster.")
TOO_MANY_FAILURES: Final = Problem(
    "too_many_failures",
    "Too many requests from this address were not admitted.",
    "Compare the webhook's url, credentials and headers in Gladly with this service's settings; right ones are always "
    "admitted.",
)
TOO_MANY_WEBHOOKS: Final = Problem(
    "too_many_webhooks",
    "More webhooks come for this organization than it may send.",
    "Send it again later, or raise max_webhooks_per_s.",
)
BACKLOG_FULL: Final = Problem(
    "backlog_full",
    "Too many events of this organization wait already, so this one is not acknowledged.",
    "See what holds them up, or raise max_backlog.",
)
DRAINING: Final = Problem("draining", "The service is shutting down.", "Send it again later.")
INTERNAL: Final = Problem("internal", "The service failed to answer.", "Look at its log, and send it again later.")

PROBLEMS: Final = (
    NOT_ADMITTED,
    NOT_SIGNED,
    MALFORMED_JSON,
    NO_EVENT_TYPE,
    NO_MESSAGE_ID,
    TOO_LARGE,
    UNKNOWN_CODING,
    NOT_DURABLE,
    NOT_FOUND,
    WRONG_METHOD,
    BAD_REQUEST,
    TOO_SLOW,
    TOO_MANY_FAILURES,
    TOO_MANY_WEBHOOKS,
    BACKLOG_FULL,
    DRAINING,
    INTERNAL,
)
"""All of them; the reference page of errors is written from this."""


def ok(word: str) -> web.Response:
    """Answer 200."""
    return _json(Status(word), 200)


def refuse(problem: Problem, status: int) -> web.Response:
    """Answer with a problem."""
    return _json(Refusal(problem), status)


def not_admitted(status: int) -> web.Response:
    """Answer 401 or 404: but for the number, they are the same to the last header."""
    response = refuse(NOT_ADMITTED, status)
    response.headers["WWW-Authenticate"] = REALM
    return response


def not_signed(status: int) -> web.Response:
    """Answer 401 or 404 at a mirror: but for the number, they are the same to the last header."""
    response = refuse(NOT_SIGNED, status)
    response.headers["WWW-Authenticate"] = SIGNED
    return response


def refuse_for(problem: Problem, status: int, wait_s: float) -> web.Response:
    """Answer with a problem that is over after so many seconds."""
    response = refuse(problem, status)
    response.headers["Retry-After"] = str(max(1, math.ceil(wait_s)))
    return response


def wrong_method(allowed: str) -> web.Response:
    """Answer 405."""
    response = refuse(WRONG_METHOD, 405)
    response.headers["Allow"] = allowed
    return response


def _json(document: msgspec.Struct, status: int) -> web.Response:
    body = msgspec.json.encode(document)
    return web.Response(body=body, status=status, content_type="application/json", headers=_HEADERS)
