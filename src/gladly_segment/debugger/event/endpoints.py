"""What the event screen publishes."""

from typing import Final

from gladly_segment.admin.publishing import (
    FORGED,
    PAGE,
    STRANGER,
    UNAVAILABLE,
    UNREADABLE,
    ConfirmedForm,
    page,
    refused,
    twin,
)
from gladly_segment.debugger import answers
from gladly_segment.debugger.event.page import Comparison, WholeEvent
from gladly_segment.transport.endpoints import FORM, JSON, Answer, Content, Endpoint, Proof

_NO_SUCH_EVENT: Final = refused(404, "There is no such event.", answers.NO_SUCH_EVENT)

EVENT: Final = twin(
    "/events/{seq}.json", "One event with everything that befell it, and why.", WholeEvent, _NO_SUCH_EVENT
)
EVENT_PAGE: Final = page("/events/{seq}", "The event as a page.", _NO_SUCH_EVENT)
COMPARE: Final = Endpoint(
    method="POST",
    path="/events/{seq}/compare",
    summary="Compare an event with what Gladly says now; it costs up to three requests of the organization's rate.",
    proofs=(Proof.BEARER, Proof.SESSION),
    takes=(Content(FORM, ConfirmedForm), Content(JSON, ConfirmedForm)),
    answers=(
        Answer(
            status=200,
            meaning="What would be made of it now; a form is answered with the page. Nothing was sent or changed.",
            contents=(Content(JSON, Comparison), PAGE),
        ),
        *STRANGER,
        FORGED,
        *UNREADABLE,
        _NO_SUCH_EVENT,
        refused(409, "It cannot be compared.", answers.NOT_COMPARABLE),
        refused(502, "Gladly gave no answer that can be used.", answers.NO_ANSWER_FROM_GLADLY),
        UNAVAILABLE,
    ),
)
