"""Whether a stored event says what Gladly knew, in the reference's form (Segment Integration Toolkit)."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from gladly_segment.sandbox.audit.books import Contact, Customer
from gladly_segment.sandbox.audit.facts import Facts
from gladly_segment.sandbox.audit.matching import Match

_FIELDS = {
    "context",
    "event",
    "integrations",
    "messageId",
    "originalTimestamp",
    "properties",
    "receivedAt",
    "timestamp",
    "type",
    "userId",
}
_FIXED: Mapping[str, object] = {
    "type": "track",
    "context": {"library": {"name": "unknown", "version": "unknown"}},
}
_NONE: Mapping[str, object] = {}
_REQUIRED = {"conversationId", "customAttributes", "status"}
_OPTIONAL = {"agentId", "agentName", "customerName", "email", "phone"}
_STATUS = {"CREATED": "OPEN", "CLOSED": "CLOSED"}
_E164 = re.compile(r"\+[1-9]\d{1,14}", re.ASCII)

_CLOCK_GRAIN = timedelta(milliseconds=1)
_MAX_SKEW = timedelta(seconds=5)
"""Segment moves `timestamp` by the time from `sentAt` to receipt: little, if `sentAt` is that of the attempt."""


def contradictions(match: Match, facts: Facts) -> Iterator[str]:
    """Say in what a stored event contradicts Gladly's books or departs from the reference's form."""
    yield from _envelope(match, facts)
    yield from _form(match)
    yield from _assignment(match, facts)
    customer = facts.unchanged_customer(str(match.stored.event.get("userId")))
    if customer is not None:
        yield from _customer_data(match.stored.properties, customer)


def _envelope(match: Match, facts: Facts) -> Iterator[str]:
    event, occurrence = match.stored.event, match.case.occurrence
    if event.keys() != _FIELDS:
        yield f"fields {sorted(event.keys() ^ _FIELDS)} are missing or too many"
    recovery = match.case.recovery
    for name, value in {**_FIXED, "integrations": recovery.integrations if recovery else _NONE}.items():
        if event.get(name) != value:
            yield f"{name} is not the reference's"
    if event.get("userId") not in facts.identities(occurrence):
        yield "userId is neither the customer nor one it was merged into"
    if event.get("originalTimestamp") != occurrence.created_at:
        yield "originalTimestamp is not the conversation's creation"
    if not _is_near(event.get("timestamp"), occurrence.created_at):
        yield "timestamp is not the conversation's creation"


def _form(match: Match) -> Iterator[str]:
    properties, kind = match.stored.properties, match.case.occurrence.kind
    required = _REQUIRED | {"topicIds"} if kind == "CLOSED" else _REQUIRED
    if missing := required - properties.keys():
        yield f"properties {sorted(missing)} are missing"
    if unknown := properties.keys() - required - _OPTIONAL:
        yield f"properties {sorted(unknown)} are not the reference's"
    for name in sorted(properties.keys() & (_REQUIRED | _OPTIONAL) - {"customAttributes"}):
        if not isinstance(properties[name], str) or properties[name] == "":
            yield f"{name} is empty or no text"
    if not isinstance(properties.get("customAttributes", {}), dict):
        yield "customAttributes is no object"
    if properties.get("status") != _STATUS[kind]:
        yield f"status is not {_STATUS[kind]}"


def _assignment(match: Match, facts: Facts) -> Iterator[str]:
    properties, occurrence = match.stored.properties, match.case.occurrence
    agent_id = properties.get("agentId")
    known_name = facts.agent_names.get(str(agent_id))
    if properties.get("agentName") != known_name:
        yield "agentName is not that of the agent"
    start, end = match.case.known_from - _CLOCK_GRAIN, match.stored.received_at + _CLOCK_GRAIN
    agents = facts.agents.get(occurrence.conversation_id)
    if agents and agent_id not in agents.between(start, end):
        yield "agentId is not the conversation's agent"
    if occurrence.kind == "CLOSED":
        topics = facts.topics.get(occurrence.conversation_id)
        known = topics.between(start, end) if topics else [()]
        if properties.get("topicIds") not in [list(topics) for topics in known]:
            yield "topicIds are not the conversation's topics"


def _customer_data(properties: Mapping[str, object], customer: Customer) -> Iterator[str]:
    if properties.get("customerName") != ((customer.name or "").strip() or None):
        yield "customerName is not the customer's name"
    email = _chosen(customer.emails)
    allowed = {email.normalized or email.original, email.original} if email else {None}
    if properties.get("email") not in allowed:
        yield "email is not the customer's primary or first"
    if not _is_phone_of(properties.get("phone"), customer):
        yield "phone is not the customer's primary or first in E.164"
    attributes = customer.custom_attributes
    if properties.get("customAttributes") != (attributes if isinstance(attributes, dict) else {}):
        yield "customAttributes are not the customer's"


def _is_phone_of(phone: object, customer: Customer) -> bool:
    chosen = _chosen(customer.phones)
    if chosen is None:
        return phone is None
    if chosen.normalized and _E164.fullmatch(chosen.normalized):
        return phone == chosen.normalized
    # Whether a text is a number is for the service to judge; that it gives E.164 or nothing is not.
    return phone is None or (isinstance(phone, str) and _E164.fullmatch(phone) is not None)


def _chosen(contacts: tuple[Contact, ...] | None) -> Contact | None:
    filled = [each for each in contacts or () if each.normalized or each.original]
    return next((each for each in filled if each.primary), filled[0] if filled else None)


def _is_near(timestamp: object, created_at: str) -> bool:
    try:
        distance = datetime.fromisoformat(str(timestamp)) - datetime.fromisoformat(created_at)
    except (TypeError, ValueError):
        return False
    return abs(distance) <= _MAX_SKEW
