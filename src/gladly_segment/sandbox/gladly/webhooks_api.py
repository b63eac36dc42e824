"""The vendor's webhooks API (Gladly fact sheet)."""

import asyncio

from aiohttp import hdrs, web

from gladly_segment.sandbox.gladly.delivery import DeliveryEngine
from gladly_segment.sandbox.gladly.errors import RefusedError
from gladly_segment.sandbox.gladly.eventlog import EventLog
from gladly_segment.sandbox.gladly.webhooks import (
    Webhook,
    WebhookFields,
    WebhookId,
    WebhookRegistry,
    WebhookView,
)
from gladly_segment.sandbox.gladly.wire import json_answer, read_body


class WebhooksApi:
    """Handlers of `/api/v1/webhooks`. Changes are made one at a time, each after its PING."""

    def __init__(self, *, registry: WebhookRegistry, engine: DeliveryEngine, log: EventLog) -> None:
        self._registry = registry
        self._engine = engine
        self._log = log
        self._changing = asyncio.Lock()

    def routes(self) -> list[web.RouteDef]:
        """For the application mounted at `/api/v1`."""
        return [
            web.post("/webhooks", self._create),
            web.get("/webhooks", self._list),
            web.get("/webhooks/{webhook_id}", self._read),
            web.patch("/webhooks/{webhook_id}", self._change),
            web.delete("/webhooks/{webhook_id}", self._delete),
        ]

    async def _create(self, request: web.Request) -> web.Response:
        fields = await read_body(request, WebhookFields)
        async with self._changing:
            webhook = self._registry.drafted(fields)
            if webhook.enabled:
                await self._ping(webhook)
            self._registry.save(webhook)
        return web.Response(status=201, headers={hdrs.LOCATION: f"/api/v1/webhooks/{webhook.id}"})

    async def _list(self, _: web.Request) -> web.Response:
        return json_answer([WebhookView.of(webhook) for webhook in self._registry.all()])

    async def _read(self, request: web.Request) -> web.Response:
        return json_answer(WebhookView.of(self._registry.get(_webhook_id(request))))

    async def _change(self, request: web.Request) -> web.Response:
        fields = await read_body(request, WebhookFields)
        async with self._changing:
            before = self._registry.get(_webhook_id(request))
            after = self._registry.changed(before.id, fields)
            if after.url != before.url or (after.enabled and not before.enabled):
                await self._ping(after)
            self._registry.save(after)
            if not after.enabled:
                self._engine.drop_pending(after.id)
        return web.Response(status=204)

    async def _delete(self, request: web.Request) -> web.Response:
        async with self._changing:
            self._registry.delete(_webhook_id(request))
        return web.Response(status=204)

    async def _ping(self, webhook: Webhook) -> None:
        if not await self._engine.ping(webhook, self._log.ping()):
            raise RefusedError.invalid("url", "the PING event was not answered with 200")


def _webhook_id(request: web.Request) -> WebhookId:
    return WebhookId(request.match_info["webhook_id"])
