"""The mirror check: what Segment accepted against what arrived behind it, id by id."""

import re
from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec

from gladly_segment.core.identity import message_id
from gladly_segment.core.ids import MessageId, OrganizationId, ReceiptKey, Seq

_BEFORE_KEY: Final = message_id(ReceiptKey(""))
_OURS: Final = re.compile(f"{re.escape(_BEFORE_KEY)}[0-9a-f]{{40}}")


class Finding(StrEnum):
    """What is wrong with a messageId.

    `missing`: accepted, and not arrived in time. `doubled`: arrived more than once. `strange`: it looks like one of
    ours, and no event has it.
    """

    MISSING = "missing"
    DOUBLED = "doubled"
    STRANGE = "strange"


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """An event that Segment accepted within the span that is looked at."""

    message_id: MessageId
    organization: OrganizationId
    seq: Seq
    at: datetime


class Mirrored(msgspec.Struct, frozen=True, kw_only=True):
    """One messageId as both sides have it. It `is_known` when any event has it, accepted in the span or not."""

    message_id: MessageId
    arrived: int
    accepted: Accepted | None
    is_known: bool


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """What the check found: `accepted = arrived + missing + awaited`; awaited ones are not due yet."""

    accepted: int = 0
    arrived: int = 0
    awaited: int = 0
    missing: int = 0
    doubled: int = 0
    strange: int = 0

    @property
    def is_even(self) -> bool:
        """Tell that nothing is wrong."""
        return not (self.missing or self.doubled or self.strange)


class Reckoning:
    """Makes an account of one messageId after another, each given once; holds none of them."""

    def __init__(self, due_before: datetime) -> None:
        """What was accepted before then must have arrived."""
        self._due_before = due_before
        self.account = Account()

    def note(self, each: Mirrored) -> Finding | None:
        """Take one into the account, and tell what is wrong with it."""
        finding, counted = self._judge(each)
        if finding is not None:
            counted = {**counted, finding: 1}
        added = {name: getattr(self.account, name) + more for name, more in counted.items()}
        self.account = msgspec.structs.replace(self.account, **added)
        return finding

    def _judge(self, each: Mirrored) -> tuple[Finding | None, dict[str, int]]:
        doubled = Finding.DOUBLED if each.arrived > 1 else None
        if each.accepted is None:
            return (doubled, {}) if each.is_known else (Finding.STRANGE, {})
        if each.arrived:
            return doubled, {"accepted": 1, "arrived": 1}
        if each.accepted.at < self._due_before:
            return Finding.MISSING, {"accepted": 1}
        return None, {"accepted": 1, "awaited": 1}


def is_ours(message: str) -> bool:
    """Tell whether a messageId looks like one of this service's."""
    return _OURS.fullmatch(message) is not None


def key_of(message: MessageId) -> ReceiptKey:
    """Give the receipt key that one of our messageIds was made of."""
    return ReceiptKey(message.removeprefix(_BEFORE_KEY))
