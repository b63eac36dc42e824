"""The guard behind every page notices what no page may do."""

import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import pytest
from aiohttp import web
from playwright.async_api import Browser, Error

from tests.ui.browser import guarded
from tests.ui.house import house, sign_in
from tests.ui.served import SCRIPT, document, serving


def _with_script(script: str) -> Mapping[str, web.Response]:
    return {
        "/": document('<p>Something</p><script src="/page.js"></script>'),
        "/page.js": web.Response(text=script, content_type=SCRIPT),
    }


async def _visit(browser: Browser, pages: Mapping[str, web.Response], *expected: str) -> None:
    async with serving(pages) as url, guarded(browser) as guard:
        for pattern in expected:
            guard.expect(pattern)
        await guard.page.goto(url)
        await guard.page.wait_for_load_state("networkidle")


async def _knock(browser: Browser, url: str) -> None:
    async with guarded(browser) as guard:
        with suppress(Error):
            await guard.page.goto(url)


async def test_a_page_that_does_nothing_wrong_passes(browser: Browser) -> None:
    await _visit(browser, _with_script("document.querySelector('p').style.width = '9rem'; fetch('/page.js');"))


@pytest.mark.parametrize(
    ("script", "noticed"),
    [
        ("console.error('the chart is lost')", "console: the chart is lost"),
        ("console.assert(1 === 2, 'sums differ')", "console: sums differ"),
        ("throw new Error('no such row')", "uncaught: no such row"),
        ("Promise.reject(new Error('nobody waits'))", "uncaught: nobody waits"),
        ("eval('1')", "policy: script-src forbids eval"),
        ("document.querySelector('p').setAttribute('style', 'color: red')", "policy: style-src-attr forbids inline"),
        ("fetch('/nothing-here')", "console: .* 404"),
        ("fetch('https://elsewhere.example/').catch(() => {})", "policy: connect-src forbids https://elsewhere"),
        ("new Image().src = 'https://elsewhere.example/x.png'", "policy: img-src forbids https://elsewhere"),
        ("location = 'https://elsewhere.example/'", "elsewhere: GET https://elsewhere"),
        ("window.open('https://elsewhere.example/')", "elsewhere: GET https://elsewhere"),
        ("window.open('/nothing-here')", "console: .* 404"),
    ],
)
async def test_what_a_script_does_wrong_fails_the_test(browser: Browser, script: str, noticed: str) -> None:
    with pytest.raises(AssertionError, match=noticed):
        await _visit(browser, _with_script(script))


@pytest.mark.parametrize(
    ("body", "noticed"),
    [
        ("<script>1</script>", "policy: script-src-elem forbids inline"),
        ('<img alt="" src="/nothing-here.png" onerror="1">', "policy: script-src-attr forbids inline"),
        ('<p style="color: red">Red</p>', "policy: style-src-attr forbids inline"),
        ("<style>p { color: red }</style>", "policy: style-src-elem forbids inline"),
        ('<script src="https://elsewhere.example/x.js"></script>', "policy: script-src-elem forbids https://elsewhere"),
        ('<iframe title="A frame" src="https://elsewhere.example/"></iframe>', "policy: frame-src forbids"),
        ('<img alt="" src="/nothing-here.png">', "console: .* 404"),
    ],
)
async def test_what_is_wrong_in_a_page_fails_the_test(browser: Browser, body: str, noticed: str) -> None:
    with pytest.raises(AssertionError, match=noticed):
        await _visit(browser, {"/": document(body)})


async def test_without_a_policy_a_request_that_goes_elsewhere_is_noticed_all_the_same(browser: Browser) -> None:
    page = document('<img alt="" src="https://elsewhere.example/x.png">')
    del page.headers["Content-Security-Policy"]

    with pytest.raises(AssertionError, match=r"elsewhere: GET https://elsewhere\.example/x\.png"):
        await _visit(browser, {"/": page})


async def test_a_request_that_is_not_answered_is_noticed(browser: Browser) -> None:
    async with serving({"/": document("<p>Here</p>")}) as gone:
        pass

    with pytest.raises(AssertionError, match=rf"failed: GET {re.escape(gone)}/ net::ERR_"):
        await _knock(browser, gone)


async def test_what_a_page_no_longer_waits_for_is_no_failure(browser: Browser) -> None:
    script = (
        "const stop = new AbortController(); fetch('/page.js', {signal: stop.signal}).catch(() => {}); stop.abort()"
    )

    await _visit(browser, _with_script(script))


async def test_a_page_that_is_live_does_not_miss_the_service_when_the_test_ends(
    browser: Browser, tmp_path: Path
) -> None:
    async with guarded(browser) as guard, house(tmp_path, guard, "shop") as running:
        await sign_in(guard.page, running)
        await guard.page.evaluate("setInterval(() => fetch('/status.json').catch(() => {}), 20)")
        await guard.page.wait_for_event("response")


async def test_a_page_that_is_live_misses_a_service_that_is_gone(browser: Browser, tmp_path: Path) -> None:
    # Refused, reset or cut in the middle of an answer: that is a matter of the moment.
    with pytest.raises(AssertionError, match=r"failed: GET \S+ net::ERR_"):
        await _outlive(browser, tmp_path)


async def _outlive(browser: Browser, directory: Path) -> None:
    async with guarded(browser) as guard, house(directory, guard, "shop") as running:
        await sign_in(guard.page, running)
        await guard.page.evaluate("setInterval(() => fetch('/status.json').catch(() => {}), 20)")
        await running.service.kill()
        await guard.page.wait_for_event("requestfailed")


async def test_what_is_expected_passes(browser: Browser) -> None:
    await _visit(browser, _with_script("console.error('the chart is lost')"), "the chart is lost")


async def test_what_is_expected_must_be_seen(browser: Browser) -> None:
    with pytest.raises(AssertionError, match="expected and not seen: the chart is lost"):
        await _visit(browser, _with_script("1"), "the chart is lost")


async def test_what_else_is_wrong_is_noticed_beside_what_is_expected(browser: Browser) -> None:
    script = "console.error('the chart is lost'); console.error('the table is lost')"

    with pytest.raises(AssertionError, match="console: the table is lost"):
        await _visit(browser, _with_script(script), "the chart is lost")
