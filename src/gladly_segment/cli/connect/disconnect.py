"""`gladly-segment disconnect`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

from cyclopts import Parameter

from gladly_segment.cli.ask import confirmed
from gladly_segment.cli.connect.declaration import Before, look_before
from gladly_segment.cli.connect.vendors import gladly_of
from gladly_segment.cli.connect.voice import Voice, guarded, is_terminal
from gladly_segment.cli.journal import AsJson, Config, Yes
from gladly_segment.cli.loop import run
from gladly_segment.cli.serve import SettingsFile
from gladly_segment.config import Settings
from gladly_segment.config.declared import organization_of
from gladly_segment.connect.decide import ours
from gladly_segment.connect.looking import list_webhooks
from gladly_segment.connect.refusals import Reason, refusal
from gladly_segment.connect.take_down import take_all_down, until_settled
from gladly_segment.connect.wish import Outcome, Step, Told
from gladly_segment.connect.workspace import BY_PERSON
from gladly_segment.core.credentials import WebhookCredentials
from gladly_segment.core.errors import InputError
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.organization import GladlyAccess
from gladly_segment.gladly import GladlyWebhooks
from gladly_segment.ports.registry import Action
from gladly_segment.ports.webhooks import Webhook
from gladly_segment.service.beside import curating, has_unsettled, is_served, registering
from gladly_segment.service.clock import SystemClock

_WAIT_S: Final = 60.0


def disconnect_command(
    name: Annotated[str, Parameter(help="The organization.")],
    /,
    *,
    drop_waiting: Annotated[
        bool, Parameter(negative="", help="Take it out though events of it wait, which then are not sent.")
    ] = False,
    yes: Yes = False,
    json: AsJson = False,
    config: Config = None,
    data_dir: Annotated[Path | None, Parameter(help="Directory of the journal, instead of the settings' own.")] = None,
) -> int:
    """Undo `connect`: delete the webhook at Gladly, let what was received be delivered, and take the organization out.

    Run again, it does what is left to do.
    """
    voice = Voice(json=json)

    def work() -> int:
        settings = SettingsFile(config, data_dir).load()
        return _disconnect(OrganizationId(name), settings, voice, yes=yes, drop_waiting=drop_waiting)

    return guarded(voice, work, stopped="Stopped. Run it again to do the rest.")


def _disconnect(name: OrganizationId, settings: Settings, voice: Voice, *, yes: bool, drop_waiting: bool) -> int:
    if name in settings.organizations:
        raise InputError(
            f"{name} is declared in the settings", hint="take it out there, and delete its webhook in Gladly"
        )
    before = run(look_before(name, settings))
    if before.declared is None:
        voice.tell(Told(Step.DECLARATION, Outcome.UNCHANGED, f"{name} is not connected: there is nothing to undo"))
        return 0
    if before.closed is not None:
        raise before.closed
    if not yes and not confirmed(f"Delete the webhook of {name} at Gladly, and take {name} out with its credentials?"):
        return 0
    access = organization_of(name, before.settings, WebhookCredentials(), settings).gladly
    run(_take_down(name, access, before, voice))
    waits = run(_still_waits(name, settings))
    if waits and not drop_waiting and not _asked(name, yes=yes):
        raise refusal(Reason.EVENTS_WAIT, f"no more webhooks come, but events of {name} wait to be delivered")
    run(_take_out(name, settings))
    voice.tell(
        Told(Step.DECLARATION, Outcome.CHANGED, f"{name} is taken out; what it received stays for its retention")
    )
    return 0


async def _take_down(name: OrganizationId, access: GladlyAccess, before: Before, voice: Voice) -> None:
    async with gladly_of(name, access) as requests:
        webhooks = GladlyWebhooks(requests)
        found: Sequence[Webhook] = ours(name, await list_webhooks(webhooks), before.webhook_id)
        await take_all_down(webhooks, found, voice.tell)


async def _still_waits(name: OrganizationId, settings: Settings) -> bool:
    async with curating(settings.data_dir) as curator:
        within_s = _WAIT_S if is_served(settings.data_dir) else 0.0
        return not await until_settled(lambda: has_unsettled(curator, name), SystemClock(), within_s)


def _asked(name: OrganizationId, *, yes: bool) -> bool:
    return not yes and is_terminal() and confirmed(f"Events of {name} wait, and will not be sent. Take it out?")


async def _take_out(name: OrganizationId, settings: Settings) -> None:
    async with registering(settings.data_dir) as registry:
        await registry.remove(name)
        now = SystemClock().now()
        await registry.note_action(Action(at=now, organization=name, by=BY_PERSON, what="disconnected"))
