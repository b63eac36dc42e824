"""What an occurrence is called: receipt keys and message ids, the same whatever path brought the occurrence."""

import hashlib
from datetime import datetime
from typing import Final

from gladly_segment.core.ids import ConversationId, MessageId, OrganizationId, ReceiptKey
from gladly_segment.core.moments import format_moment, parse_moment

_KEY_HEX_DIGITS: Final = 40
_MESSAGE_ID_PREFIX: Final = "gladly-"


def created_key(organization: OrganizationId, conversation: ConversationId) -> ReceiptKey:
    """Name the creation of a conversation: it happens once, so its time is no part of the name."""
    return _key("created", organization, conversation)


def closed_key(organization: OrganizationId, conversation: ConversationId, at: str) -> ReceiptKey | None:
    """Name one closing of a conversation by its moment (RFC 3339) in milliseconds: after a reopen there is another.

    Gladly tells the same moment in nanoseconds, or in milliseconds only, depending on where it is read (decision 21).
    None when `at` is no time.
    """
    moment = parse_moment(at)
    return None if moment is None else _key("closed", organization, conversation, _written(moment))


def event_key(organization: OrganizationId, event_type: str, event_id: str) -> ReceiptKey:
    """Name an event by the id that Gladly gave it, for events that are no occurrence of a conversation."""
    return _key("event", organization, event_type, event_id)


def body_key(organization: OrganizationId, body: bytes) -> ReceiptKey:
    """Name an event that brought nothing else to name it by: a repeat has the same bytes."""
    return _key("body", organization, hashlib.sha256(body).hexdigest())


def message_id(key: ReceiptKey) -> MessageId:
    """Turn a receipt key into Segment's `messageId` (under 100 characters, 160 bits, Segment fact sheet)."""
    return MessageId(_MESSAGE_ID_PREFIX + key)


def _written(moment: datetime) -> str:
    # With nine digits, as those names were made that nanoseconds had a part in: where these are 0, it stays the same.
    return format_moment(moment).removesuffix("Z") + "000000Z"


def _key(*parts: str) -> ReceiptKey:
    # Each part is preceded by its length: ("ab", "c") and ("a", "bc") must not meet.
    digest = hashlib.sha256()
    for part in parts:
        encoded = part.encode("utf-8", "surrogatepass")
        digest.update(len(encoded).to_bytes(4, "big"))
        digest.update(encoded)
    return ReceiptKey(digest.hexdigest()[:_KEY_HEX_DIGITS])
