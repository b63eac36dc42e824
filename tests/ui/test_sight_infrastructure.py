"""What examines the pages finds faults, and pictures are made where they are wanted."""

from pathlib import Path

import pytest
from playwright.async_api import Page

from gladly_segment.admin.app import SECURITY_HEADERS
from tests.ui.accessibility import assert_accessible, grave_faults
from tests.ui.pictures import VARIABLE, screenshot
from tests.ui.served import document, serving

PNG = b"\x89PNG\r\n\x1a\n"


def _size(picture: Path) -> tuple[int, int]:
    content = picture.read_bytes()
    assert content.startswith(PNG)
    return int.from_bytes(content[16:20]), int.from_bytes(content[20:24])


def _pictures(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.png"))


async def test_a_page_that_everybody_can_read_passes(page: Page) -> None:
    async with serving({"/": document('<label for="name">Name</label><input id="name">')}, page) as url:
        await page.goto(url)

        await assert_accessible(page)


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ("<input>", "label"),
        ("<button></button>", "button-name"),
        ('<img src="/">', "image-alt"),
        ('<a href="/"></a>', "link-name"),
        ('<div role="checkbox">On</div>', "aria-required-attr"),
        ('<p><font color="#ddd">Faint</font></p>', "color-contrast"),
    ],
)
async def test_what_somebody_cannot_read_or_use_is_found(page: Page, body: str, fault: str) -> None:
    async with serving({"/": document(body)}, page) as url:
        await page.goto(url)

        with pytest.raises(AssertionError, match=f"light: {fault}: <"):
            await assert_accessible(page)


async def test_what_is_faint_in_the_dark_alone_is_found(page: Page) -> None:
    style = '<meta name="color-scheme" content="light dark"><p><font color="#444">By day</font></p>'
    async with serving({"/": document(style)}, page) as url:
        await page.goto(url)

        faults = await grave_faults(page)

    assert [fault.partition(": <")[0] for fault in faults] == ["dark: color-contrast"]


async def test_an_examination_leaves_the_page_as_it_was(page: Page) -> None:
    async with serving({"/": document("<p>Here</p>")}, page) as url:
        await page.goto(url)
        before = await page.content()

        await assert_accessible(page)

        assert await page.content() == before
        assert await page.evaluate("document.adoptedStyleSheets.length") == 0


async def test_a_picture_is_made_in_both_schemes_where_it_is_wanted(
    page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, "1")
    body = '<meta name="color-scheme" content="light dark"><p>Here</p>'
    async with serving({"/": document(body)}, page) as url:
        await page.goto(url)

        await screenshot(page, "here", tmp_path / "images")

    dark, light = _pictures(tmp_path)
    assert (dark.name, light.name) == ("here-dark.png", "here-light.png")
    assert (_size(light), _size(dark)) == ((1280, 800), (1280, 800))
    assert light.read_bytes() != dark.read_bytes()


async def test_no_picture_is_made_where_none_is_wanted(
    page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)

    await screenshot(page, "here", tmp_path / "images")

    assert _pictures(tmp_path) == []


async def test_the_pages_of_a_test_have_the_headers_of_ours(page: Page) -> None:
    async with serving({"/": document("<p>Here</p>")}, page) as url:
        answer = await page.goto(url)
        assert answer is not None
        headers = await answer.all_headers()

    assert headers["content-security-policy"] == SECURITY_HEADERS["Content-Security-Policy"]
