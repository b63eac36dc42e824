"""What the event screen publishes."""

from typing import Final

from gladly_segment.admin.publishing import page, question, refused, twin
from gladly_segment.debugger import answers
from gladly_segment.debugger.event.page import Comparison, WholeEvent

_NO_SUCH_EVENT: Final = refused(404, "There is no such event.", answers.NO_SUCH_EVENT)

EVENT: Final = twin(
    "/events/{seq}.json", "One event with everything that befell it, and why.", WholeEvent, _NO_SUCH_EVENT
)
EVENT_PAGE: Final = page("/events/{seq}", "The event as a page.", _NO_SUCH_EVENT)
COMPARE: Final = question(
    "/events/{seq}/compare",
    "Compare an event with what Gladly says now; it costs up to three requests of the organization's rate.",
    "What would be made of it now; a form is answered with the page. Nothing was sent or changed.",
    Comparison,
    _NO_SUCH_EVENT,
    refused(409, "It cannot be compared.", answers.NOT_COMPARABLE),
    refused(502, "Gladly gave no answer that can be used.", answers.NO_ANSWER_FROM_GLADLY),
)
