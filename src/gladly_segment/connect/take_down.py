"""Undoing a connection: no more webhooks come, and what has come is worked off."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from gladly_segment.connect.address import shown_address
from gladly_segment.connect.refusals import gladly_refusal
from gladly_segment.connect.wish import Outcome, Step, Told
from gladly_segment.core.errors import CallFailedError
from gladly_segment.ports.clock import Clock
from gladly_segment.ports.webhooks import Webhook, Webhooks

_LOOK_EVERY_S: Final = 0.25


async def take_down(webhooks: Webhooks, webhook: Webhook) -> None:
    """Disable and delete one webhook. Raises CallFailedError."""
    if webhook.enabled:
        await webhooks.enable(webhook.id, enabled=False)
    await webhooks.delete(webhook.id)


async def take_all_down(webhooks: Webhooks, ours: Sequence[Webhook], tell: Callable[[Told], None]) -> None:
    """Disable and delete webhooks, each told. Raises ConnectRefusedError."""
    for webhook in ours:
        try:
            await take_down(webhooks, webhook)
        except CallFailedError as error:
            raise gladly_refusal(error.failure, "the webhook") from error
        tell(Told(Step.WEBHOOK, Outcome.CHANGED, f"the webhook at {shown_address(webhook.url)} is deleted"))
    if not ours:
        tell(Told(Step.WEBHOOK, Outcome.UNCHANGED, "there is no webhook of it at Gladly"))


async def until_settled(waits: Callable[[], Awaitable[bool]], clock: Clock, within_s: float) -> bool:
    """Wait until nothing of the organization waits any more; tell whether it came to that in time."""
    until = clock.monotonic() + within_s
    while await waits():
        if clock.monotonic() >= until:
            return False
        await clock.sleep(_LOOK_EVERY_S)
    return True
