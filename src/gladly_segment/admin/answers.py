"""What the admin listener refuses, and how it says so: to programs as JSON, to people as a page."""

from collections.abc import Mapping
from typing import Final

from gladly_segment.transport.answers import Problem

NOT_SIGNED_IN: Final = Problem(
    "not_signed_in",
    "This is for those who look after the service, and you have not shown that you do.",
    "Send the admin token as `Authorization: Bearer ...`, sign in at /login, or come through the proxy over https.",
)
WRONG_TOKEN: Final = Problem(
    "wrong_token", "That is not the admin token.", "Compare it with admin.token in the settings of the service."
)
TOO_MANY_ATTEMPTS: Final = Problem(
    "too_many_attempts",
    "Wrong tokens came from this address too often.",
    "Wait as long as `Retry-After` says, then try again.",
)
WRONG_HOST: Final = Problem(
    "wrong_host",
    "Without an admin token this listener answers to its loopback address only.",
    "Open it as http://localhost, or set admin.token_file.",
)
NOT_FROM_HERE: Final = Problem(
    "not_from_here",
    "The request does not come from a page of this service.",
    "Use the page over https or on localhost, with a current browser; programs send the admin token as bearer token.",
)
NO_FORM_TOKEN: Final = Problem(
    "no_form_token",
    "The form is out of date, or was not made by this service.",
    "Load the page again; programs send the admin token as bearer token.",
)
NO_SUCH_ORGANIZATION: Final = Problem(
    "no_such_organization",
    "There is no organization of this name.",
    "The overview lists them; `gladly-segment organizations list` does too.",
)
NOT_FOUND: Final = Problem("not_found", "There is nothing at this address.", "Begin at /.")
WRONG_METHOD: Final = Problem(
    "wrong_method", "This address does not take this method.", "The `Allow` header says which it takes."
)
TOO_LARGE: Final = Problem("body_too_large", "The body is above 64 KiB.", "Send what the form asks for.")
BAD_REQUEST: Final = Problem("bad_request", "The request could not be read.", "Send it again, as HTTP asks.")
BAD_QUERY: Final = Problem(
    "bad_query", "What stands behind the `?` cannot be understood.", "The hint names the field; /openapi.json has all."
)
BAD_FORM: Final = Problem(
    "bad_form", "The form cannot be understood.", "The hint names the field; /openapi.json has all."
)
NO_HISTORY: Final = Problem(
    "no_history", "The history cannot be read just now.", "Try again; or rebuild it: gladly-segment history rebuild."
)
NOT_DURABLE: Final = Problem(
    "not_durable", "The journal does not work just now.", "Look at the service's log, and at the disk."
)
UNEXPECTED: Final = Problem(
    "unexpected_error", "This software met an error that it did not expect.", "Look at the service's log."
)

PROBLEMS: Final = (
    NOT_SIGNED_IN,
    WRONG_TOKEN,
    TOO_MANY_ATTEMPTS,
    WRONG_HOST,
    NOT_FROM_HERE,
    NO_FORM_TOKEN,
    NO_SUCH_ORGANIZATION,
    NOT_FOUND,
    WRONG_METHOD,
    TOO_LARGE,
    BAD_REQUEST,
    BAD_QUERY,
    BAD_FORM,
    NO_HISTORY,
    NOT_DURABLE,
    UNEXPECTED,
)
"""All of them; the reference page of errors is written from this."""


class Refused(Exception):  # noqa: N818 - an answer, not an error
    """A request is refused with a problem, and with what HTTP wants told beside the status."""

    def __init__(self, problem: Problem, status: int, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(problem.code)
        self.problem = problem
        self.status = status
        self.headers = headers or {}
