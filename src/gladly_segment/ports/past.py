"""What Gladly can tell of the past beyond its last 24 hours (Gladly fact sheet, recovering what was missed)."""

from collections.abc import AsyncGenerator, Sequence
from datetime import date, datetime
from typing import Protocol

import msgspec

from gladly_segment.core.past import Span, Told


class Reports(Protocol):
    """The Reports API: all history, about an hour behind, 10 reports a minute, 2 at a time."""

    def read(self, first: date, last: date) -> AsyncGenerator[Told]:
        """Give what happened on the days from `first` to `last`, both included, by UTC; in no promised order.

        Raises CallFailedError, also after some of it: what was given stands.
        """
        ...


class ExportJob(msgspec.Struct, frozen=True, kw_only=True):
    """A completed export whose timeline items can still be read."""

    id: str
    span: Span
    updated_at: datetime


class Exports(Protocol):
    """The Export API: files of jobs that Gladly ran, kept for 14 days."""

    async def jobs(self) -> Sequence[ExportJob]:
        """Give the completed jobs that have a file of timeline items. Raises CallFailedError."""
        ...

    def read(self, job: ExportJob) -> AsyncGenerator[Told]:
        """Give a job's closings, and of each conversation one creation that is not certain; in no promised order.

        Raises CallFailedError, also after some of it: what was given stands.
        """
        ...
