"""The webhooks port on Gladly's API (Gladly fact sheet, webhooks API)."""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
from yarl import URL

from gladly_segment.core.errors import CallFailedError, WebhookRefusedError
from gladly_segment.core.failures import Failure, FailureKind
from gladly_segment.core.secret import MASK
from gladly_segment.gladly.errors import unwilling
from gladly_segment.gladly.requests import GladlyAnswer, GladlyRequests, Method
from gladly_segment.gladly.wire import decode, refusals
from gladly_segment.ports.webhooks import Webhook, WebhookDraft, WebhookId
from gladly_segment.transport.failures import answered

_RESOURCE: Final = "webhooks"
_OK: Final = range(200, 300)
_REFUSED: Final = frozenset({400, 404, 409, 422})

_PING_WITHIN_S: Final = 25.0
"""Gladly answers only after the PING was answered, for which it waits up to 15 s."""


class _Shown(msgspec.Struct, frozen=True, rename="camel"):
    id: WebhookId
    name: str = ""
    url: str = ""
    events: tuple[str, ...] = ()
    enabled: bool = False
    has_credentials: bool = False
    disabled_at_due_to_retry_limit: str | None = None

    def webhook(self) -> Webhook:
        return Webhook(**msgspec.structs.asdict(self))


_one: Final = msgspec.json.Decoder(_Shown)
_all: Final = msgspec.json.Decoder(tuple[_Shown, ...])


class GladlyWebhooks:
    """One organization's webhooks."""

    def __init__(self, requests: GladlyRequests) -> None:
        self._requests = requests

    async def all(self) -> Sequence[Webhook]:
        """See the port."""
        answer = _willing(await self._requests.ask("GET", _RESOURCE))
        return [shown.webhook() for shown in decode(answer.body, _all)]

    async def read(self, webhook: WebhookId) -> Webhook | None:
        """See the port."""
        answer = await self._requests.ask("GET", _RESOURCE, webhook)
        return None if answer.says_gone else decode(_willing(answer).body, _one).webhook()

    async def create(self, draft: WebhookDraft) -> WebhookId:
        """See the port."""
        answer = await self._write("POST", None, {**_fields(draft), "enabled": False}, hide=draft.password.reveal())
        name = URL(answer.location or "").name
        if not name:
            raise CallFailedError(Failure(FailureKind.MALFORMED, "the answer does not say which webhook was made"))
        return WebhookId(name)

    async def change(self, webhook: WebhookId, draft: WebhookDraft) -> None:
        """See the port."""
        await self._write("PATCH", webhook, _fields(draft), hide=draft.password.reveal())

    async def enable(self, webhook: WebhookId, *, enabled: bool) -> None:
        """See the port."""
        await self._write("PATCH", webhook, {"enabled": enabled})

    async def delete(self, webhook: WebhookId) -> None:
        """See the port. One that is not there any more is deleted."""
        answer = await self._requests.ask("DELETE", _RESOURCE, webhook)
        if not answer.says_gone:
            _willing(answer)

    async def _write(
        self, method: Method, webhook: WebhookId | None, fields: Mapping[str, object], *, hide: str = ""
    ) -> GladlyAnswer:
        body = msgspec.json.encode(fields)
        return _willing(
            await self._requests.ask(method, _RESOURCE, webhook, body=body, within_s=_PING_WITHIN_S), hide=hide
        )


def _fields(draft: WebhookDraft) -> Mapping[str, object]:
    return {
        "name": draft.name,
        "url": draft.url,
        "events": list(draft.events),
        "credentials": {"username": draft.username, "password": draft.password.reveal()},
    }


def _willing(answer: GladlyAnswer, *, hide: str = "") -> GladlyAnswer:
    if answer.status in _OK:
        return answer
    found = refusals(answer.body) if answer.status in _REFUSED else ()
    if not found:
        raise CallFailedError(unwilling(answer.status, answer.retry_after_s))
    words = "; ".join(dict.fromkeys(each.words for each in found))
    if hide:
        # A refusal may quote what it refuses.
        words = words.replace(hide, MASK)
    status = answered(FailureKind.REFUSED, answer.status)
    failure = msgspec.structs.replace(status, detail=f"{status.detail}: {words}" if words else status.detail)
    raise WebhookRefusedError(failure, attr=found[0].attr or "", refusal=words)
