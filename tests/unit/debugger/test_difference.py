"""Differences between an event as it was made and as it would be made now are told value by value."""

import pytest

from gladly_segment.debugger.difference import WHOLE, Difference, DifferenceKind, differences, path_text
from gladly_segment.debugger.json_text import LONGEST_READ, leaves
from tests.support.histories import track_event


def told(before: bytes, now: bytes) -> list[Difference]:
    return [each for each in differences(before.decode(), now.decode()) if each.change is not DifferenceKind.SAME]


def test_the_same_event_has_no_difference() -> None:
    event = track_event()

    found = differences(event.decode(), event.decode())

    assert {each.change for each in found} == {DifferenceKind.SAME}
    assert len(found) == len(list(leaves(event.decode())))


def test_a_changed_an_added_and_a_gone_value_are_told_with_what_they_were_and_are() -> None:
    before = track_event(customerName="Ann", phone=None, customAttributes={"tier": "gold", "old": 1})
    now = track_event(customerName="Anna", customAttributes={"tier": "gold", "new": True})

    assert told(before, now) == [
        Difference("customerName", DifferenceKind.CHANGED, '"Ann"', '"Anna"'),
        Difference("phone", DifferenceKind.ADDED, None, '"+15555550100"'),
        Difference("customAttributes.new", DifferenceKind.ADDED, None, "true"),
        Difference("customAttributes.old", DifferenceKind.GONE, "1", None),
    ]


def test_a_text_that_is_escaped_otherwise_is_the_same() -> None:
    assert not told(b'{"name":"\\u00e9"}', '{"name":"é"}'.encode())


@pytest.mark.parametrize(
    ("before", "now"),
    [
        (b"9007199254740993", b"9007199254740992"),
        (b"1", b"1.0"),
        (b'"1"', b"1"),
        (b"null", b'"null"'),
        (b"{}", b"[]"),
    ],
)
def test_what_only_looks_the_same_is_changed(before: bytes, now: bytes) -> None:
    (found,) = told(b'{"a":' + before + b"}", b'{"a":' + now + b"}")

    assert (found.change, found.before, found.now) == (DifferenceKind.CHANGED, before.decode(), now.decode())


def test_of_a_key_that_stands_there_twice_each_is_compared_with_its_like() -> None:
    (found,) = told(b'{"a":1,"a":2}', b'{"a":1,"a":3}')

    assert found == Difference("a (2)", DifferenceKind.CHANGED, "2", "3")


def test_without_an_event_before_everything_is_added() -> None:
    assert {each.change for each in differences("", track_event().decode())} == {DifferenceKind.ADDED}


def test_events_too_long_to_be_read_are_compared_as_a_whole() -> None:
    long = "x" * LONGEST_READ

    (found,) = told(f'{{"a":"{long}"}}'.encode(), f'{{"b":"{long}"}}'.encode())

    assert (found.path, found.change) == (WHOLE, DifferenceKind.CHANGED)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (("event",), "event"),
        (("properties",), "properties"),
        (("properties", "customAttributes", "tags", 0, "id"), "customAttributes.tags[0].id"),
        (("context", "library", "name"), "context.library.name"),
    ],
)
def test_a_way_is_written_as_people_do(path: tuple[str | int, ...], text: str) -> None:
    assert path_text(path) == text
