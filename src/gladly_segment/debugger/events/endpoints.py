"""What the list of events publishes."""

from typing import Final

from gladly_segment.admin.publishing import page, refused, stream, twin
from gladly_segment.debugger.answers import TOO_MANY_STREAMS
from gladly_segment.debugger.events.page import EventsPage
from gladly_segment.debugger.events.query import PATH, EventsQuery, StreamQuery

EVENTS: Final = twin(f"{PATH}.json", "Events, newest first, a page at a time.", EventsPage, query=EventsQuery)
EVENTS_PAGE: Final = page(PATH, "The list of events as a page.", query=EventsQuery)
EVENTS_STREAM: Final = stream(
    f"{PATH}/stream",
    "Events as they come and change.",
    refused(503, "There are streams enough.", TOO_MANY_STREAMS),
    query=StreamQuery,
)
