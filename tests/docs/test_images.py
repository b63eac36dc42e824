"""The pictures in the docs: all are there, all are shown, and a test of the pages makes each of them."""

import re

from tests.architecture.conftest import ROOT

IMAGES = ROOT / "docs" / "images"
SCHEMES = ("light", "dark")


def _shown() -> set[str]:
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    return {name for page in pages for name in re.findall(r"images/([\w-]+\.png)", page.read_text())}


def _made() -> set[str]:
    tests = [path.read_text() for path in (ROOT / "tests" / "ui").glob("test_*.py")]
    names = {name for text in tests for name in re.findall(r'screenshot\(\w+, "([\w-]+)"\)', text)}
    return {f"{name}-{scheme}.png" for name in names for scheme in SCHEMES}


def test_every_picture_is_shown_and_made_by_a_test_of_the_pages() -> None:
    there = {path.name for path in IMAGES.iterdir()}

    assert there == _shown() == _made()
