"""The service with its vendors, as somebody with a browser meets it."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from playwright.async_api import Page

from tests.system.programs import FORKED
from tests.system.world import World, world
from tests.ui.browser import Guard

ADMIN_TOKEN: Final = "canary-admin-token-of-the-test"


@asynccontextmanager
async def house(directory: Path, guard: Guard, *shops: str) -> AsyncGenerator[World]:
    """Run shops, both vendors of each, and the service, which asks for the admin token.

    When the block has ended the pages are closed before the service: what is live would miss it.
    """
    variables = {"GLADLY_SEGMENT_ADMIN__TOKEN": ADMIN_TOKEN}
    async with world(directory, *shops, program=FORKED, variables=variables) as running:
        try:
            yield running
        finally:
            await guard.leave()


async def sign_in(page: Page, running: World, token: str = ADMIN_TOKEN) -> None:
    """Show the token at the door; whoever it lets in sees the overview. Return when that, or a refusal, is there."""
    await page.goto(f"{running.service.admin}/login")
    await page.get_by_label("Admin token").fill(token)
    async with page.expect_navigation():
        await page.get_by_role("button", name="Sign in").click()
