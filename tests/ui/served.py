"""Pages of a test's own, served under the headers of the admin listener."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager

from aiohttp import web
from playwright.async_api import Page

from gladly_segment.admin.headers import SECURITY_HEADERS
from gladly_segment.admin.pages import STATIC_FILES

SCRIPT = "text/javascript"
_ICON = "/static/icon.svg"


def document(body: str, title: str = "A page") -> web.Response:
    """A page that is right but for its body."""
    text = (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<link rel="icon" href="{_ICON}"></head>'
        f"<body><main><h1>{title}</h1>{body}</main></body></html>"
    )
    return web.Response(text=text, content_type="text/html", headers=SECURITY_HEADERS)


@asynccontextmanager
async def serving(pages: Mapping[str, web.Response], shown: Page | None = None) -> AsyncGenerator[str]:
    """Serve them by their paths, and give the url; there is nothing at any other path but the icon's.

    When the block has ended, what they are `shown` in is closed first: it may still ask for the icon.
    """
    icon = STATIC_FILES["icon.svg"]
    pages = {_ICON: web.Response(body=icon.content, content_type=icon.media_type), **pages}

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        found = pages.get(request.path)
        if found is None:
            return web.Response(status=404)
        return web.Response(body=found.body, headers=found.headers)

    runner = web.ServerRunner(web.Server(answer), shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        if shown is not None:
            await shown.context.close()
        await runner.cleanup()
