"""What would be done, said before it is done."""

import pytest

from gladly_segment.connect.carry_out import Known
from gladly_segment.connect.decide import Create, Foreign, Keep, Plan, Renew
from gladly_segment.connect.intended import at_gladly, here
from gladly_segment.connect.workspace import Bound, Free, Judgement, OtherPlace
from gladly_segment.core.credentials import WebhookCredentials
from gladly_segment.ports.registry import Binding
from tests.support.clock import START
from tests.unit.connect.doubles import ADDRESS, a_webhook, a_wish

KNOWN = Known(WebhookCredentials(), is_as_wished=True)
OTHERS = Known(WebhookCredentials(), is_as_wished=False)
BINDING = Binding(fingerprint="f", organization=a_wish().organization, environment="e", region="us", bound_at=START)


@pytest.mark.parametrize(
    ("plan", "says"),
    [
        (Create(), ["Register the webhook", ADDRESS, "Enable it once"]),
        (Renew(a_webhook(enabled=False), ("it was disabled",)), ["Mend", "it was disabled", "Enable it once"]),
        (Keep(a_webhook()), ["Nothing"]),
        (Foreign(a_webhook(name="The old receiver")), ["Take over", "The old receiver", "new credentials"]),
    ],
    ids=["create", "renew", "keep", "foreign"],
)
def test_what_would_be_done_at_gladly_is_said(plan: Plan | Foreign, says: list[str]) -> None:
    told = " ".join(at_gladly(plan, a_wish()))

    assert [text for text in says if text not in told] == []


def test_a_webhook_that_is_enabled_is_not_said_to_be_enabled() -> None:
    assert "Enable" not in " ".join(at_gladly(Renew(a_webhook(), ("it has new credentials",)), a_wish()))


@pytest.mark.parametrize(
    ("known", "plan", "judgement", "says"),
    [
        (None, Create(), Free(), ["Declare shop", "sealed", "Bind this write key to shop (production, us)"]),
        (OTHERS, Keep(a_webhook()), Bound(), ["settings of shop anew"]),
        (KNOWN, Keep(a_webhook()), Bound(), ["Nothing"]),
        (KNOWN, Create(), Bound(), ["new credentials"]),
        (KNOWN, Keep(a_webhook()), OtherPlace(BINDING), ["in the place of what is bound now"]),
    ],
)
def test_what_would_be_done_here_is_said(
    known: Known | None, plan: Plan, judgement: Judgement, says: list[str]
) -> None:
    told = " ".join(here(plan, a_wish(), known, judgement))

    assert [text for text in says if text not in told] == []
    assert "canary" not in told
