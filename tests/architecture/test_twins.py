"""Every page says the same as JSON."""

import pytest

from gladly_segment.debugger.published import ENDPOINTS
from gladly_segment.transport.endpoints import HTML, JSON, Endpoint

_TWINS = {"/": "/flow.json"}
_QUESTIONS = {"/connect/disconnect"}
"""Pages that only ask before something is done, and show nothing."""


def _shown(endpoint: Endpoint) -> set[str]:
    return {content.media_type for answer in endpoint.answers if answer.status == 200 for content in answer.contents}


PAGES = [each for each in ENDPOINTS if each.method == "GET" and HTML in _shown(each) and each.path not in _QUESTIONS]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path)
def test_a_page_has_a_twin_that_takes_the_same_query(page: Endpoint) -> None:
    path = _TWINS.get(page.path, f"{page.path}.json")

    [twin] = [each for each in ENDPOINTS if each.path == path and each.method == "GET"]

    assert twin.query is page.query
    described = [content for answer in twin.answers if answer.status == 200 for content in answer.contents]
    assert [content.media_type for content in described] == [JSON]
    assert described[0].shape is not None


def test_there_are_pages() -> None:
    assert {"/", "/events", "/events/{seq}", "/completeness", "/dead", "/lab", "/settings", "/connect"} <= {
        each.path for each in PAGES
    }
