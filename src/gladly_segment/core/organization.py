"""One Gladly organization and the Segment source of its events, as the service runs it."""

from datetime import timedelta
from enum import StrEnum
from typing import Final

import msgspec

from gladly_segment.core.credentials import WebhookCredentials
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.occurrence import ALL_KINDS, EventKind
from gladly_segment.core.privacy import PrivacyPolicy
from gladly_segment.core.secret import Secret

PRODUCTION: Final = "production"


class Origin(StrEnum):
    """Where an organization was declared."""

    FILE = "file"
    REGISTRY = "registry"


class GladlyAccess(msgspec.Struct, frozen=True, kw_only=True):
    """How to reach its API: `url` without the path, an API user's e-mail and token, our share of the rate."""

    url: str
    user: str
    token: Secret
    share: float


class SegmentAccess(msgspec.Struct, frozen=True, kw_only=True):
    """Where its events go; `environment` is the user's own word, by default `production`."""

    host: str
    region: str
    environment: str = PRODUCTION
    write_key: Secret


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What it may use up. `backlog` counts unsettled receipts, None bounds nothing."""

    enrich_max_age: timedelta
    deliver_max_age: timedelta
    backlog: int | None = None
    webhooks_per_s: float | None = None


class Retention(msgspec.Struct, frozen=True, kw_only=True):
    """How long is kept: what ended, dead letters, and the content (body and payload) of what ended."""

    ended: timedelta
    dead: timedelta
    content: timedelta


class Organization(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about one organization. Equal organizations need no restart of their pipelines.

    `events` are the kinds that it wants: what is of another kind is suppressed. `mirror` is the secret that the
    destination of the mirror check signs with.
    """

    name: OrganizationId
    origin: Origin
    gladly: GladlyAccess
    segment: SegmentAccess
    webhook: WebhookCredentials
    limits: Limits
    retention: Retention
    events: frozenset[EventKind] = ALL_KINDS
    mirror: Secret | None = None
    privacy: PrivacyPolicy = PrivacyPolicy()
    paused: bool = False
