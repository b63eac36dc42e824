"""A customer's custom attributes reach Segment as they are."""

import json
from typing import Any

import msgspec
import pytest

from gladly_segment.core.records import MappingNote
from gladly_segment.mapping.attributes import custom_attributes
from tests.unit.builders import a_conversation, a_customer, facts, noted, sent


def test_an_object_is_passed_on_byte_for_byte() -> None:
    text = b'{"n": 1.10, "big": 123456789012345678901234567890, "e": 1e-7, "n": null, "t": "\\u00e9\\/", "": [{}]}'

    assert custom_attributes(msgspec.Raw(text)) == (msgspec.Raw(text), False)


@pytest.mark.parametrize("raw", [b"", b"null", b"{}", b"[]"])
def test_none_are_an_empty_object(raw: bytes) -> None:
    attributes, dropped = custom_attributes(msgspec.Raw(raw))

    assert (bytes(attributes), dropped) == (b"{}", False)


def test_values_are_kept_even_when_empty() -> None:
    odd: dict[str, Any] = {
        "null": None,
        "empty": "",
        "no": False,
        "zero": 0,
        "list": [],
        "object": {},
        "email": "in@attributes",
    }
    known = facts(a_conversation(), a_customer(customAttributes=odd))

    assert sent("created", known)["properties"]["customAttributes"] == odd


def test_a_list_of_ids_and_values_is_understood() -> None:
    listed = [{"id": "tier", "value": "gold"}, {"id": "tags", "value": ["a", {"b": None}]}, {"id": "bare"}]

    attributes, dropped = custom_attributes(msgspec.Raw(json.dumps(listed).encode()))

    assert json.loads(bytes(attributes)) == {"tier": "gold", "tags": ["a", {"b": None}], "bare": None}
    assert not dropped


@pytest.mark.parametrize("odd", ["text", 7, True, ["text"], [{"value": 1}], [{"id": 7}], [[]]])
def test_what_is_no_attributes_is_dropped_with_a_note(odd: Any) -> None:
    known = facts(a_conversation(), a_customer(customAttributes=odd))

    assert sent("created", known)["properties"]["customAttributes"] == {}
    assert noted(known) == (MappingNote.CUSTOM_ATTRIBUTES_NOT_AN_OBJECT,)
