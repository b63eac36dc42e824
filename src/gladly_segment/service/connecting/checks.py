"""What is checked before anything is changed, step by step, each with what is to be told of it."""

import os
from collections.abc import Sequence

import msgspec

from gladly_segment.config import Settings
from gladly_segment.config.explain import no_organization_name
from gladly_segment.config.organization import SEGMENT_HOSTS
from gladly_segment.config.values import ORGANIZATION_NAME
from gladly_segment.connect.decide import Foreign, Plan, decide
from gladly_segment.connect.looking import look_at_workspace, look_at_write_key
from gladly_segment.connect.marked_event import EVENT, draw_code
from gladly_segment.connect.refusals import Reason, refusal
from gladly_segment.connect.wish import Outcome, Step, Told, Wish
from gladly_segment.connect.workspace import key_use
from gladly_segment.core.errors import InputError
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.organization import Organization, SegmentAccess
from gladly_segment.ports.webhooks import Webhook
from gladly_segment.service.connecting.declaration import Before
from gladly_segment.service.connecting.given import Given
from gladly_segment.service.connecting.vendors import look, send_test_event


class GladlySeen(msgspec.Struct, frozen=True):
    """The token opens what is needed; the organization's webhooks."""

    webhooks: Sequence[Webhook]
    told: Told


class SourceSeen(msgspec.Struct, frozen=True):
    """The write key may be used; `is_known`: it was proven when the organization was connected."""

    wished: Organization
    is_known: bool
    told: Sequence[Told]


def named(name: str, settings: Settings) -> OrganizationId:
    """See that an organization of this name can be connected. Raises SettingsError or InputError."""
    if not ORGANIZATION_NAME.fullmatch(name):
        raise no_organization_name(name)
    if name in settings.organizations:
        raise InputError(
            f"{name} is declared in the settings, and its webhook's credentials are too",
            hint="take it out there and do this again, or register the webhook with those credentials",
        )
    return OrganizationId(name)


async def see_gladly(organization: OrganizationId, given: Given, settings: Settings) -> GladlySeen:
    """Look whether the token opens what will be needed. Raises ConnectRefusedError or SettingsError."""
    access = given.wished(organization, settings).gladly
    webhooks = await look(organization, access)
    return GladlySeen(webhooks, Told(Step.GLADLY, Outcome.OK, f"the token opens what is needed at {access.url}"))


def see_source(
    organization: OrganizationId, given: Given, before: Before, settings: Settings, *, may_change: bool
) -> SourceSeen:
    """See that the write key is not another's. Raises ConnectRefusedError, WrongWorkspaceError or SettingsError."""
    wished = given.wished(organization, settings)
    is_segments = wished.segment.host in SEGMENT_HOSTS.values()
    remark = look_at_write_key(wished.segment.write_key, is_segments=is_segments)
    use = key_use(organization, wished.segment)
    look_at_workspace(before.bindings, use, may_change=may_change)
    told = Told(Step.WRITE_KEY, Outcome.OK, f"it may be used for {use.place}{remark}")
    if before.declared is not None and before.closed is None:
        former = Given({}, before.settings).wished(organization, settings)
        if former.segment == wished.segment:
            known = Told(Step.TEST_EVENT, Outcome.UNCHANGED, "the source was tested when it was connected")
            return SourceSeen(wished, True, (told, known))
    return SourceSeen(wished, False, (told,))


async def send_test(organization: OrganizationId, segment: SegmentAccess) -> str:
    """Send a test event, and give its code. Raises ConnectRefusedError."""
    code = draw_code(os.urandom)
    await send_test_event(organization, segment, code)
    return code


def told_sent(segment: SegmentAccess, code: str | None) -> Told:
    """Tell that it was sent, without the code to whoever is to type it: it would prove nothing."""
    marked = "" if code is None else f" with the code {code}"
    return Told(Step.TEST_EVENT, Outcome.OK, f"“{EVENT}”{marked} was sent to {segment.host}")


def told_seen(code: str, *, seen: bool | None) -> Told:
    """Tell what was seen in the Debugger, None for nobody looked. Raises ConnectRefusedError when it did not come."""
    if seen is False:
        raise refusal(Reason.TEST_EVENT_NOT_SEEN, "the test event did not come to the source's Debugger")
    if seen:
        return Told(Step.TEST_EVENT, Outcome.OK, "the code was seen in the source's Debugger")
    told = f"not proven, since a 200 of Segment is no proof; look for {code} in your source's Debugger tab"
    return Told(Step.TEST_EVENT, Outcome.SKIPPED, told)


def noted_address(before: Before, webhooks: Sequence[Webhook]) -> str | None:
    """Give the address that was connected before, as Gladly has it."""
    return next((each.url for each in webhooks if each.id == before.webhook_id), None)


def plan_for(wish: Wish, webhooks: Sequence[Webhook], before: Before, *, take_over: bool) -> Plan | Foreign:
    """Decide what is to be done at Gladly. Raises ConnectRefusedError when there is no room."""
    return decide(
        wish.organization,
        wish.address,
        webhooks,
        noted=before.webhook_id,
        has_login=bool(before.webhook.logins),
        take_over=take_over,
    )
