"""`POST /reports`: all history, about an hour behind, with a request limit of its own (Gladly fact sheet)."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta

from aiohttp import web

from gladly_segment.sandbox.gladly.errors import ErrorDetail, RefusedError
from gladly_segment.sandbox.gladly.options import GladlyOptions
from gladly_segment.sandbox.gladly.ratelimit import RateLimit
from gladly_segment.sandbox.gladly.records import Record
from gladly_segment.sandbox.gladly.reports import METRIC_SET, Reports
from gladly_segment.sandbox.gladly.state import Organization
from gladly_segment.sandbox.gladly.times import NS_PER_S
from gladly_segment.sandbox.gladly.wire import read_body

_MINUTE_S = 60


class ReportOrder(Record, frozen=True, kw_only=True):
    """Body of `POST /reports`; both days are included."""

    metric_set: str
    start_at: str
    end_at: str
    timezone: str = "UTC"


class ReportsApi:
    """The handler below `/api/v1`."""

    def __init__(self, *, organization: Organization, options: GladlyOptions, now_ns: Callable[[], int]) -> None:
        self._reports = Reports(organization, digits=options.report_digits)
        self._present_ns = organization.log.present_ns
        self._now_ns = now_ns
        self._lag_ns = int(options.report_lag_s * NS_PER_S / options.time_factor)
        self._limit = RateLimit(options.reports_per_min, int(_MINUTE_S * NS_PER_S / options.time_factor))
        self._at_once = options.reports_at_once
        self._under_way = 0

    def routes(self) -> list[web.RouteDef]:
        """For the application mounted at `/api/v1`."""
        return [web.post("/reports", self._report)]

    async def _report(self, request: web.Request) -> web.StreamResponse:
        async with self._admitted(request.method):
            order = await read_body(request, ReportOrder)
            start_ns, end_ns = _span(order)
            answer = web.StreamResponse(headers={"Content-Type": "text/csv; charset=utf-8"})
            await answer.prepare(request)
            for chunk in self._reports.chunks(start_ns, min(end_ns, self._present_ns() - self._lag_ns)):
                await answer.write(chunk)
                # A long report must not hold up what else is asked.
                await asyncio.sleep(0)
            await answer.write_eof()
            return answer

    @asynccontextmanager
    async def _admitted(self, method: str) -> AsyncGenerator[None]:
        if self._under_way >= self._at_once or not self._limit.admit(method, self._now_ns()):
            detail = ErrorDetail(code="rate_limited", detail="too many reports at once or in one minute")
            raise RefusedError(429, (detail,))
        self._under_way += 1
        try:
            yield
        finally:
            self._under_way -= 1


def _span(order: ReportOrder) -> tuple[int, int]:
    if order.metric_set != METRIC_SET:
        raise RefusedError.invalid("metricSet", f"unknown metric set {order.metric_set}")
    if order.timezone != "UTC":
        raise RefusedError.invalid("timezone", "this sandbox knows UTC only")
    first, last = _day(order.start_at, "startAt"), _day(order.end_at, "endAt")
    if last < first:
        raise RefusedError.invalid("endAt", "endAt must not be before startAt")
    return _begins_ns(first), _begins_ns(last + timedelta(days=1)) - 1


def _day(text: str, attr: str) -> date:
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no zone
    except ValueError as error:
        raise RefusedError.invalid(attr, f"{attr} must be a day: YYYY-MM-DD") from error


def _begins_ns(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * NS_PER_S
