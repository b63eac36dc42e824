"""New credentials of a webhook, here and at Gladly: both passwords count until Gladly surely has the new one."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from gladly_segment.config import Settings
from gladly_segment.connect.decide import Renew
from gladly_segment.connect.refusals import Reason, refusal
from gladly_segment.connect.wish import Told, Wish
from gladly_segment.core.errors import ConnectRefusedError
from gladly_segment.core.ids import OrganizationId
from gladly_segment.service.connecting.carrying import Connection, connect
from gladly_segment.service.connecting.checks import see_gladly
from gladly_segment.service.connecting.given import Given
from gladly_segment.service.connecting.leaving import look_at_connected

_DIFFERENCE: Final = "it has new credentials"


async def renew(name: OrganizationId, settings: Settings, tell: Callable[[Told], None], *, by: str) -> Path | None:
    """Draw a new password, and let the former one count no more. Raises GladlySegmentError."""
    before = await look_at_connected(name, settings)
    if before is None:
        raise _no_webhook(name)
    given = Given({}, before.settings)
    seen = await see_gladly(name, given, settings)
    tell(seen.told)
    webhook = next((each for each in seen.webhooks if each.id == before.webhook_id), None)
    if webhook is None:
        raise _no_webhook(name)
    wished = given.wished(name, settings)
    connection = Connection(
        plan=Renew(webhook, (_DIFFERENCE,)),
        wish=Wish(organization=name, gladly=wished.gladly, segment=wished.segment, address=webhook.url),
        wished=before.settings,
        before=before,
        by=by,
    )
    return await connect(connection, settings, tell)


def _no_webhook(name: OrganizationId) -> ConnectRefusedError:
    return refusal(Reason.NO_WEBHOOK, f"there is no webhook of {name} at Gladly that was registered from here")
