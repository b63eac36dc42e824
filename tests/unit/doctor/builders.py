"""Observations in which all is well, to change one thing of."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from gladly_segment.core.certificate import Certificate, Difference, DifferenceKind
from gladly_segment.core.ids import ConversationId, OrganizationId
from gladly_segment.core.occurrence import EventKind
from gladly_segment.core.organization import Organization
from gladly_segment.core.past import Span
from gladly_segment.core.records import Source
from gladly_segment.doctor import Observations, examine
from gladly_segment.doctor.findings import Finding, Severity
from gladly_segment.doctor.observations import (
    Disk,
    FileSeen,
    JournalSeen,
    ListenerSeen,
    OrganizationSeen,
    Reached,
    ServiceSeen,
    SettingSeen,
)
from gladly_segment.mapping.registry import MAPPINGS, PROFILE_CHANGES
from gladly_segment.ports.inspector import JournalView, Pulse
from gladly_segment.ports.registry import Feed
from gladly_segment.ports.webhooks import Webhook, WebhookId
from tests.support.clock import START
from tests.support.organizations import an_organization

ACME = OrganizationId("acme")
NOW = START
HOOK = WebhookId("w-1")
GB = 1_000_000_000


def answer(status: int = 200, *, seconds: float = 0.1, date: datetime | None = None, **fields: Any) -> Reached:
    """An answer that came so long after it was asked for."""
    return Reached(status=status, sent_at=NOW, answered_at=NOW + timedelta(seconds=seconds), date=date, **fields)


def webhook(**fields: Any) -> Webhook:
    given: dict[str, Any] = {
        "id": HOOK,
        "name": "Segment",
        "url": "https://hooks.acme.example/webhooks/acme",
        "events": (*MAPPINGS, *PROFILE_CHANGES),
        "enabled": True,
        "has_credentials": True,
        **fields,
    }
    return Webhook(**given)


def organization(seen: Organization | None = None, **fields: Any) -> OrganizationSeen:
    given: dict[str, Any] = {
        "organization": seen or an_organization(),
        "gladly": answer(date=NOW, limit=10, left=9),
        "segment": answer(405, date=NOW),
        "webhooks": [webhook()],
        "feed": Feed(organization=ACME),
        **fields,
    }
    return OrganizationSeen(**given)


def journal(*, verified: Any = True, **fields: Any) -> JournalSeen:
    given: dict[str, Any] = {
        "size_bytes": GB,
        "used_bytes": GB,
        "bytes_per_day": 1_000_000.0,
        "tallies": (),
        "waiting": (),
        "troubles": (),
        "pulses": (Pulse(ACME, NOW - timedelta(minutes=1), ()),),
        **fields,
    }
    return JournalSeen(JournalView(**given), verified)


def certificate(*kinds: DifferenceKind, ago_h: int = 2, **fields: Any) -> Certificate:
    """Of the hour that began so long ago; complete but for these differences."""
    differences = tuple(
        Difference(kind=kind, conversation=ConversationId("c-1"), event=EventKind.CREATED, at=NOW) for kind in kinds
    )
    start = NOW - timedelta(hours=ago_h)
    given: dict[str, Any] = {
        "organization": ACME,
        "span": Span(start, start + timedelta(hours=1)),
        "made_at": NOW,
        "source": Source.EVENTS_API,
        "at_gladly": 0,
        "in_journal": 0,
        "accepted": 0,
        "differences": differences,
        "in_feed": True,
        **fields,
    }
    return Certificate(**given)


def listener(alive: Any = None, ready: Any = None) -> ListenerSeen:
    return ListenerSeen(
        url="http://127.0.0.1:8080", setting="server.port", alive=alive or answer(), ready=ready or answer()
    )


def observed(**fields: Any) -> Observations:
    given: dict[str, Any] = {
        "now": NOW,
        "settings": (SettingSeen("log_level", '"info"', "default"),),
        "unusable": (),
        "sealed": 1,
        "files": (FileSeen("secret.toml", 0o100600),),
        "disk": Disk(directory="data", writable=True, free_bytes=100 * GB),
        "journal": journal(),
        "journal_max_bytes": 50 * GB,
        "retention_days": 30.0,
        "service": ServiceSeen(True, (listener(),)),
        "organizations": (organization(),),
        "certificates": (certificate(),),
        **fields,
    }
    return Observations(**given)


def found(seen: Observations, least: Severity = Severity.WARNING) -> Sequence[Finding]:
    """What is found that is at least so grave; by default what the exit status tells of."""
    severities = tuple(Severity)
    return [each for each in examine(seen) if severities.index(each.severity) >= severities.index(least)]


def codes(seen: Observations, least: Severity = Severity.WARNING) -> Sequence[str]:
    return [each.code for each in found(seen, least)]


def codes_of(seen: OrganizationSeen, least: Severity = Severity.WARNING) -> Sequence[str]:
    return codes(observed(organizations=(seen,)), least)


def replaced(struct: Any, **fields: Any) -> Any:
    return msgspec.structs.replace(struct, **fields)
