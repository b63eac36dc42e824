"""`gladly-segment map`: what would be sent for these entities."""

import sys
from pathlib import Path
from typing import Annotated, Final, Literal, TypeVar

import msgspec
from cyclopts import Parameter

from gladly_segment.core import identity
from gladly_segment.core.admission import refusal
from gladly_segment.core.entities import Agent, Conversation, CustomerProfile
from gladly_segment.core.errors import CallFailedError, InputError
from gladly_segment.core.ids import MessageId, OrganizationId
from gladly_segment.core.lifecycle import REMEDIES, ParkCause
from gladly_segment.gladly.wire import decode
from gladly_segment.mapping.conversation import Facts
from gladly_segment.mapping.registry import MAPPINGS
from gladly_segment.mapping.track import encode

T = TypeVar("T")

_EVENT_TYPES: Final = {"created": "CONVERSATION/CREATED", "closed": "CONVERSATION/CLOSED"}


def map_command(
    *,
    event: Literal["created", "closed"],
    conversation: Annotated[Path, Parameter(help="File with the answer of GET /conversations/{id}.")],
    customer: Annotated[Path, Parameter(help="File with the answer of GET /customer-profiles/{id}.")],
    agents: Annotated[Path | None, Parameter(help="File with the answer of GET /agents.")] = None,
    organization: Annotated[str, Parameter(help="Subdomain of the organization; part of the messageId.")] = "preview",
) -> None:
    """Print the track event as it would stand in a batch to Segment. Nothing is sent.

    The messageId of a closing comes from `closedAt` of the conversation.
    """
    facts = Facts(
        _read(conversation, Conversation),
        _read(customer, CustomerProfile),
        {agent.id: agent for agent in _read(agents, tuple[Agent, ...])} if agents else {},
    )
    message_id = _message_id(event, OrganizationId(organization), facts.conversation, conversation)
    mapped = MAPPINGS[_EVENT_TYPES[event]].map(facts, message_id)
    if isinstance(mapped, ParkCause):
        raise _unfit(mapped)
    payload = encode(mapped.event)
    if (cause := refusal(payload)) is not None:
        raise _unfit(cause)
    # JSON is UTF-8, whatever encoding the terminal is said to have.
    sys.stdout.buffer.write(msgspec.json.format(payload, indent=2) + b"\n")
    for note in mapped.notes:
        print(f"note: {note}", file=sys.stderr)  # noqa: T201 - the command's output


def _message_id(event: str, organization: OrganizationId, conversation: Conversation, path: Path) -> MessageId:
    if event == "created":
        return identity.message_id(identity.created_key(organization, conversation.id))
    key = identity.closed_key(organization, conversation.id, conversation.closed_at or "")
    if key is None:
        raise InputError(
            f"the conversation in {path} has no closedAt that is a time, so it has no Closed event",
            hint="read the conversation after it was closed, or map --event created",
        )
    return identity.message_id(key)


def _read(path: Path, type_: type[T]) -> T:
    try:
        return decode(path.read_bytes(), msgspec.json.Decoder(type_))
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from None
    except CallFailedError as error:
        raise InputError(
            f"{path} does not hold what Gladly's API returns there: {error.message}",
            hint="save the whole answer of the API in it",
        ) from None


def _unfit(cause: ParkCause) -> InputError:
    remedy = REMEDIES[cause]
    return InputError(f"no event can be sent for this ({cause}): {remedy.meaning}", hint=remedy.action)
