"""Reads what somebody orders on the page."""

from datetime import UTC, date, datetime, time
from typing import Final

import msgspec

from gladly_segment.core.backfill import Order
from gladly_segment.core.errors import GladlySegmentError
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.moments import moment_before
from gladly_segment.core.past import Span
from gladly_segment.debugger.completeness.endpoints import BackfillForm

_HOW_TO_WRITE: Final = "Write a day (2026-08-01), a moment (2026-08-01T06:00:00Z), or how long ago (90d)."


class WrongOrderError(GladlySegmentError):
    """Something in an order cannot be used; `field` names where."""

    code = "wrong_order"

    def __init__(self, field: str, message: str, *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.field = field


def order_of(form: BackfillForm, organization: OrganizationId, now: datetime) -> Order:
    """Give what is ordered. Raises WrongOrderError."""
    return Order(
        organization=organization,
        span=span_of(form.since, form.until, now),
        integrations=_integrations(form.integrations),
        plan_only=form.plan_only,
    )


def span_of(since: str, until: str, now: datetime) -> Span:
    """Give the time from one moment to another; up to now where the latter is empty. Raises WrongOrderError."""
    # In whole seconds, so that a page can give it back as it is.
    now = now.replace(microsecond=0)
    start = _moment("since", since, now)
    end = _moment("until", until, now) if until else now
    if start >= now:
        raise WrongOrderError("since", "That is not in the past.", hint=_HOW_TO_WRITE)
    if end <= start:
        raise WrongOrderError("until", "That is not after the beginning.", hint=_HOW_TO_WRITE)
    return Span(start, min(end, now))


def _moment(field: str, text: str, now: datetime) -> datetime:
    found = moment_before(text.strip(), now) or _day(text.strip())
    if found is None:
        raise WrongOrderError(field, "That is no time.", hint=_HOW_TO_WRITE)
    return found


def _day(text: str) -> datetime | None:
    try:
        return datetime.combine(date.fromisoformat(text), time(), UTC)
    except ValueError:
        return None


def _integrations(text: str) -> bytes:
    try:
        # In one way of writing: the same wish is the same order.
        return msgspec.json.encode(msgspec.json.decode(text, type=dict[str, bool | dict[str, object]]))
    except msgspec.DecodeError:
        raise WrongOrderError(
            "integrations",
            "That is no JSON object of destinations.",
            hint='Write {} for all destinations, or for example {"All": false, "Warehouse": true}.',
        ) from None
