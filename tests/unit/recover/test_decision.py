"""What a look at a webhook leads to."""

from datetime import datetime, timedelta

import pytest

from gladly_segment.ports.registry import Feed
from gladly_segment.ports.webhooks import Webhook
from gladly_segment.recover.decision import Alarm, Decision, Nothing, Recover, Reenable, Trouble, decide
from tests.support.clock import START as NOW
from tests.support.feeds import a_webhook
from tests.support.receipts import SHOP

S, M, H = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)

ENABLED = a_webhook()
BY_HAND = a_webhook(enabled=False)


def gave_up(at: datetime) -> Webhook:
    return a_webhook(gave_up=at)


def feed(*, whole: datetime | None = None, disabled: datetime | None = None) -> Feed:
    return Feed(organization=SHOP, webhook_id="w-1", whole_until=whole, disabled_since=disabled)


@pytest.mark.parametrize(
    ("noted", "webhook", "decision"),
    [
        pytest.param(feed(), ENABLED, Nothing(), id="seen for the first time"),
        pytest.param(feed(whole=NOW - M), ENABLED, Nothing(), id="as a minute ago"),
        pytest.param(feed(whole=NOW - 5 * M), ENABLED, Nothing(), id="away for as long as retries bridge"),
        pytest.param(feed(whole=NOW - 5 * M - S), ENABLED, Recover(NOW - 2 * H - 5 * M - S), id="away for longer"),
        pytest.param(feed(whole=NOW - 50 * H), ENABLED, Recover(NOW - 52 * H), id="away for days"),
        pytest.param(feed(whole=NOW + H), ENABLED, Nothing(), id="the clock went back"),
        pytest.param(
            feed(whole=NOW - 2 * M, disabled=NOW - M), ENABLED, Recover(NOW - 2 * H - 2 * M), id="enabled by hand again"
        ),
        pytest.param(feed(disabled=NOW - M), ENABLED, Nothing(), id="being connected, and now enabled"),
        pytest.param(
            feed(whole=NOW - 3 * H), gave_up(NOW - H), Reenable(NOW - H, NOW - 5 * H), id="given up while away"
        ),
        pytest.param(
            feed(whole=NOW - M), gave_up(NOW - M), Reenable(NOW - M, NOW - 2 * H - M), id="given up while looked at"
        ),
        pytest.param(feed(), gave_up(NOW - H), Reenable(NOW - H, NOW - 3 * H), id="given up before the first look"),
        pytest.param(
            feed(whole=NOW - H, disabled=NOW - 20 * H),
            gave_up(NOW - 20 * H),
            Reenable(NOW - 20 * H, NOW - 3 * H),
            id="given up, and recovered up to an hour ago",
        ),
        pytest.param(
            feed(whole=NOW - M),
            a_webhook(enabled=False, gave_up=NOW - H),
            Reenable(NOW - H, NOW - 2 * H - M),
            id="the mark of the retry limit counts",
        ),
        pytest.param(feed(whole=NOW - M), BY_HAND, Alarm(Trouble.DISABLED_BY_HAND, NOW), id="disabled by hand"),
        pytest.param(
            feed(whole=NOW - 9 * H, disabled=NOW - 8 * H),
            BY_HAND,
            Alarm(Trouble.DISABLED_BY_HAND, NOW - 8 * H),
            id="disabled by hand long ago",
        ),
        pytest.param(feed(), BY_HAND, Nothing(), id="being connected"),
        pytest.param(feed(disabled=NOW - 3 * M + S), BY_HAND, Nothing(), id="still being connected"),
        pytest.param(
            feed(disabled=NOW - 3 * M), BY_HAND, Alarm(Trouble.DISABLED_BY_HAND, NOW - 3 * M), id="never enabled"
        ),
        pytest.param(feed(whole=NOW - M), None, Alarm(Trouble.MISSING, NOW), id="deleted"),
        pytest.param(feed(), None, Nothing(), id="not there yet"),
        pytest.param(feed(disabled=NOW - 3 * M), None, Alarm(Trouble.MISSING, NOW - 3 * M), id="never there"),
    ],
)
def test_a_look_leads_to(noted: Feed, webhook: Webhook | None, decision: Decision) -> None:
    assert decide(noted, webhook, NOW) == decision


def test_a_mark_that_is_no_time_still_means_the_retry_limit() -> None:
    webhook = Webhook(
        id=ENABLED.id,
        name="",
        url="",
        events=(),
        enabled=False,
        has_credentials=True,
        disabled_at_due_to_retry_limit="yesterday",
    )

    assert decide(feed(), webhook, NOW) == Reenable(NOW, NOW - 2 * H)
