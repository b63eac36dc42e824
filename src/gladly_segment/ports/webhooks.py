"""Gladly's webhooks API, for one organization (Gladly fact sheet, webhooks API)."""

from collections.abc import Sequence
from typing import NewType, Protocol

import msgspec

from gladly_segment.core.secret import Secret

WebhookId = NewType("WebhookId", str)


class Webhook(msgspec.Struct, frozen=True, kw_only=True):
    """A registered webhook as the API shows it."""

    id: WebhookId
    name: str
    url: str
    events: tuple[str, ...]
    enabled: bool
    has_credentials: bool
    disabled_at_due_to_retry_limit: str | None = None


class WebhookDraft(msgspec.Struct, frozen=True, kw_only=True):
    """What to register."""

    name: str
    url: str
    events: Sequence[str]
    username: str
    password: Secret


class Webhooks(Protocol):
    """Every method raises CallFailedError; what Gladly refuses with a reason raises one, WebhookRefusedError."""

    async def all(self) -> Sequence[Webhook]:
        """List the organization's webhooks, at most 20."""
        ...

    async def read(self, webhook: WebhookId) -> Webhook | None:
        """Read one; None when there is none (any more)."""
        ...

    async def create(self, draft: WebhookDraft) -> WebhookId:
        """Register one, disabled."""
        ...

    async def change(self, webhook: WebhookId, draft: WebhookDraft) -> None:
        """Put a draft in its place; a new url is tried with a PING first."""
        ...

    async def enable(self, webhook: WebhookId, *, enabled: bool) -> None:
        """Enable it, which needs a PING answered, or disable it."""
        ...

    async def delete(self, webhook: WebhookId) -> None:
        """Delete a disabled one."""
        ...
