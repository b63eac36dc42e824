"""What is to be done at Gladly, by what is there already. Pure."""

from collections.abc import Iterator, Sequence
from typing import Final, TypeAlias

import msgspec
from yarl import URL

from gladly_segment.connect.address import same_address, shown_address
from gladly_segment.connect.refusals import Reason, refusal
from gladly_segment.connect.wish import EVENTS, WEBHOOK_NAME
from gladly_segment.core.errors import ConnectRefusedError
from gladly_segment.core.ids import OrganizationId
from gladly_segment.ports.webhooks import Webhook

MOST_WEBHOOKS: Final = 20
"""Of an organization (Gladly fact sheet, webhooks API)."""

_SHOWN: Final = 5


class Create(msgspec.Struct, frozen=True):
    """Register a webhook; `others` deliver here already, with credentials that must go on counting."""

    others: bool = False


class Renew(msgspec.Struct, frozen=True):
    """Put the wish in the place of what is registered; `differences` says what is not as it should be."""

    webhook: Webhook
    differences: tuple[str, ...]


class Keep(msgspec.Struct, frozen=True):
    """All is right."""

    webhook: Webhook


class Foreign(msgspec.Struct, frozen=True):
    """The address is that of a webhook which was not made by this software."""

    webhook: Webhook


Plan: TypeAlias = Create | Renew | Keep


def decide(
    organization: OrganizationId,
    address: str,
    listed: Sequence[Webhook],
    *,
    noted: str | None,
    has_login: bool,
    take_over: bool = False,
) -> Plan | Foreign:
    """Compare the webhooks with the wish for one at `address`. Raises ConnectRefusedError when there is no room.

    `noted` is the id of the one that was connected before, `has_login` whether credentials of it are known here.
    """
    at_address = next((each for each in listed if same_address(each.url, address)), None)
    found = at_address or next((each for each in listed if each.id == noted), None)
    if found is None:
        if len(listed) >= MOST_WEBHOOKS:
            raise _no_room(listed)
        return Create(any(each.enabled and leads_to(each, organization) for each in listed))
    if found.id != noted and found.name != WEBHOOK_NAME and not take_over:
        return Foreign(found)
    differences = tuple(_differences(found, address, knows_login=has_login and found.id == noted))
    return Renew(found, differences) if differences else Keep(found)


def ours(organization: OrganizationId, listed: Sequence[Webhook], noted: str | None) -> Sequence[Webhook]:
    """Give the webhooks that were made for an organization by this software."""
    return [
        each
        for each in listed
        if each.id == noted or (each.name == WEBHOOK_NAME and leads_to(each, organization) and noted is None)
    ]


def leads_to(webhook: Webhook, organization: OrganizationId) -> bool:
    """Tell whether a webhook leads to an organization's address, on whatever host."""
    try:
        return URL(webhook.url).path.endswith(f"/webhooks/{organization}")
    except ValueError:
        return False


def whose(webhook: Webhook) -> str:
    """Say whose webhook it is, as far as can be seen."""
    name = f"“{webhook.name}”" if webhook.name else "without a name"
    return f"the webhook {name} (id {webhook.id}, {'enabled' if webhook.enabled else 'disabled'})"


def url_taken(webhook: Webhook) -> ConnectRefusedError:
    """Say who has the address."""
    return refusal(
        Reason.URL_TAKEN,
        f"{whose(webhook)} has the address {shown_address(webhook.url)} already, and was not made by this software",
        "delete it in Gladly under Settings, Webhooks, or have it taken over (--yes), with new credentials",
    )


def _no_room(listed: Sequence[Webhook]) -> ConnectRefusedError:
    names = ", ".join(sorted({each.name for each in listed if each.name and not each.enabled})[:_SHOWN])
    disabled = f"; disabled are: {names}" if names else ""
    return refusal(
        Reason.WEBHOOK_LIMIT,
        f"the organization has {len(listed)} webhooks, and Gladly allows {MOST_WEBHOOKS}{disabled}",
    )


def _differences(webhook: Webhook, address: str, *, knows_login: bool) -> Iterator[str]:
    if not same_address(webhook.url, address):
        yield f"it led to {shown_address(webhook.url)}"
    if missing := sorted(EVENTS - set(webhook.events)):
        yield f"it did not ask for {', '.join(missing)}"
    if not webhook.has_credentials or not knows_login:
        yield "its credentials were not known here"
    if not webhook.enabled:
        yield (
            "Gladly had disabled it after its last retry"
            if webhook.disabled_at_due_to_retry_limit
            else "it was disabled"
        )
