"""What the conversation screen publishes."""

from typing import Final

from gladly_segment.admin.publishing import page, question, refused, twin
from gladly_segment.core.explained import ExplainedConversation
from gladly_segment.debugger import answers
from gladly_segment.debugger.conversation.page import WhyAnswer, WhyQuery
from gladly_segment.transport.endpoints import Answer

_PATH: Final = "/conversations/{organization}/{conversation}"
_LEADS_ON: Final = Answer(status=303, meaning="It can only be one conversation: to its page.", headers=("Location",))

WHY: Final = twin(
    "/why.json", "Which conversations have an id, a name or whatever else is known.", WhyAnswer, query=WhyQuery
)
WHY_PAGE: Final = page(
    "/why", "Why is this conversation not in Segment? The search as a page.", _LEADS_ON, query=WhyQuery
)
CONVERSATION: Final = twin(
    f"{_PATH}.json", "All that was heard of a conversation, and why it is in Segment or is not.", ExplainedConversation
)
CONVERSATION_PAGE: Final = page(_PATH, "The conversation as a page, be anything known of it or not.")
ASK: Final = question(
    f"{_PATH}/ask",
    "Explain a conversation with what Gladly says of it; it costs one request of the organization's rate.",
    "The same with Gladly's answer; a form is answered with the page. Nothing was changed.",
    ExplainedConversation,
    refused(409, "The organization is not served.", answers.NOT_SERVED),
    refused(502, "Gladly gave no answer that can be used.", answers.NO_ANSWER_FROM_GLADLY),
)
