"""What the service tells the outside about itself: typed, so that logs, metrics and pages say the same."""

from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from gladly_segment.core.backfill_signals import BackfillSignal
from gladly_segment.core.certificate_signals import CertificateSignal
from gladly_segment.core.failures import FailureKind
from gladly_segment.core.feed_signals import FeedSignal
from gladly_segment.core.history_signals import HistorySignal
from gladly_segment.core.ids import Lane, OrganizationId, ReceiptKey, Seq
from gladly_segment.core.lifecycle import Stage, State
from gladly_segment.core.mirror_signals import MirrorSignal
from gladly_segment.core.records import Appended
from gladly_segment.core.signal import Signaled as _Signal
from gladly_segment.core.work import Work


class WebhookAnswered(_Signal, frozen=True):
    """A request to a webhook address was answered. `organization` is None when it named none that we know."""

    organization: OrganizationId | None
    status: int
    seconds: float


class TurnedAwayFor(StrEnum):
    """Why a listener ended a connection without a request of it being answered."""

    CONNECTIONS = "connections"
    CONNECTIONS_OF_ADDRESS = "connections_of_address"
    SLOW = "slow"
    NOT_HTTP = "not_http"


class TurnedAway(_Signal, frozen=True):
    """A listener ended a connection; for `connections` it may be another one, which rested, to make room."""

    reason: TurnedAwayFor


class ReceiptAppended(_Signal, frozen=True):
    """An event became durable, or was recognised as one that already is.

    `state` is the one in which it came; `traceparent` (W3C Trace Context) is the sender's, or empty.
    """

    organization: OrganizationId
    event_type: str
    event_id: str
    disposition: Appended
    key: ReceiptKey
    lane: Lane
    state: State
    received_at: datetime
    traceparent: str = ""


class ReceiptSettled(_Signal, frozen=True):
    """A receipt entered a state that it did not have; `seconds` since it was received, None of the past."""

    organization: OrganizationId
    seq: Seq
    state: State
    reason: str
    detail: str
    seconds: float | None


class AttemptFailed(_Signal, frozen=True):
    """A stage met trouble with a receipt or a batch and tries again later."""

    organization: OrganizationId
    stage: Stage
    kind: FailureKind
    detail: str
    receipts: int


class WorkEnded(_Signal, frozen=True):
    """A stage's attempt at a receipt ended, and `state` is where the receipt stands now: if where it was, put off."""

    work: Work
    state: State
    reason: str
    detail: str


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
    """One request to Gladly was answered (or not: `status` 0).

    `limit` and `left` are what Gladly told of its rate, in requests per second; None when it told nothing.
    """

    organization: OrganizationId
    resource: str
    status: int
    seconds: float
    limit: int | None = None
    left: int | None = None


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


class SettingsTrouble(_Signal, frozen=True):
    """An organization's settings, or all of them (None), could not be used: what was known before goes on."""

    organization: OrganizationId | None
    detail: str


class Change(StrEnum):
    """What became of an organization."""

    ADDED = "added"
    CHANGED = "changed"
    PAUSED = "paused"
    RESUMED = "resumed"
    REMOVED = "removed"


class OrganizationChanged(_Signal, frozen=True):
    """The service took note of a change of an organization."""

    organization: OrganizationId
    change: Change


class SpansDropped(_Signal, frozen=True):
    """Spans were given up: the collector does not take them, or not fast enough."""

    spans: int


class TracingTrouble(_Signal, frozen=True):
    """The collector stopped taking spans; what it does not take is dropped."""

    detail: str


class TracingResumed(_Signal, frozen=True):
    """The collector takes spans again."""


EventSignal: TypeAlias = (
    WebhookAnswered
    | TurnedAway
    | ReceiptAppended
    | ReceiptSettled
    | AttemptFailed
    | WorkEnded
    | StageHeld
    | StageResumed
    | GladlyCalled
    | BatchSent
    | JournalTrouble
    | SettingsTrouble
    | OrganizationChanged
    | SpansDropped
    | TracingTrouble
    | TracingResumed
)
"""About events and what is done with them."""

Signal: TypeAlias = EventSignal | FeedSignal | HistorySignal | BackfillSignal | CertificateSignal | MirrorSignal
