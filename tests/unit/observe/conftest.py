from datetime import timedelta
from typing import Final

from gladly_segment.core.failures import FailureKind
from gladly_segment.core.ids import OrganizationId, Seq
from gladly_segment.core.lifecycle import Stage, State
from gladly_segment.core.records import Appended
from gladly_segment.core.signals import (
    AttemptFailed,
    BatchSent,
    GladlyCalled,
    JournalTrouble,
    ReceiptAppended,
    ReceiptSettled,
    Signal,
    StageHeld,
    StageResumed,
    WebhookAnswered,
)
from tests.support.clock import START

SHOP: Final = OrganizationId("shop")

ONE_OF_EACH: Final[tuple[Signal, ...]] = (
    WebhookAnswered(SHOP, 200, 0.25),
    ReceiptAppended(SHOP, "CONVERSATION/CLOSED", "e-1", Appended.NEW),
    ReceiptSettled(SHOP, Seq(7), State.DELIVERED, "", "", 0.5),
    AttemptFailed(SHOP, Stage.DELIVER, FailureKind.UNAVAILABLE, "answered 503 (Service Unavailable)", 3),
    StageHeld(SHOP, Stage.ENRICH, "answered 401 (Unauthorized)", START + timedelta(seconds=30)),
    StageResumed(SHOP, Stage.ENRICH),
    GladlyCalled(SHOP, "conversations", 200, 0.125),
    BatchSent(SHOP, 200, 3, 1_000, 0.0625),
    JournalTrouble("the journal could not be written: disk full"),
)
"""A signal of every kind there is; a test holds it to the list of kinds."""
