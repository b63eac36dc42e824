"""What the service tells the outside about itself: typed, so that logs, metrics and pages say the same."""

import re
from datetime import datetime
from typing import TypeAlias

import msgspec

from gladly_segment.core.failures import FailureKind
from gladly_segment.core.ids import OrganizationId, Seq
from gladly_segment.core.lifecycle import Stage, State
from gladly_segment.core.records import Appended


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


class _Signal(msgspec.Struct, frozen=True, tag=_snake):
    """Its tag, `webhook_answered` for example, names the signal in logs."""


class WebhookAnswered(_Signal, frozen=True):
    """A request to a webhook address was answered. `organization` is None when it named none that we know."""

    organization: OrganizationId | None
    status: int
    seconds: float


class ReceiptAppended(_Signal, frozen=True):
    """An event became durable, or was recognised as one that already is."""

    organization: OrganizationId
    event_type: str
    event_id: str
    disposition: Appended


class ReceiptSettled(_Signal, frozen=True):
    """A receipt entered a state that it did not have; `seconds` since it was received."""

    organization: OrganizationId
    seq: Seq
    state: State
    reason: str
    detail: str
    seconds: float


class AttemptFailed(_Signal, frozen=True):
    """A stage met trouble with a receipt or a batch and tries again later."""

    organization: OrganizationId
    stage: Stage
    kind: FailureKind
    detail: str
    receipts: int


class StageHeld(_Signal, frozen=True):
    """A stage of an organization stands still until somebody mends what is wrong; it is probed again at `until`."""

    organization: OrganizationId
    stage: Stage
    detail: str
    until: datetime


class StageResumed(_Signal, frozen=True):
    """A held stage works again."""

    organization: OrganizationId
    stage: Stage


class GladlyCalled(_Signal, frozen=True):
    """One request to Gladly was answered (or not: `status` 0)."""

    organization: OrganizationId
    resource: str
    status: int
    seconds: float


class BatchSent(_Signal, frozen=True):
    """One batch was sent to Segment (`status` 0: no answer)."""

    organization: OrganizationId
    status: int
    events: int
    body_bytes: int
    seconds: float


class JournalTrouble(_Signal, frozen=True):
    """The journal could not make something durable; it is tried again."""

    detail: str


Signal: TypeAlias = (
    WebhookAnswered
    | ReceiptAppended
    | ReceiptSettled
    | AttemptFailed
    | StageHeld
    | StageResumed
    | GladlyCalled
    | BatchSent
    | JournalTrouble
)
