"""How addresses behind the admin's door are published: every kind with the refusals that it may be answered with."""

from typing import Final

import msgspec

from gladly_segment.admin import answers
from gladly_segment.transport.answers import Problem, Refusal
from gladly_segment.transport.endpoints import EVENT_STREAM, FORM, HTML, JSON, Answer, Content, Endpoint, Proof

PAGE: Final = Content(HTML)

_REFUSAL: Final = (Content(JSON, Refusal), PAGE)
_PROOFS: Final = (Proof.BEARER, Proof.SESSION)


class ConfirmedForm(msgspec.Struct, frozen=True, kw_only=True):
    """What every form on the pages holds; a bearer token needs none."""

    form_token: str = ""


def refused(status: int, meaning: str, *problems: Problem, headers: tuple[str, ...] = ()) -> Answer:
    """Describe a refusal."""
    return Answer(status=status, meaning=meaning, contents=_REFUSAL, problems=problems, headers=headers)


MISDIRECTED: Final = refused(421, "Without token, only loopback names are answered.", answers.WRONG_HOST)
UNREADABLE: Final = (
    refused(400, "The request could not be read.", answers.BAD_REQUEST, answers.BAD_FORM, answers.BAD_QUERY),
    refused(408, "The body did not come in time.", answers.BAD_REQUEST),
    refused(413, "The body is too large.", answers.TOO_LARGE),
)
THROTTLED: Final = refused(429, "Too many wrong tokens.", answers.TOO_MANY_ATTEMPTS, headers=("Retry-After",))
STRANGER: Final = (
    Answer(status=303, meaning="A browser that is not signed in is sent to /login.", headers=("Location",)),
    refused(
        401,
        "Nobody whom we know.",
        answers.NOT_SIGNED_IN,
        answers.WRONG_TOKEN,
        headers=("WWW-Authenticate",),
    ),
    THROTTLED,
    MISDIRECTED,
)
FORGED: Final = refused(
    403, "Another site may have made the browser send it.", answers.NOT_FROM_HERE, answers.NO_FORM_TOKEN
)
UNAVAILABLE: Final = refused(503, "It does not work just now.", answers.NOT_DURABLE, answers.NO_HISTORY)
BAD_QUERY: Final = refused(400, "The query cannot be understood.", answers.BAD_QUERY)


def reading(
    path: str, summary: str, content: Content, *more: Answer, query: type[msgspec.Struct] | None = None
) -> Endpoint:
    """Publish something to read, for whoever was let in; `more` are refusals of its own."""
    shown = Answer(status=200, meaning=summary, contents=(content,))
    bad_query = (BAD_QUERY,) if query is not None else ()
    return Endpoint(
        method="GET",
        path=path,
        summary=summary,
        proofs=_PROOFS,
        query=query,
        answers=(shown, *STRANGER, *bad_query, *more, UNAVAILABLE),
    )


def page(path: str, summary: str, *more: Answer, query: type[msgspec.Struct] | None = None) -> Endpoint:
    """Publish a page."""
    return reading(path, summary, PAGE, *more, query=query)


def twin(
    path: str, summary: str, shape: type[msgspec.Struct], *more: Answer, query: type[msgspec.Struct] | None = None
) -> Endpoint:
    """Publish what a page shows, as JSON."""
    return reading(path, summary, Content(JSON, shape), *more, query=query)


def stream(path: str, summary: str, *more: Answer, query: type[msgspec.Struct] | None = None) -> Endpoint:
    """Publish a stream of server-sent events."""
    return reading(path, summary, Content(EVENT_STREAM), *more, query=query)


def change(
    path: str,
    summary: str,
    gives: type[msgspec.Struct],
    *more: Answer,
    takes: type[ConfirmedForm] = ConfirmedForm,
) -> Endpoint:
    """Publish a change. It is taken as a form, answered 303, or as JSON, answered with `gives`."""
    done = Answer(status=200, meaning="Done; a form is answered 303.", contents=(Content(JSON, gives),))
    return _posted(path, summary, done, *more, takes=takes)


def question(path: str, summary: str, meaning: str, gives: type[msgspec.Struct], *more: Answer) -> Endpoint:
    """Publish what changes nothing, but costs something: a form is answered with a page, JSON with `gives`."""
    answered = Answer(status=200, meaning=meaning, contents=(Content(JSON, gives), PAGE))
    return _posted(path, summary, answered, *more, takes=ConfirmedForm)


def _posted(path: str, summary: str, good: Answer, *more: Answer, takes: type[ConfirmedForm]) -> Endpoint:
    return Endpoint(
        method="POST",
        path=path,
        summary=summary,
        proofs=_PROOFS,
        takes=(Content(FORM, takes), Content(JSON, takes)),
        answers=(good, *STRANGER, FORGED, *UNREADABLE, *more, UNAVAILABLE),
    )
