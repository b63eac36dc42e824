"""The webhook at Gladly, and what may run beside it."""

from collections.abc import Iterator, Sequence
from typing import Final

from yarl import URL

from gladly_segment.core.ids import OrganizationId
from gladly_segment.doctor.catalogue import found, unseen
from gladly_segment.doctor.codes import Code
from gladly_segment.doctor.findings import Check, Finding, well
from gladly_segment.doctor.observations import OrganizationSeen, Unseen
from gladly_segment.mapping.registry import MAPPINGS, PROFILE_CHANGES
from gladly_segment.ports.webhooks import Webhook

NEAR_MOST: Final = 18
"""Of 20 (Gladly fact sheet, webhooks API)."""

_LIKE_SEGMENT: Final = "segment"
_NEW_PROFILES: Final = "CUSTOMER_PROFILE/CREATED"
"""Of a customer who is new nothing is remembered yet."""


def check_webhooks(seen: OrganizationSeen) -> Iterator[Finding]:
    """One webhook leads here, is enabled, and tells of everything."""
    if isinstance(seen.webhooks, Unseen):
        yield unseen(Check.WEBHOOK, "the webhook", seen.webhooks, seen.name)
        return
    if len(seen.webhooks) >= NEAR_MOST:
        yield found(Code.WEBHOOKS_NEAR_LIMIT, f"there are {len(seen.webhooks)} webhooks", seen.organization)
    ours = _ours(seen, seen.webhooks)
    if not ours:
        yield found(Code.WEBHOOK_MISSING, f"no webhook leads to /webhooks/{seen.name}", seen.organization)
        return
    faults = [*_faults(seen, ours[0]), *_twins(seen, ours)]
    yield from faults or [well(Check.WEBHOOK, f"{_address(ours[0])} is enabled and complete", seen.name)]


def _faults(seen: OrganizationSeen, webhook: Webhook) -> Iterator[Finding]:
    address = _address(webhook)
    if not webhook.enabled:
        since = webhook.disabled_at_due_to_retry_limit
        why = f"was disabled by Gladly at {since}, after its last retry" if since else "is not enabled"
        yield found(Code.WEBHOOK_DISABLED, f"{address} {why}", seen.organization)
    if not _leads_here(webhook, seen.name):
        yield found(Code.WEBHOOK_ELSEWHERE, f"{address} does not end with /webhooks/{seen.name}", seen.organization)
    if missing := sorted(MAPPINGS.keys() - set(webhook.events)):
        yield found(Code.WEBHOOK_EVENTS_MISSING, f"{address} does not ask for {', '.join(missing)}", seen.organization)
    if missing := sorted(PROFILE_CHANGES - {_NEW_PROFILES} - set(webhook.events)):
        yield found(
            Code.WEBHOOK_PROFILES_MISSING, f"{address} does not ask for {', '.join(missing)}", seen.organization
        )
    if seen.organization.webhook.logins and not webhook.has_credentials:
        yield found(Code.WEBHOOK_WITHOUT_CREDENTIALS, f"{address} has no credentials", seen.organization)


def _twins(seen: OrganizationSeen, ours: Sequence[Webhook]) -> Iterator[Finding]:
    if twins := [_address(each) for each in ours[1:] if each.enabled]:
        what = f"besides {_address(ours[0])} there is {', '.join(twins)}"
        yield found(Code.WEBHOOK_TWICE, what, seen.organization)


def check_doubles(organizations: Sequence[OrganizationSeen]) -> Iterator[Finding]:
    """Nothing else sends the same events to Segment, as far as the API shows."""
    for seen in organizations:
        for webhook in _rivals(seen):
            what = f"another webhook sends conversations to {_url(webhook).host or '?'}"
            yield found(Code.RIVAL_WEBHOOK, what, seen.organization)
    if organizations:
        yield found(Code.SEGMENT_APP_HIDDEN, "whether Gladly's own Segment app is on is not shown by its API")


def _rivals(seen: OrganizationSeen) -> Sequence[Webhook]:
    if isinstance(seen.webhooks, Unseen):
        return ()
    ours = {webhook.id for webhook in _ours(seen, seen.webhooks)}
    return [
        each
        for each in seen.webhooks
        if each.id not in ours and each.enabled and _LIKE_SEGMENT in each.url.lower() and MAPPINGS.keys() & each.events
    ]


def _ours(seen: OrganizationSeen, webhooks: Sequence[Webhook]) -> Sequence[Webhook]:
    """Give those that are or may be ours: first the one that was noted, then enabled ones."""
    ours = [each for each in webhooks if each.id == seen.feed.webhook_id or _leads_here(each, seen.name)]
    return sorted(ours, key=lambda each: (each.id != seen.feed.webhook_id, not each.enabled))


def _leads_here(webhook: Webhook, name: OrganizationId) -> bool:
    return _url(webhook).path.endswith(f"/webhooks/{name}")


def _address(webhook: Webhook) -> str:
    url = _url(webhook)
    # Without login and query, in which secrets may stand.
    return f"{url.host}{url.path}" if url.explicit_port is None else f"{url.host}:{url.port}{url.path}"


def _url(webhook: Webhook) -> URL:
    try:
        return URL(webhook.url)
    except ValueError:
        return URL()
