"""The registered webhooks and what Gladly demands of one (Gladly fact sheet)."""

import ipaddress
import re
from collections.abc import Callable, Iterator
from typing import NewType
from urllib.parse import urlsplit

from msgspec import UNSET, UnsetType, field
from msgspec.structs import replace

from gladly_segment.sandbox.gladly.errors import ErrorDetail, RefusedError
from gladly_segment.sandbox.gladly.events import SUBSCRIBABLE
from gladly_segment.sandbox.gladly.records import Record
from gladly_segment.sandbox.gladly.times import rfc3339_ms

WebhookId = NewType("WebhookId", str)

MAX_WEBHOOKS = 20
MAX_NAME_LENGTH = 200

_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e]*")


class Credentials(Record, frozen=True, kw_only=True):
    """Basic credentials that the sender shows; the realm is only stored."""

    username: str
    password: str
    realm: str | UnsetType = UNSET


class WebhookFields(Record, frozen=True, kw_only=True):
    """What a client may set, and may leave out."""

    name: str | UnsetType = UNSET
    events: tuple[str, ...] | UnsetType = UNSET
    url: str | UnsetType = UNSET
    credentials: Credentials | UnsetType = UNSET
    headers: dict[str, str] | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET


class Webhook(Record, frozen=True, kw_only=True):
    """A registered webhook with its secrets."""

    id: WebhookId
    name: str | UnsetType = UNSET
    events: tuple[str, ...]
    url: str
    credentials: Credentials | UnsetType = UNSET
    headers: dict[str, str] = field(default_factory=dict[str, str])
    enabled: bool = False
    created_at: str
    updated_at: str
    disabled_at_due_to_retry_limit: str | UnsetType = UNSET


class WebhookView(Record, frozen=True, kw_only=True):
    """A webhook as the API shows it: credentials and header values can only be written."""

    id: WebhookId
    name: str | UnsetType
    events: tuple[str, ...]
    url: str
    enabled: bool
    has_credentials: bool
    header_keys: tuple[str, ...]
    created_at: str
    updated_at: str
    disabled_at_due_to_retry_limit: str | UnsetType

    @classmethod
    def of(cls, webhook: Webhook) -> "WebhookView":
        """The public side of `webhook`."""
        return cls(
            id=webhook.id,
            name=webhook.name,
            events=webhook.events,
            url=webhook.url,
            enabled=webhook.enabled,
            has_credentials=webhook.credentials is not UNSET,
            header_keys=tuple(webhook.headers),
            created_at=webhook.created_at,
            updated_at=webhook.updated_at,
            disabled_at_due_to_retry_limit=webhook.disabled_at_due_to_retry_limit,
        )


class WebhookRegistry:
    """At most `MAX_WEBHOOKS` webhooks, each with a url of its own.

    `drafted` and `changed` only judge and build; `save` makes it so, after the PING where one is due.
    """

    def __init__(self, *, new_id: Callable[[], str], now_ns: Callable[[], int]) -> None:
        self._new_id = new_id
        self._now_ns = now_ns
        self._by_id: dict[WebhookId, Webhook] = {}

    def all(self) -> tuple[Webhook, ...]:
        """All webhooks, oldest first."""
        return tuple(self._by_id.values())

    def get(self, webhook_id: WebhookId) -> Webhook:
        """Raises RefusedError (404)."""
        if webhook_id not in self._by_id:
            raise RefusedError.not_exist("webhook")
        return self._by_id[webhook_id]

    def subscribed(self, event_type: str) -> list[Webhook]:
        """The enabled webhooks that want this type."""
        return [webhook for webhook in self.all() if webhook.enabled and event_type in webhook.events]

    def drafted(self, fields: WebhookFields) -> Webhook:
        """A new webhook, not yet saved. Raises RefusedError (400) with every fault found."""
        if len(self._by_id) >= MAX_WEBHOOKS:
            detail = f"an organization is limited to {MAX_WEBHOOKS} webhooks"
            raise RefusedError(400, (ErrorDetail(code="invalid_state", detail=detail),))
        now = rfc3339_ms(self._now_ns())
        blank = Webhook(id=WebhookId(self._new_id()), events=(), url="", created_at=now, updated_at=now)
        return self._accepted(replace(blank, **fields.given()))

    def changed(self, webhook_id: WebhookId, fields: WebhookFields) -> Webhook:
        """The webhook with the given fields, not yet saved. Raises RefusedError (404, 400)."""
        before = self.get(webhook_id)
        after = replace(before, updated_at=rfc3339_ms(self._now_ns()), **fields.given())
        if after.enabled and not before.enabled:
            after = replace(after, disabled_at_due_to_retry_limit=UNSET)
        return self._accepted(after)

    def save(self, webhook: Webhook) -> None:
        """Add it, or put it in the place of the one with its id."""
        self._by_id[webhook.id] = webhook

    def disable_due_to_retry_limit(self, webhook_id: WebhookId) -> None:
        """Disable it as Gladly does after the last retry."""
        now = rfc3339_ms(self._now_ns())
        disabled = replace(self.get(webhook_id), enabled=False, updated_at=now)
        self.save(replace(disabled, disabled_at_due_to_retry_limit=now))

    def delete(self, webhook_id: WebhookId) -> None:
        """Raises RefusedError: 404, or 400 while it is enabled."""
        if self.get(webhook_id).enabled:
            raise RefusedError.invalid("enabled", "a webhook must be disabled before it can be deleted")
        del self._by_id[webhook_id]

    def _accepted(self, webhook: Webhook) -> Webhook:
        taken = any(other.url == webhook.url and other.id != webhook.id for other in self.all())
        errors = (*_errors(webhook), *_url_errors(webhook.url, taken=taken))
        if errors:
            raise RefusedError(400, errors)
        return webhook


def _errors(webhook: Webhook) -> Iterator[ErrorDetail]:
    if not isinstance(webhook.name, UnsetType) and len(webhook.name) > MAX_NAME_LENGTH:
        yield ErrorDetail(attr="name", code="too_long", detail=f"name exceeds {MAX_NAME_LENGTH} characters")
    if not webhook.events:
        yield ErrorDetail(attr="events", code="blank", detail="events cannot be blank")
    for event_type in webhook.events:
        if event_type not in SUBSCRIBABLE:
            yield ErrorDetail(attr="events", code="invalid", detail=f"unknown event {event_type}")
    if not isinstance(webhook.credentials, UnsetType) and not webhook.credentials.username:
        yield ErrorDetail(attr="credentials.username", code="blank", detail="username cannot be blank")
    for name, value in webhook.headers.items():
        if not (_HEADER_NAME.fullmatch(name) and _HEADER_VALUE.fullmatch(value)):
            yield ErrorDetail(attr="headers", code="invalid", detail=f"{name!r} is no valid HTTP header")


def _url_errors(url: str, *, taken: bool) -> Iterator[ErrorDetail]:
    if not url:
        yield ErrorDetail(attr="url", code="blank", detail="url cannot be blank")
    elif not _is_deliverable(url):
        yield ErrorDetail(attr="url", code="invalid", detail="url must be an https URL")
    elif taken:
        yield ErrorDetail(attr="url", code="taken", detail="another webhook already has this url")


def _is_deliverable(url: str) -> bool:
    """Https, or plain http to this machine, which Gladly would refuse and a sandbox needs."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
        _ = parts.port
    except ValueError:
        return False
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host or "")))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
