"""An organization's privacy rules: what is denied is nowhere in the event, what is hashed is there as a hash only."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gladly_segment.core.entities import Conversation, CustomerProfile
from gladly_segment.core.privacy import PrivacyPolicy, Treatment, keyed_hash
from gladly_segment.core.secret import Secret
from gladly_segment.mapping.conversation import Facts
from gladly_segment.mapping.privacy import ALWAYS_SENT, TREATABLE, protect
from gladly_segment.mapping.track import encode
from tests.unit.builders import EVENTS, a_conversation, a_customer, facts, from_gladly, mapped
from tests.unit.mapping.strategies import Answers, answers, json_values

KEY: Final = Secret("a key of sixteen characters or more")
TREATMENTS: Final = st.sampled_from([Treatment.DENY, Treatment.HASH])
ATTRIBUTES: Final[dict[str, Any]] = {
    "tier": "canary-tier",
    "address": {"city": "canary-city", "tags": ["canary-tag"]},
    "age": 104_729,
    "nothing": None,
}
CANARIES: Final = {
    "agentId": "canary-agent",
    "agentName": "canary-agent-name",
    "customerName": "canary-name",
    "email": "canary@shop.example",
    "phone": "+14155550123",
    "topicIds": "canary-topic",
}
ATTRIBUTE_CANARIES: Final = {
    "tier": ["canary-tier"],
    "address": ["canary-city", "canary-tag"],
    "age": ["104729"],
    "nothing": [],
}


def known() -> Facts:
    conversation = a_conversation(agentId="canary-agent", topicIds=["canary-topic"])
    customer = a_customer(
        name="canary-name",
        emails=[{"normalized": "canary@shop.example"}],
        phones=[{"normalized": "+14155550123"}],
        customAttributes=ATTRIBUTES,
    )
    return facts(conversation, customer, [{"id": "canary-agent", "name": "canary-agent-name"}])


def payload(event: str, policy: PrivacyPolicy, drawn_on: Facts | None = None) -> bytes:
    return encode(protect(mapped(event, drawn_on or known()).event, policy))


def properties(event: str, policy: PrivacyPolicy) -> dict[str, Any]:
    return json.loads(payload(event, policy))["properties"]


def hashed(name: str, value: object) -> str:
    """The hash as whoever has the key works it out."""
    message = json.dumps([name, value], sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    return "hmac-sha256:" + hmac.new(KEY.reveal().encode(), message, hashlib.sha256).hexdigest()


def test_all_that_may_be_treated_is_treated_in_these_tests() -> None:
    assert CANARIES.keys() == TREATABLE
    assert ATTRIBUTE_CANARIES.keys() == ATTRIBUTES.keys()


def test_without_rules_every_canary_is_there() -> None:
    sent = payload("closed", PrivacyPolicy()).decode()

    assert all(canary in sent for canary in CANARIES.values())
    assert all(canary in sent for canaries in ATTRIBUTE_CANARIES.values() for canary in canaries)


@given(event=st.sampled_from(EVENTS), drawn=answers())
def test_without_rules_the_bytes_are_the_same(event: str, drawn: Answers) -> None:
    drawn_on = facts(
        from_gladly(drawn.conversation, Conversation), from_gladly(drawn.customer, CustomerProfile), drawn.agents
    )

    assert payload(event, PrivacyPolicy(hash_key=KEY), drawn_on) == encode(mapped(event, drawn_on).event)


@given(
    event=st.sampled_from(EVENTS),
    treated=st.dictionaries(st.sampled_from(sorted(TREATABLE)), TREATMENTS),
    attributes=st.dictionaries(st.sampled_from(sorted(ATTRIBUTES)), st.sampled_from(Treatment)),
    default=st.sampled_from(Treatment),
)
def test_what_is_denied_or_hashed_occurs_nowhere(
    event: str, treated: Mapping[str, Treatment], attributes: Mapping[str, Treatment], default: Treatment
) -> None:
    policy = PrivacyPolicy(
        properties=treated, custom_attributes=attributes, custom_attributes_default=default, hash_key=KEY
    )

    sent = payload(event, policy).decode()

    # The agent's name holds the agent's id.
    assert not [name for name in treated if json.dumps(CANARIES[name]) in sent]
    for name, canaries in ATTRIBUTE_CANARIES.items():
        allowed = attributes.get(name, default) is Treatment.ALLOW
        assert all((canary in sent) is allowed for canary in canaries)
        assert (f'"{name}":' in sent) is (attributes.get(name, default) is not Treatment.DENY)


@given(drawn=answers(), denied=st.sets(st.sampled_from(sorted(TREATABLE))))
def test_whatever_gladly_says_a_denied_property_is_left_out_and_the_others_stay(
    drawn: Answers, denied: set[str]
) -> None:
    drawn_on = facts(
        from_gladly(drawn.conversation, Conversation), from_gladly(drawn.customer, CustomerProfile), drawn.agents
    )
    rules = PrivacyPolicy(properties=dict.fromkeys(denied, Treatment.DENY))

    whole, left = (json.loads(payload("closed", policy, drawn_on))["properties"] for policy in (PrivacyPolicy(), rules))

    gone = denied - {"topicIds"}
    assert left == {name: [] if name in denied else value for name, value in whole.items() if name not in gone}


@pytest.mark.parametrize("name", sorted(TREATABLE - {"topicIds"}))
def test_a_hashed_property_is_the_keyed_hash_of_its_name_and_value(name: str) -> None:
    policy = PrivacyPolicy(properties={name: Treatment.HASH}, hash_key=KEY)

    assert properties("closed", policy)[name] == hashed(name, CANARIES[name])


def test_a_list_is_hashed_element_by_element_and_denied_as_an_empty_one() -> None:
    by_hash = PrivacyPolicy(properties={"topicIds": Treatment.HASH}, hash_key=KEY)
    denied = PrivacyPolicy(properties={"topicIds": Treatment.DENY})

    assert properties("closed", by_hash)["topicIds"] == [hashed("topicIds", "canary-topic")]
    assert properties("closed", denied)["topicIds"] == []
    assert "topicIds" not in properties("created", denied)


def test_what_is_absent_is_not_hashed() -> None:
    policy = PrivacyPolicy(properties=dict.fromkeys(TREATABLE, Treatment.HASH), hash_key=KEY)

    sent = json.loads(payload("created", policy, facts()))["properties"]

    assert sent == {"conversationId": "conversation-1", "customAttributes": {}, "status": "OPEN"}


@pytest.mark.parametrize("name", ATTRIBUTES)
def test_a_hashed_attribute_is_hashed_whole_by_its_top_level_name(name: str) -> None:
    policy = PrivacyPolicy(custom_attributes={name: Treatment.HASH}, hash_key=KEY)

    assert properties("created", policy)["customAttributes"] == {**ATTRIBUTES, name: hashed(name, ATTRIBUTES[name])}


def test_a_nested_name_is_no_name_of_an_attribute() -> None:
    policy = PrivacyPolicy(custom_attributes={"city": Treatment.DENY})

    assert properties("created", policy)["customAttributes"] == ATTRIBUTES


def test_attributes_that_are_not_named_follow_the_default() -> None:
    policy = PrivacyPolicy(
        custom_attributes={"tier": Treatment.ALLOW, "age": Treatment.HASH},
        custom_attributes_default=Treatment.DENY,
        hash_key=KEY,
    )

    assert properties("created", policy)["customAttributes"] == {
        "tier": "canary-tier",
        "age": hashed("age", 104_729),
    }


def test_a_name_in_disguise_or_written_twice_is_still_that_name() -> None:
    customer = a_customer(customAttributes={})
    raw = b'{"\\u0074ier":"canary-1","tier":"canary-2","age":1}'
    disguised = facts(customer=type(customer)(id=customer.id, custom_attributes=type(customer.custom_attributes)(raw)))
    policy = PrivacyPolicy(custom_attributes={"tier": Treatment.DENY})

    assert b"canary" in payload("created", PrivacyPolicy(), disguised)
    assert json.loads(payload("created", policy, disguised))["properties"]["customAttributes"] == {"age": 1}


def test_numbers_of_allowed_attributes_stay_digit_for_digit() -> None:
    customer = a_customer()
    raw = b'{"long":1.00000000000000000001,"huge":1e999,"tier":"x"}'
    numbers = facts(customer=type(customer)(id=customer.id, custom_attributes=type(customer.custom_attributes)(raw)))
    policy = PrivacyPolicy(custom_attributes={"tier": Treatment.DENY})

    assert b'{"long":1.00000000000000000001,"huge":1e999}' in payload("created", policy, numbers)


def test_a_number_that_is_too_large_to_be_read_is_hashed_as_its_digits() -> None:
    customer = a_customer()
    raw = b'{"huge":1e999}'
    numbers = facts(customer=type(customer)(id=customer.id, custom_attributes=type(customer.custom_attributes)(raw)))
    policy = PrivacyPolicy(custom_attributes={"huge": Treatment.HASH}, hash_key=KEY)

    assert hashed("huge", "1e999").encode() in payload("created", policy, numbers)


@given(json_values, json_values)
def test_a_hash_is_equal_for_equal_values_and_no_others(one: object, other: object) -> None:
    same = json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)

    assert (keyed_hash(KEY, "a", one) == keyed_hash(KEY, "a", other)) is same


def test_a_hash_depends_on_name_and_key_and_not_on_the_order_of_keys() -> None:
    hashes = {keyed_hash(key, name, {"b": 1, "a": 2}) for key in (KEY, Secret("another key")) for name in ("x", "y")}

    assert len(hashes) == 4
    assert keyed_hash(KEY, "x", {"a": 2, "b": 1}) in hashes


@pytest.mark.parametrize(
    "rules",
    [
        {"properties": {"email": Treatment.HASH}},
        {"custom_attributes": {"tier": Treatment.HASH}},
        {"custom_attributes_default": Treatment.HASH},
    ],
    ids=lambda rules: next(iter(rules)),
)
def test_rules_that_hash_without_a_key_cannot_be_made(rules: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="hash_key"):
        PrivacyPolicy(**rules)


def test_what_an_event_cannot_do_without_cannot_be_treated() -> None:
    assert not ALWAYS_SENT & TREATABLE
