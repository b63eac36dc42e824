"""What is to be done at Gladly, by what is registered there."""

import pytest

from gladly_segment.connect.decide import Create, Foreign, Keep, Plan, Renew, decide, leads_to, ours, whose
from gladly_segment.connect.wish import EVENTS
from gladly_segment.core.errors import ConnectRefusedError
from gladly_segment.ports.webhooks import Webhook
from tests.unit.connect.doubles import ADDRESS, SHOP, a_webhook

NOTED = "w-1"


def plan(
    *listed: Webhook, noted: str | None = NOTED, has_login: bool = True, take_over: bool = False
) -> Plan | Foreign:
    return decide(SHOP, ADDRESS, listed, noted=noted, has_login=has_login, take_over=take_over)


def differences(*listed: Webhook, noted: str | None = NOTED, has_login: bool = True) -> tuple[str, ...]:
    found = plan(*listed, noted=noted, has_login=has_login)
    assert isinstance(found, Renew)
    return found.differences


def test_where_there_is_none_one_is_registered() -> None:
    assert plan(a_webhook("w-2", url="https://elsewhere.example/hooks")) == Create(others=False)


def test_others_that_deliver_to_this_organization_are_minded() -> None:
    elsewhere = f"https://old-host.example/webhooks/{SHOP}"

    assert plan(a_webhook("w-2", url=elsewhere)) == Create(others=True)
    assert plan(a_webhook("w-2", url=elsewhere, enabled=False)) == Create(others=False)
    assert plan(a_webhook("w-2", url=f"{elsewhere}-two")) == Create(others=False)


def test_one_that_is_as_it_should_be_is_kept() -> None:
    webhook = a_webhook(events=EVENTS | {"EXPORT_JOB/COMPLETED"}, name="renamed by hand")

    assert plan(webhook) == Keep(webhook)


def test_it_is_recognised_by_its_url_however_that_is_written() -> None:
    webhook = a_webhook(url=ADDRESS.replace("hooks.shop.example", "HOOKS.shop.example:443"))

    assert plan(webhook) == Keep(webhook)


@pytest.mark.parametrize(
    ("webhook", "told"),
    [
        (a_webhook(url="https://old.example/webhooks/shop"), "it led to https://old.example/webhooks/shop"),
        (a_webhook(events=EVENTS - {"CUSTOMER/MERGED"}), "it did not ask for CUSTOMER/MERGED"),
        (a_webhook(has_credentials=False), "its credentials were not known here"),
        (a_webhook(enabled=False), "it was disabled"),
    ],
)
def test_each_difference_is_told(webhook: Webhook, told: str) -> None:
    assert differences(webhook) == (told,)


def test_one_that_was_not_noted_has_credentials_that_nobody_here_knows() -> None:
    assert differences(a_webhook(), noted=None) == ("its credentials were not known here",)
    assert differences(a_webhook(), has_login=False) == ("its credentials were not known here",)


def test_a_url_with_a_login_is_told_without_it() -> None:
    (told,) = differences(a_webhook(url="https://user:canary@old.example/webhooks/shop?key=canary"))

    assert "canary" not in told


def test_one_that_this_software_did_not_make_is_taken_over_only_when_that_is_wanted() -> None:
    webhook = a_webhook("w-2", name="The old receiver")

    assert plan(webhook) == Foreign(webhook)
    assert isinstance(plan(webhook, take_over=True), Renew)


def test_the_limit_counts_only_when_one_more_is_needed() -> None:
    others = [a_webhook(f"o-{number}", url=f"https://elsewhere.example/{number}") for number in range(19)]

    assert isinstance(plan(*others), Create)
    assert isinstance(plan(*others, a_webhook()), Keep)
    with pytest.raises(ConnectRefusedError) as error:
        plan(*others, a_webhook("o-20", url="https://elsewhere.example/20"))
    assert error.value.reason == "webhook_limit"
    assert "20" in error.value.message


def test_only_the_noted_one_is_taken_down_and_without_a_note_those_of_our_name() -> None:
    noted, sibling, strange = (
        a_webhook(),
        a_webhook("w-2", url="https://staging.example/webhooks/shop"),
        a_webhook("w-3", name="Other", url="https://x.example/webhooks/shop"),
    )
    listed = [noted, sibling, strange, a_webhook("w-4", url="https://x.example/webhooks/shop-two")]

    assert list(ours(SHOP, listed, NOTED)) == [noted]
    assert list(ours(SHOP, listed, None)) == [noted, sibling]
    assert list(ours(SHOP, listed, "gone")) == []


def test_a_url_that_is_none_leads_nowhere() -> None:
    assert not leads_to(a_webhook(url="https://[broken/webhooks/shop"), SHOP)


def test_a_webhook_is_named_even_without_a_name() -> None:
    assert whose(a_webhook(name="")) == "the webhook without a name (id w-1, enabled)"
