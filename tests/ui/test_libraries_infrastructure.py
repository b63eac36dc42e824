"""The browser's library does its work under our content security policy."""

from collections.abc import Mapping
from typing import Final

from aiohttp import web
from playwright.async_api import Page, expect

from tests.architecture.conftest import PACKAGE
from tests.ui.served import SCRIPT, document, serving

VENDOR: Final = PACKAGE / "debugger" / "static" / "vendor"

PAGE: Final = """
<link rel="stylesheet" href="/static/uPlot.min.css">
<script type="module" src="/static/page.js"></script>
<div id="chart"></div>
"""
PAGE_SCRIPT: Final = """
import uPlot from "/static/uPlot.esm.js";

const series = [{}, {label: "received", stroke: "blue", points: {show: true}}];
new uPlot({width: 400, height: 200, series}, [[1, 2, 3], [5, 7, 6]], document.getElementById("chart"));
"""


def _pages() -> Mapping[str, web.Response]:
    types = {".js": SCRIPT, ".css": "text/css", ".txt": "text/plain"}
    files = {
        f"/static/{file.name}": web.Response(body=file.read_bytes(), content_type=types[file.suffix])
        for file in VENDOR.iterdir()
    }
    return {
        **files,
        "/": document(PAGE),
        "/static/page.js": web.Response(text=PAGE_SCRIPT, content_type=SCRIPT),
    }


async def test_uplot_draws_a_chart(page: Page) -> None:
    async with serving(_pages(), page) as url:
        await page.goto(url)

        await expect(page.locator("#chart canvas")).to_be_visible()
        await expect(page.locator("#chart .u-legend")).to_contain_text("received")
        assert await page.evaluate(
            "() => { const c = document.querySelector('canvas');"
            " return c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some((value) => value > 0); }"
        )
