"""Pictures for the docs, of the pages as a test sees them."""

import os
from pathlib import Path
from typing import Final

from playwright.async_api import Page

from tests.architecture.conftest import ROOT
from tests.ui.accessibility import SCHEMES

FOLDER: Final = ROOT / "docs" / "images"
VARIABLE: Final = "SCREENSHOTS"
"""Only where it is set a picture is made: `make screenshots`."""


async def screenshot(page: Page, name: str, folder: Path = FOLDER) -> None:
    """Keep what a page shows now as `{name}-light.png` and `{name}-dark.png`, if pictures are wanted."""
    if not os.environ.get(VARIABLE):
        return
    for scheme in SCHEMES:
        await page.emulate_media(color_scheme=scheme)
        await page.screenshot(path=folder / f"{name}-{scheme}.png", animations="disabled", caret="hide")
    await page.emulate_media(color_scheme="null")
