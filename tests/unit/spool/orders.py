"""Orders for the tests of the file of backfills."""

from gladly_segment.core.backfill import Order, Plan
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.past import Span
from tests.support.pasts import days_ago
from tests.support.receipts import SHOP

A_PLAN = Plan(known=1, uncertain=0, calls=7, rate_per_s=9.0, hours=0.1, track_events=6)


def an_order(
    since: float = 30,
    until: float = 0,
    *,
    organization: OrganizationId = SHOP,
    plan_only: bool = False,
    integrations: bytes = b"{}",
) -> Order:
    """An order of what happened between so many days ago."""
    return Order(
        organization=organization,
        span=Span(days_ago(since), days_ago(until)),
        plan_only=plan_only,
        integrations=integrations,
    )
