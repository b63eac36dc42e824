"""What the admin listener publishes."""

from typing import Final

import msgspec

from gladly_segment.admin import answers
from gladly_segment.admin.overview import ServiceStatus
from gladly_segment.core.ids import OrganizationId
from gladly_segment.transport.answers import Problem, Refusal, Status
from gladly_segment.transport.endpoints import FORM, HTML, JSON, Answer, Content, Endpoint, Proof

PROMETHEUS: Final = "text/plain"

_PAGE: Final = Content(HTML)
_REFUSAL: Final = (Content(JSON, Refusal), _PAGE)


class Change(msgspec.Struct, frozen=True):
    """An organization as it stands after the request."""

    name: OrganizationId
    paused: bool


class SignInForm(msgspec.Struct, frozen=True):
    """The login form."""

    token: str


class ConfirmedForm(msgspec.Struct, frozen=True):
    """What every form on the pages holds; a bearer token needs none."""

    form_token: str = ""


def _refused(status: int, meaning: str, *problems: Problem, headers: tuple[str, ...] = ()) -> Answer:
    return Answer(status=status, meaning=meaning, contents=_REFUSAL, problems=problems, headers=headers)


_MISDIRECTED: Final = _refused(421, "Without token, only loopback names are answered.", answers.WRONG_HOST)
_UNREADABLE: Final = (
    _refused(400, "The request could not be read.", answers.BAD_REQUEST),
    _refused(408, "The body did not come in time.", answers.BAD_REQUEST),
    _refused(413, "The body is too large.", answers.TOO_LARGE),
)
_THROTTLED: Final = _refused(429, "Too many wrong tokens.", answers.TOO_MANY_ATTEMPTS, headers=("Retry-After",))
_STRANGER: Final = (
    Answer(status=303, meaning="A browser that is not signed in is sent to /login.", headers=("Location",)),
    _refused(
        401,
        "Nobody whom we know.",
        answers.NOT_SIGNED_IN,
        answers.WRONG_TOKEN,
        headers=("WWW-Authenticate",),
    ),
    _THROTTLED,
    _MISDIRECTED,
)
_FORGED: Final = _refused(
    403, "Another site may have made the browser send it.", answers.NOT_FROM_HERE, answers.NO_FORM_TOKEN
)
_NO_JOURNAL: Final = _refused(503, "The journal does not work.", answers.NOT_DURABLE)
_PROOFS: Final = (Proof.BEARER, Proof.SESSION)


def _read(path: str, summary: str, content: Content) -> Endpoint:
    shown = Answer(status=200, meaning=summary, contents=(content,))
    return Endpoint(method="GET", path=path, summary=summary, proofs=_PROOFS, answers=(shown, *_STRANGER, _NO_JOURNAL))


def _change(verb: str, summary: str) -> Endpoint:
    return Endpoint(
        method="POST",
        path=f"/organizations/{{name}}/{verb}",
        summary=summary,
        proofs=_PROOFS,
        takes=(Content(FORM, ConfirmedForm), Content(JSON)),
        answers=(
            Answer(status=200, meaning="Done; a form is answered 303.", contents=(Content(JSON, Change),)),
            *_STRANGER,
            _FORGED,
            _refused(404, "No such organization.", answers.NO_SUCH_ORGANIZATION),
            *_UNREADABLE,
            _NO_JOURNAL,
        ),
    )


HEALTHZ: Final = Endpoint(
    method="GET",
    path="/healthz",
    summary="Tell that the process answers.",
    answers=(Answer(status=200, meaning="It does.", contents=(Content(JSON, Status),)), _MISDIRECTED),
)
READYZ: Final = Endpoint(
    method="GET",
    path="/readyz",
    summary="Tell whether webhooks can be made durable.",
    answers=(
        Answer(status=200, meaning="They can.", contents=(Content(JSON, Status),)),
        _MISDIRECTED,
        _NO_JOURNAL,
    ),
)
METRICS: Final = _read("/metrics", "All metrics in Prometheus' text form.", Content(PROMETHEUS))
OPENAPI: Final = _read("/openapi.json", "This document.", Content(JSON))
STATUS: Final = _read("/status.json", "The numbers of the overview.", Content(JSON, ServiceStatus))
OVERVIEW: Final = _read("/", "The overview as a page.", _PAGE)
PAUSE: Final = _change("pause", "Let an organization stand still: its webhooks are taken and kept.")
RESUME: Final = _change("resume", "Let a paused organization go on.")
LOGIN_PAGE: Final = Endpoint(
    method="GET",
    path="/login",
    summary="The form to sign in.",
    answers=(
        Answer(status=200, meaning="The form.", contents=(_PAGE,)),
        Answer(status=303, meaning="There is nothing to sign in to, or it was done already.", headers=("Location",)),
        _MISDIRECTED,
        _THROTTLED,
        _refused(401, "The bearer token is wrong.", answers.WRONG_TOKEN, headers=("WWW-Authenticate",)),
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
        _refused(401, "A wrong token.", answers.WRONG_TOKEN, headers=("WWW-Authenticate",)),
        _FORGED,
        _THROTTLED,
        _MISDIRECTED,
        *_UNREADABLE,
    ),
)
LOGOUT: Final = Endpoint(
    method="POST",
    path="/logout",
    summary="End the session.",
    proofs=_PROOFS,
    takes=(Content(FORM, ConfirmedForm),),
    answers=(*_STRANGER, _FORGED, *_UNREADABLE),
)
STATIC: Final = Endpoint(
    method="GET",
    path="/static/{file}",
    summary="What the pages are made of.",
    answers=(
        Answer(status=200, meaning="The file.", contents=(Content("text/css"),)),
        _refused(404, "No such file.", answers.NOT_FOUND),
        _MISDIRECTED,
    ),
)
