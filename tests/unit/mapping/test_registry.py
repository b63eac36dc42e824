"""Which Gladly event leads to which track event."""

import pytest

from gladly_segment.core.ids import MessageId
from gladly_segment.mapping.registry import MAPPINGS, PING, PROFILE_CHANGES, EventMapping
from gladly_segment.mapping.track import Mapped
from tests.unit.builders import facts


def test_the_catalogue_is_that_of_the_reference() -> None:
    catalogue = {mapping.event_type: mapping.track_event for mapping in MAPPINGS.values()}

    assert catalogue == {
        "CONVERSATION/CREATED": "Gladly Conversation Created",
        "CONVERSATION/CLOSED": "Gladly Conversation Closed",
    }
    assert catalogue.keys() == MAPPINGS.keys()


@pytest.mark.parametrize("mapping", MAPPINGS.values(), ids=MAPPINGS.keys())
def test_a_mapping_makes_the_event_it_is_listed_with(mapping: EventMapping) -> None:
    outcome = mapping.map(facts(), MessageId("message-1"))

    assert isinstance(outcome, Mapped)
    assert outcome.event.event == mapping.track_event


def test_no_type_is_treated_in_two_ways() -> None:
    assert MAPPINGS.keys().isdisjoint(PROFILE_CHANGES)
    assert PING not in MAPPINGS.keys() | PROFILE_CHANGES
