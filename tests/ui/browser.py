"""A real Chromium, and the guard who sees what no page may do in it."""

import os
import re
import subprocess
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from typing import Any, Final
from urllib.parse import urlsplit

from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    ViewportSize,
    WebError,
    async_playwright,
    expect,
)

from tests.architecture.conftest import ROOT

SIZE: Final[ViewportSize] = {"width": 1280, "height": 800}
TIMEZONE: Final = "America/New_York"

_PATIENCE_MS: Final = 20_000
"""A busy machine takes its time; who waits for what comes loses nothing by it."""

expect.set_options(timeout=_PATIENCE_MS)
_FLAGS: Final = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
    "--no-first-run",
)
_LEFT: Final = "net::ERR_ABORTED"
"""How a request ends when its page goes away or has no more use for it."""

_TELL_OF_VIOLATIONS: Final = """
document.addEventListener("securitypolicyviolation", (event) =>
  window.tellOfViolation(`${event.effectiveDirective} forbids ${event.blockedURI} on ${event.documentURI}`));
"""


class NoBrowserError(Exception):
    """There is no Chromium here; it says what to do."""


def find_browser() -> str:
    """Give the path of Chromium. Raises NoBrowserError."""
    found = subprocess.run(
        [str(ROOT / "scripts" / "find-browser")], capture_output=True, text=True, timeout=30, check=False
    )
    if found.returncode:
        raise NoBrowserError(found.stderr.strip())
    return found.stdout.strip()


@asynccontextmanager
async def chromium(path: str) -> AsyncGenerator[Browser]:
    """Run it; it knows the names of no other machine."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=path, args=_FLAGS, chromium_sandbox=os.geteuid() != 0
        )
        try:
            yield browser
        finally:
            await browser.close()


class Guard:
    """Sees errors, violations of the content security policy, and requests that fail or go elsewhere.

    `page` is the first tab; more of them are watched as well. The first request says which origin is ours.
    """

    def __init__(self, context: BrowserContext) -> None:
        self.page: Page
        self.seen: list[str] = []
        self._context = context
        self._origin = ""
        self._expected: list[str] = []

    @classmethod
    async def of(cls, context: BrowserContext) -> "Guard":
        guard = cls(context)
        context.on("console", guard._hear)
        context.on("weberror", guard._see_error)
        context.on("request", guard._see_request)
        context.on("requestfailed", guard._see_failure)
        await context.expose_binding("tellOfViolation", guard._see_violation)  # pyright: ignore[reportUnknownMemberType]
        await context.add_init_script(_TELL_OF_VIOLATIONS)
        guard.page = await context.new_page()
        return guard

    def expect(self, pattern: str) -> None:
        """Let the test see something of this kind, which it must: a refusal that it asks for, a lost connection."""
        self._expected.append(pattern)

    async def leave(self) -> None:
        """Close all tabs; what was seen before is told of when this returns."""
        await self._context.close()

    def complaints(self) -> Iterator[str]:
        """Tell what was seen and not expected, and what was expected and not seen."""
        for each in self.seen:
            if not any(re.search(pattern, each) for pattern in self._expected):
                yield each
        for pattern in self._expected:
            if not any(re.search(pattern, each) for each in self.seen):
                yield f"expected and not seen: {pattern}"

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "assert"}:
            self.seen.append(f"console: {message.text} ({message.location['url']})")

    def _see_error(self, error: WebError) -> None:
        self.seen.append(f"uncaught: {error.error}")

    def _see_request(self, request: Request) -> None:
        origin = _origin(request.url)
        self._origin = self._origin or origin
        if origin != self._origin:
            self.seen.append(f"elsewhere: {request.method} {request.url}")

    def _see_failure(self, request: Request) -> None:
        if request.failure != _LEFT:
            self.seen.append(f"failed: {request.method} {request.url} {request.failure}")

    def _see_violation(self, _source: Any, violation: str) -> None:
        self.seen.append(f"policy: {violation}")


@asynccontextmanager
async def guarded(browser: Browser) -> AsyncGenerator[Guard]:
    """Open a browser that remembers nothing; when the block has ended, raise AssertionError for what it did wrong."""
    context = await browser.new_context(viewport=SIZE, timezone_id=TIMEZONE, locale="en-US", reduced_motion="reduce")
    context.set_default_timeout(_PATIENCE_MS)
    try:
        guard = await Guard.of(context)
        yield guard
        await guard.leave()
    finally:
        await context.close()
    complaints = list(guard.complaints())
    assert not complaints, "\n".join(complaints)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
