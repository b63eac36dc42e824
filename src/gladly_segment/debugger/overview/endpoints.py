"""What the overview publishes."""

from typing import Final

from gladly_segment.admin import answers
from gladly_segment.admin.publishing import page, refused, twin
from gladly_segment.debugger.overview.flow import FlowReport
from gladly_segment.debugger.overview.query import PATH, OverviewQuery
from gladly_segment.debugger.overview.status import ServiceStatus

_NO_SUCH_ORGANIZATION: Final = refused(404, "No such organization.", answers.NO_SUCH_ORGANIZATION)

STATUS: Final = twin("/status.json", "How everything stands now.", ServiceStatus)
FLOW: Final = twin(
    "/flow.json",
    "What came in a span of time, and what became of it.",
    FlowReport,
    _NO_SUCH_ORGANIZATION,
    query=OverviewQuery,
)
PAGE: Final = page(PATH, "The overview as a page.", _NO_SUCH_ORGANIZATION, query=OverviewQuery)
