"""What is checked before anything is changed."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Final

from gladly_segment.connect.refusals import Reason, gladly_refusal, refusal, segment_refusal
from gladly_segment.connect.workspace import Judgement, KeyUse, OtherKey, OtherPlace, judge, wrong_workspace
from gladly_segment.core.entities import Agent
from gladly_segment.core.errors import CallFailedError
from gladly_segment.core.failures import Failure
from gladly_segment.core.secret import Secret
from gladly_segment.ports.destination import Destination
from gladly_segment.ports.registry import Binding
from gladly_segment.ports.webhooks import Webhook, Webhooks

_USUAL_LENGTH: Final = 32


async def look_at_gladly(
    read_agents: Callable[[], Awaitable[Sequence[Agent]]], webhooks: Webhooks
) -> Sequence[Webhook]:
    """See that the token opens what will be needed, and give the webhooks. Raises ConnectRefusedError."""
    try:
        await read_agents()
    except CallFailedError as error:
        raise gladly_refusal(error.failure, "agents") from error
    return await list_webhooks(webhooks)


async def list_webhooks(webhooks: Webhooks) -> Sequence[Webhook]:
    """Give the webhooks. Raises ConnectRefusedError."""
    try:
        return await webhooks.all()
    except CallFailedError as error:
        raise gladly_refusal(error.failure, "webhooks") from error


def look_at_workspace(bindings: Iterable[Binding], use: KeyUse, *, may_change: bool) -> Judgement:
    """See that a write key is not bound otherwise, unless that `may_change`. Raises WrongWorkspaceError."""
    judgement = judge(use, bindings)
    if isinstance(judgement, OtherKey | OtherPlace) and not may_change:
        raise wrong_workspace(judgement, use.place)
    return judgement


def look_at_write_key(write_key: Secret, *, is_segments: bool) -> str:
    """See that a text can be a write key, and give a remark where it is unlike Segment's own.

    Raises ConnectRefusedError.
    """
    text = write_key.reveal()
    if not text.isascii() or not text.isprintable() or " " in text:
        raise refusal(
            Reason.WRITE_KEY_REFUSED, "what was given as the write key has spaces or signs in it that no write key has"
        )
    if not is_segments or (len(text) == _USUAL_LENGTH and text.isalnum()):
        return ""
    return f"; Segment's own keys usually have {_USUAL_LENGTH} letters and digits, and this one differs"


async def send_marked_event(destination: Destination, event: bytes) -> None:
    """Send the test event. Raises ConnectRefusedError; that Segment took it does not prove the write key."""
    answer = await destination.send([event], attempt=0)
    if isinstance(answer, Failure):
        raise segment_refusal(answer)
