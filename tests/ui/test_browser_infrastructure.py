"""The browser is offline, and where there is none the tests say so."""

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.async_api import Browser, Error

from tests.architecture.conftest import ROOT
from tests.ui.browser import guarded
from tests.ui.served import document, serving

ONE_TEST = "tests/ui/test_sight_infrastructure.py::test_a_page_that_everybody_can_read_passes"


def _run_without_browser(**variables: str) -> subprocess.CompletedProcess[str]:
    """Run a test of a page where Chromium cannot be found."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "CI"))}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", ONE_TEST],
        cwd=ROOT,
        env={**own, "CHROMIUM": "no-such-browser", **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_without_a_browser_a_developer_is_told_what_is_missing() -> None:
    run = _run_without_browser()

    assert run.returncode == 0, run.stdout
    assert "1 skipped" in run.stdout
    assert "CHROMIUM names no-such-browser, which cannot be run" in run.stdout


def test_without_a_browser_ci_fails() -> None:
    run = _run_without_browser(CI="true")

    assert run.returncode == 1, run.stdout
    assert "1 error" in run.stdout
    assert "CHROMIUM names no-such-browser, which cannot be run" in run.stdout


def test_where_none_is_found_the_search_says_what_to_install(tmp_path: Path) -> None:
    search = ROOT / "scripts" / "find-browser"

    found = subprocess.run(
        ["/bin/sh", str(search)], env={"PATH": str(tmp_path)}, capture_output=True, text=True, timeout=30, check=False
    )

    assert (found.returncode, found.stdout) == (2, "")
    assert found.stderr.startswith("the tests of the pages need Chromium or Chrome, and none was found; install it")


async def test_the_browser_knows_no_other_name_than_that_of_this_machine(browser: Browser) -> None:
    # Under `localhost` a browser finds this machine by itself, unless it is told otherwise.
    async with serving({"/": document("<p>Here</p>")}) as url:
        with pytest.raises(AssertionError, match=r"failed: GET http://elsewhere\.localhost:\d+/ .*NAME_NOT_RESOLVED"):
            await _visit(browser, url.replace("127.0.0.1", "elsewhere.localhost"))


async def _visit(browser: Browser, url: str) -> None:
    async with guarded(browser) as guard:
        with suppress(Error):
            await guard.page.goto(url)
