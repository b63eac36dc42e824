"""What the list of events publishes."""

import re
from typing import Any

import msgspec
import pytest

from tests.support.desk import Desk


@pytest.fixture
async def document(desk: Desk) -> Any:
    return (await desk.get("/openapi.json")).json


async def test_the_document_describes_every_filter(document: Any) -> None:
    for path in ("/events.json", "/events", "/events/stream"):
        described = {each["name"]: each for each in document["paths"][path]["get"]["parameters"]}
        assert {"q", "organization", "type", "state", "reason", "since", "until", "slower", "before"} <= set(described)
        assert "parked" in described["state"]["schema"]["items"]["enum"]


async def test_all_that_the_document_refers_to_is_in_it(document: Any) -> None:
    references = set(re.findall(r'"\$ref":"#/components/schemas/(\w+)"', msgspec.json.encode(document).decode()))

    assert references
    assert references <= set(document["components"]["schemas"])
    assert msgspec.json.encode(document).count(b'"$ref":"#/') == msgspec.json.encode(document).count(b'"$ref"')


async def test_the_stream_is_refused_with_its_reason_where_there_are_enough(document: Any) -> None:
    examples = document["paths"]["/events/stream"]["get"]["responses"]["503"]["content"]["application/json"]["examples"]

    assert "too_many_streams" in examples
