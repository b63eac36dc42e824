"""The webhook at Gladly, and what may run beside it."""

from typing import Any

import pytest

from gladly_segment.core.credentials import WebhookCredentials, salted
from gladly_segment.doctor.findings import Severity
from gladly_segment.doctor.observations import Unseen
from gladly_segment.mapping.registry import MAPPINGS, PROFILE_CHANGES
from gladly_segment.ports.registry import Feed
from gladly_segment.ports.webhooks import Webhook, WebhookId
from tests.support.organizations import an_organization
from tests.unit.doctor.builders import ACME, HOOK, codes, codes_of, found, observed, organization, replaced, webhook

EVERYTHING = (*MAPPINGS, *PROFILE_CHANGES)
OTHER = WebhookId("w-2")
NOTED = Feed(organization=ACME, webhook_id=HOOK)


def without(*events: str) -> tuple[str, ...]:
    return tuple(each for each in EVERYTHING if each not in events)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, []),
        ({"url": "https://hooks.acme.example/behind/a/proxy/webhooks/acme"}, []),
        ({"enabled": False}, ["webhook_disabled"]),
        ({"events": without("CONVERSATION/CREATED")}, ["webhook_events_missing"]),
        ({"events": without("CONVERSATION/CLOSED")}, ["webhook_events_missing"]),
        ({"events": without("CUSTOMER/MERGED")}, ["webhook_profiles_missing"]),
        ({"events": without("CUSTOMER_PROFILE/UPDATED")}, ["webhook_profiles_missing"]),
        ({"events": without("CUSTOMER_PROFILE/DELETED")}, ["webhook_profiles_missing"]),
        ({"events": without("CUSTOMER_PROFILE/CREATED")}, []),
        ({"url": "https://hooks.acme.example/webhooks/acme-eu"}, ["webhook_missing"]),
        ({"url": "https://hooks.acme.example/"}, ["webhook_missing"]),
        ({"url": ""}, ["webhook_missing"]),
        ({"url": "https://[::bad/webhooks/acme"}, ["webhook_missing"]),
    ],
)
def test_what_the_api_shows_of_a_webhook_leads_to_what_is_found(fields: dict[str, Any], expected: list[str]) -> None:
    assert codes_of(organization(webhooks=[webhook(**fields)])) == expected


def test_without_any_webhook_it_is_missing() -> None:
    assert codes_of(organization(webhooks=[])) == ["webhook_missing"]


def test_a_webhook_that_was_noted_as_ours_and_leads_elsewhere_is_told_of() -> None:
    elsewhere = webhook(url="https://hooks.acme.example/webhooks/other")

    assert codes_of(organization(webhooks=[elsewhere], feed=NOTED)) == ["webhook_elsewhere"]


@pytest.mark.parametrize(("asked_for", "expected"), [(True, ["webhook_without_credentials"]), (False, [])])
def test_credentials_are_missing_only_where_they_are_asked_for(asked_for: bool, expected: list[str]) -> None:
    logins = (salted("gladly:secret", b"salt"),) if asked_for else ()
    seen = replaced(an_organization(), webhook=WebhookCredentials(logins=logins))

    assert codes_of(organization(seen, webhooks=[webhook(has_credentials=False)])) == expected


def test_when_gladly_gave_it_up_it_tells_since_when() -> None:
    given_up = webhook(enabled=False, disabled_at_due_to_retry_limit="2026-03-01T10:00:00.000Z")

    (finding,) = found(observed(organizations=(organization(webhooks=[given_up]),)))

    assert "by Gladly at 2026-03-01T10:00:00.000Z" in finding.what


@pytest.mark.parametrize(("enabled", "expected"), [(True, ["webhook_twice"]), (False, [])])
def test_two_that_lead_here_are_one_too_many_while_both_are_enabled(enabled: bool, expected: list[str]) -> None:
    twin = webhook(id=OTHER, url="https://staging.acme.example/webhooks/acme", enabled=enabled)

    assert codes_of(organization(webhooks=[twin, webhook()])) == expected


def test_of_two_the_one_that_was_noted_is_looked_at() -> None:
    twin = webhook(id=OTHER, url="https://staging.acme.example/webhooks/acme")
    disabled = webhook(enabled=False)

    assert codes_of(organization(webhooks=[twin, disabled], feed=NOTED)) == ["webhook_disabled", "webhook_twice"]


@pytest.mark.parametrize(("count", "expected"), [(17, False), (18, True), (20, True)])
def test_many_webhooks_are_worth_a_note(count: int, expected: bool) -> None:
    others = [webhook(id=WebhookId(f"o-{n}"), url=f"https://o.example/{n}") for n in range(count - 1)]

    noted = codes_of(organization(webhooks=[webhook(), *others]), Severity.NOTE)

    assert ("webhooks_near_limit" in noted) == expected


def rival(**fields: Any) -> Webhook:
    return webhook(**{"id": OTHER, "url": "https://fn.segmentapis.com/?b=c2VjcmV0", **fields})


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, ["rival_webhook"]),
        ({"events": ("CONVERSATION/CLOSED",)}, ["rival_webhook"]),
        ({"url": "https://hooks.acme.example/to-Segment"}, ["rival_webhook"]),
        ({"enabled": False}, []),
        ({"events": ("CONTACT/STARTED",)}, []),
        ({"url": "https://crm.example/hook"}, []),
    ],
)
def test_what_seems_to_send_the_same_to_segment_is_told_of(fields: dict[str, Any], expected: list[str]) -> None:
    assert codes_of(organization(webhooks=[webhook(), rival(**fields)])) == expected


def test_of_other_webhooks_no_more_is_shown_than_the_host() -> None:
    login = "https://user:secret@hooks.acme.example/webhooks/acme?key=secret"
    twin = webhook(id=OTHER, url=login)

    findings = found(observed(organizations=(organization(webhooks=[webhook(), twin, rival(id=WebhookId("w-3"))]),)))

    assert [each.code for each in findings] == ["webhook_twice", "rival_webhook"]
    assert "c2VjcmV0" not in str(findings)
    assert "secret" not in str(findings)


def test_the_built_in_app_cannot_be_seen_and_is_noted_once() -> None:
    noted = codes(observed(organizations=(organization(), organization())), Severity.NOTE)

    assert noted.count("segment_app_hidden") == 1


@pytest.mark.parametrize(("expected", "code"), [(False, "not_looked_at"), (True, "left_out")])
def test_a_list_of_webhooks_that_could_not_be_had_is_told_of(expected: bool, code: str) -> None:
    seen = organization(webhooks=Unseen("of trouble", expected=expected))

    assert code in codes_of(seen, Severity.NOTE)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://hooks.acme.example/webhooks/acme", "hooks.acme.example/webhooks/acme"),
        ("https://hooks.acme.example:8443/webhooks/acme", "hooks.acme.example:8443/webhooks/acme"),
    ],
)
def test_a_webhook_is_shown_by_its_address(url: str, shown: str) -> None:
    (finding,) = found(observed(organizations=(organization(webhooks=[webhook(url=url, enabled=False)]),)))

    assert finding.what == f"{shown} is not enabled"


def test_of_twins_the_first_and_the_others_are_named() -> None:
    twin = webhook(id=OTHER, url="https://staging.acme.example/webhooks/acme")

    (finding,) = found(observed(organizations=(organization(webhooks=[twin, webhook()], feed=NOTED),)))

    assert finding.what == "besides hooks.acme.example/webhooks/acme there is staging.acme.example/webhooks/acme"


def test_a_rival_is_named_by_its_host() -> None:
    (finding,) = found(observed(organizations=(organization(webhooks=[webhook(), rival()]),)))

    assert finding.what == "another webhook sends conversations to fn.segmentapis.com"
