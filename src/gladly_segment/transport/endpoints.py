"""What a listener publishes, as typed tables: the routes and the OpenAPI document are both made from them."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Literal

import msgspec

from gladly_segment.transport.answers import Problem

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
HTML = "text/html"
EVENT_STREAM = "text/event-stream"


class Proof(StrEnum):
    """What a caller may show, to be let in."""

    WEBHOOK_LOGIN = "webhookLogin"
    SIGNATURE = "signature"
    BEARER = "bearerToken"
    SESSION = "sessionCookie"


class Content(msgspec.Struct, frozen=True):
    """A body: its media type and, where it has one, the struct that describes it."""

    media_type: str
    shape: type[msgspec.Struct] | None = None


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """One way to answer: what it means, in which forms, and for a refusal the problems that it may name."""

    status: int
    meaning: str
    contents: tuple[Content, ...] = ()
    problems: tuple[Problem, ...] = ()
    headers: tuple[str, ...] = ()


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """One method of one address. Names in braces in the path are parameters; `proofs`: any of them is enough.

    Without `proofs` anybody is answered. `query` describes what may stand behind the path, `takes` are the forms of
    the request's body.
    """

    method: Literal["GET", "POST"]
    path: str
    summary: str
    proofs: tuple[Proof, ...] = ()
    query: type[msgspec.Struct] | None = None
    takes: tuple[Content, ...] = ()
    body_required: bool = False
    answers: tuple[Answer, ...]


class Published(msgspec.Struct, frozen=True):
    """An address that the service listens on, and what is published there."""

    url: str
    endpoints: Sequence[Endpoint]
