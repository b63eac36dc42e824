"""Undoing a connection: each step by itself, since somebody may want to be asked in between."""

from collections.abc import Callable, Sequence
from typing import Final

from gladly_segment.config import Settings
from gladly_segment.connect.decide import ours
from gladly_segment.connect.looking import list_webhooks
from gladly_segment.connect.refusals import Reason, refusal
from gladly_segment.connect.take_down import take_all_down, until_settled
from gladly_segment.connect.wish import Outcome, Step, Told
from gladly_segment.connect.workspace import BY_PERSON
from gladly_segment.core.errors import ConnectRefusedError, InputError
from gladly_segment.core.ids import OrganizationId
from gladly_segment.gladly import GladlyWebhooks
from gladly_segment.ports.registry import Action
from gladly_segment.ports.webhooks import Webhook
from gladly_segment.service.beside import curating, has_unsettled, is_served, registering
from gladly_segment.service.clock import SystemClock
from gladly_segment.service.connecting.declaration import Before, look_before
from gladly_segment.service.connecting.given import Given
from gladly_segment.service.connecting.turns import alone
from gladly_segment.service.connecting.vendors import gladly_of

_WAIT_S: Final = 60.0


async def look_at_connected(name: OrganizationId, settings: Settings) -> Before | None:
    """Read what is to be undone; None when nothing is. Raises InputError and VaultError."""
    if name in settings.organizations:
        raise InputError(
            f"{name} is declared in the settings", hint="take it out there, and delete its webhook in Gladly"
        )
    before = await look_before(name, settings)
    if before.closed is not None:
        raise before.closed
    return before if before.declared is not None else None


def not_connected(name: OrganizationId) -> Told:
    """Tell that there is nothing to undo."""
    return Told(Step.DECLARATION, Outcome.UNCHANGED, f"{name} is not connected: there is nothing to undo")


async def take_webhooks_down(
    name: OrganizationId, before: Before, settings: Settings, tell: Callable[[Told], None]
) -> None:
    """Delete the organization's webhooks at Gladly. Raises ConnectRefusedError."""
    access = Given({}, before.settings).wished(name, settings).gladly
    async with gladly_of(name, access) as requests:
        webhooks = GladlyWebhooks(requests)
        found: Sequence[Webhook] = ours(name, await list_webhooks(webhooks), before.webhook_id)
        await take_all_down(webhooks, found, tell)


async def still_waits(name: OrganizationId, settings: Settings) -> bool:
    """Let a running service deliver what was received, for a minute at most; tell whether something is left."""
    async with curating(settings.data_dir) as curator:
        within_s = _WAIT_S if is_served(settings.data_dir) else 0.0
        return not await until_settled(lambda: has_unsettled(curator, name), SystemClock(), within_s)


def events_wait(name: OrganizationId) -> ConnectRefusedError:
    """Say why it is not taken out."""
    return refusal(Reason.EVENTS_WAIT, f"no more webhooks come, but events of {name} wait to be delivered")


async def disconnect(
    name: OrganizationId, settings: Settings, tell: Callable[[Told], None], *, drop_waiting: bool, by: str
) -> None:
    """Undo a connection without asking anybody in between. Raises GladlySegmentError."""
    before = await look_at_connected(name, settings)
    if before is None:
        tell(not_connected(name))
        return
    with alone(settings.data_dir, name):
        await take_webhooks_down(name, before, settings, tell)
        if await still_waits(name, settings) and not drop_waiting:
            raise events_wait(name)
        await take_out(name, settings, tell, by=by)


async def take_out(
    name: OrganizationId, settings: Settings, tell: Callable[[Told], None], *, by: str = BY_PERSON
) -> None:
    """Take the organization out with its credentials; this is noted."""
    async with registering(settings.data_dir) as registry:
        await registry.remove(name)
        now = SystemClock().now()
        await registry.note_action(Action(at=now, organization=name, by=by, what="disconnected"))
    tell(Told(Step.DECLARATION, Outcome.CHANGED, f"{name} is taken out; what it received stays for its retention"))
