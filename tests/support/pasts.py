"""Builders of what happened a while ago, and Gladly's lists of it as told."""

from collections.abc import AsyncGenerator, Sequence
from datetime import date, datetime, timedelta
from typing import Final

from gladly_segment.core.errors import CallFailedError
from gladly_segment.core.failures import Failure
from gladly_segment.core.ids import ConversationId, CustomerId
from gladly_segment.core.moments import format_moment
from gladly_segment.core.occurrence import EventKind
from gladly_segment.core.past import PastOccurrence, Span, Told
from gladly_segment.core.records import Source
from gladly_segment.mapping.past import past_body
from gladly_segment.ports.past import ExportJob
from tests.support.clock import START

DAY: Final = timedelta(days=1)
HOUR: Final = timedelta(hours=1)
MS: Final = timedelta(milliseconds=1)


def happened(
    kind: EventKind,
    at: datetime,
    conversation: str = "c-1",
    customer: str | None = "u-1",
    *,
    source: Source = Source.REPORT,
    certain: bool = True,
) -> PastOccurrence:
    """An occurrence of the past."""
    return PastOccurrence(
        kind=kind,
        conversation=ConversationId(conversation),
        customer=None if customer is None else CustomerId(customer),
        at=at,
        told=format_moment(at),
        source=source,
        certain=certain,
    )


def created(at: datetime, conversation: str = "c-1", customer: str | None = "u-1") -> PastOccurrence:
    """A creation."""
    return happened(EventKind.CREATED, at, conversation, customer)


def closed(at: datetime, conversation: str = "c-1", customer: str | None = "u-1") -> PastOccurrence:
    """A closing."""
    return happened(EventKind.CLOSED, at, conversation, customer)


def days_ago(days: float, now: datetime = START) -> datetime:
    """So long before a test's clock begins."""
    return now - days * DAY


class PlayedLists:
    """All lists of one Gladly: each tells of those that `happened` within what it is asked for.

    `failures` are raised, one for each call, before anything is told; with `cut` after the first that is told.
    """

    def __init__(self, *happened_: Told) -> None:
        self.happened: list[Told] = list(happened_)
        self.exported: list[Span] = []
        self.failures: list[Failure] = []
        self.cut: list[Failure] = []
        self.asked: list[tuple[Source, datetime, datetime]] = []

    def read(self, first: date, last: date) -> AsyncGenerator[Told]:
        """The reports port."""
        start = datetime.combine(first, datetime.min.time(), START.tzinfo)
        return self._tell(Source.REPORT, start, datetime.combine(last, datetime.min.time(), START.tzinfo) + DAY)

    async def _tell(self, source: Source, start: datetime, end: datetime) -> AsyncGenerator[Told]:
        self.asked.append((source, start, end))
        if self.failures:
            raise CallFailedError(self.failures.pop())
        for told in self.happened:
            if not isinstance(told, PastOccurrence) or start <= told.at <= end:
                yield told
                if self.cut:
                    raise CallFailedError(self.cut.pop())

    @property
    def events(self) -> "_PlayedEvents":
        """The Events API."""
        return _PlayedEvents(self)

    @property
    def exports(self) -> "_PlayedExports":
        """The exports."""
        return _PlayedExports(self)

    def sources(self) -> Sequence[Source]:
        """From which lists was read, in order."""
        return [source for source, _, _ in self.asked]

    def tell(self, source: Source, start: datetime, end: datetime) -> AsyncGenerator[Told]:
        """Tell of a span as another list."""
        return self._tell(source, start, end)


class _PlayedEvents:
    def __init__(self, lists: PlayedLists) -> None:
        self._lists = lists

    async def read(self, start: datetime, end: datetime) -> AsyncGenerator[bytes]:
        async for told in self._lists.tell(Source.EVENTS_API, start, end):
            if isinstance(told, PastOccurrence):
                yield past_body(told)


class _PlayedExports:
    def __init__(self, lists: PlayedLists) -> None:
        self._lists = lists

    async def jobs(self) -> Sequence[ExportJob]:
        return [ExportJob(id=f"j-{number}", span=span, updated_at=span.end) for number, span in self._numbered()]

    def _numbered(self) -> Sequence[tuple[int, Span]]:
        return list(enumerate(self._lists.exported))

    def read(self, job: ExportJob) -> AsyncGenerator[Told]:
        return self._lists.tell(Source.EXPORT, job.span.start, job.span.end)
