"""A proxy before Segment that refuses batches for what is in them."""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

import aiohttp
import msgspec
from aiohttp import web

Refusal: TypeAlias = Callable[[Sequence[dict[str, Any]]], int | None]
"""Gives the status to answer a batch of events with, or None to pass it on."""


class PickyProxy:
    """Made by `picky_proxy`. `refuse` may be set at any time; `refused` tells the sizes of refused batches."""

    def __init__(self, http: aiohttp.ClientSession, segment_url: str) -> None:
        self.url = ""
        self.refuse: Refusal = lambda _: None
        self.refused: list[int] = []
        self._http = http
        self._segment_url = segment_url

    async def handle(self, request: web.Request) -> web.Response:
        """Refuse a batch or pass it on; the body arrives here unpacked."""
        body = await request.read()
        events: list[dict[str, Any]] = msgspec.json.decode(body)["batch"]
        if (status := self.refuse(events)) is not None:
            self.refused.append(len(events))
            return web.Response(status=status)
        headers = {"Content-Type": "application/json", "Authorization": request.headers["Authorization"]}
        async with self._http.post(f"{self._segment_url}{request.path}", data=body, headers=headers) as answer:
            wait = {"Retry-After": answer.headers["Retry-After"]} if "Retry-After" in answer.headers else None
            return web.Response(status=answer.status, body=await answer.read(), headers=wait)


@asynccontextmanager
async def picky_proxy(http: aiohttp.ClientSession, segment_url: str) -> AsyncGenerator[PickyProxy]:
    """Listen before the Segment sandbox at `segment_url`."""
    proxy = PickyProxy(http, segment_url)
    app = web.Application(client_max_size=1_000_000)
    app.router.add_post("/v1/batch", proxy.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        proxy.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield proxy
    finally:
        await runner.cleanup()
