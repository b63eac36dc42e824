"""What the admin listener publishes of itself."""

from typing import Annotated, Final

import msgspec

from gladly_segment.admin import answers
from gladly_segment.admin.pages import MEDIA_TYPES
from gladly_segment.admin.publishing import (
    FORGED,
    MISDIRECTED,
    PAGE,
    STRANGER,
    THROTTLED,
    UNAVAILABLE,
    UNREADABLE,
    ConfirmedForm,
    change,
    reading,
    refused,
)
from gladly_segment.core.ids import OrganizationId
from gladly_segment.transport.answers import Status
from gladly_segment.transport.endpoints import FORM, JSON, Answer, Content, Endpoint, Proof

PROMETHEUS: Final = "text/plain"


class Change(msgspec.Struct, frozen=True):
    """An organization as it stands after the request."""

    name: OrganizationId
    paused: bool


class PauseForm(ConfirmedForm, frozen=True, kw_only=True):
    """`back` is the page of ours that a browser is to see afterwards."""

    back: Annotated[str, msgspec.Meta(pattern=r"^/([a-z]+(\?organization=[a-z0-9-]+)?)?$")] = "/"


class SignInForm(msgspec.Struct, frozen=True):
    """The login form."""

    token: str


_NO_SUCH_ORGANIZATION: Final = refused(404, "No such organization.", answers.NO_SUCH_ORGANIZATION)

HEALTHZ: Final = Endpoint(
    method="GET",
    path="/healthz",
    summary="Tell that the process answers.",
    answers=(Answer(status=200, meaning="It does.", contents=(Content(JSON, Status),)), MISDIRECTED),
)
READYZ: Final = Endpoint(
    method="GET",
    path="/readyz",
    summary="Tell whether webhooks can be made durable.",
    answers=(
        Answer(status=200, meaning="They can.", contents=(Content(JSON, Status),)),
        MISDIRECTED,
        UNAVAILABLE,
    ),
)
METRICS: Final = reading("/metrics", "All metrics in Prometheus' text form.", Content(PROMETHEUS))
OPENAPI: Final = reading("/openapi.json", "This document.", Content(JSON))
PAUSE: Final = change(
    "/organizations/{name}/pause",
    "Let an organization stand still: its webhooks are taken and kept.",
    Change,
    _NO_SUCH_ORGANIZATION,
    takes=PauseForm,
)
RESUME: Final = change(
    "/organizations/{name}/resume",
    "Let a paused organization go on.",
    Change,
    _NO_SUCH_ORGANIZATION,
    takes=PauseForm,
)
LOGIN_PAGE: Final = Endpoint(
    method="GET",
    path="/login",
    summary="The form to sign in.",
    answers=(
        Answer(status=200, meaning="The form.", contents=(PAGE,)),
        Answer(status=303, meaning="There is nothing to sign in to, or it was done already.", headers=("Location",)),
        MISDIRECTED,
        THROTTLED,
        refused(401, "The bearer token is wrong.", answers.WRONG_TOKEN, headers=("WWW-Authenticate",)),
    ),
)
LOGIN: Final = Endpoint(
    method="POST",
    path="/login",
    summary="Begin a session.",
    takes=(Content(FORM, SignInForm),),
    body_required=True,
    answers=(
        Answer(status=303, meaning="Signed in; the cookie is set.", headers=("Location", "Set-Cookie")),
        refused(401, "A wrong token.", answers.WRONG_TOKEN, headers=("WWW-Authenticate",)),
        FORGED,
        THROTTLED,
        MISDIRECTED,
        *UNREADABLE,
    ),
)
LOGOUT: Final = Endpoint(
    method="POST",
    path="/logout",
    summary="End the session.",
    proofs=(Proof.BEARER, Proof.SESSION),
    takes=(Content(FORM, ConfirmedForm),),
    answers=(*STRANGER, FORGED, *UNREADABLE),
)
STATIC: Final = Endpoint(
    method="GET",
    path="/static/{file}",
    summary="What the pages are made of.",
    answers=(
        Answer(status=200, meaning="The file.", contents=tuple(Content(each) for each in MEDIA_TYPES.values())),
        refused(404, "No such file.", answers.NOT_FOUND),
        MISDIRECTED,
    ),
)
