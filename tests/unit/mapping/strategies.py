"""Anything that the Gladly fact sheet allows its API to return, and anything that may arrive as a webhook."""

import string
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, TypeAlias

import msgspec
from hypothesis import strategies as st

Json: TypeAlias = Any
JsonObject: TypeAlias = dict[str, Json]


class Answers(msgspec.Struct, frozen=True):
    """What Gladly's API answers for one conversation."""

    conversation: JsonObject
    customer: JsonObject
    agents: list[JsonObject]


_ODD_TEXTS: Final = (
    "",
    " ",
    "\t\r\n",
    "\u00a0\u2003",
    "\x00",
    "\u202e\u2066",
    "e\u0301",
    "\U0001f469\U0001f3fd\u200d\U0001f680",
    "\ufeff",
    '"\\',
    "</script>",
    "\u2028",
    "null",
)
_ODD_PHONES: Final = (
    "(415) 555-0123",
    "+14155550123",
    "+1 415 555 0123 ext. 7",
    "555-0123",
    "911",
    "1-800-FLOWERS",
    "tel:+44-20-7946-0018",
    "٤١٥٥٥٥٠١٢٣",
    "+",
    "++1",
    "00" * 200,
    "unknown",
)
_REGIONS: Final = ("US", "us", "GB", "DE", "XX", "001", "United States")
_PRESENCES: Final = ("absent", "null", "given", "given", "given", "given")
_TOO_LARGE: Final[JsonObject] = {"essay": "x" * 32_000}


@st.composite
def _fields(
    draw: st.DrawFn, required: Mapping[str, st.SearchStrategy[Any]], **optional: st.SearchStrategy[Any]
) -> JsonObject:
    """An object whose optional fields are mostly there, and else absent or null."""
    drawn = {name: draw(values) for name, values in required.items()}
    for name, values in optional.items():
        presence = draw(st.sampled_from(_PRESENCES))
        if presence != "absent":
            drawn[name] = draw(values) if presence == "given" else None
    return drawn


ids: Final = st.text(string.ascii_letters + string.digits + "-_", min_size=1, max_size=22)
texts: Final = st.sampled_from(_ODD_TEXTS) | st.text(max_size=20)

_numbers: Final = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
json_values: Final[st.SearchStrategy[Json]] = st.recursive(
    st.none() | st.booleans() | _numbers | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=8,
)
json_objects: Final = st.dictionaries(texts, json_values, max_size=4)

_offsets: Final = st.just("Z") | st.builds(
    "{}{:02}:{:02}".format, st.sampled_from("+-"), st.integers(0, 23), st.integers(0, 59)
)
_fractions: Final = st.just("") | st.text(string.digits, min_size=1, max_size=9).map(".{}".format)
_seconds: Final = st.datetimes(datetime(1900, 1, 1), datetime(2999, 1, 1)).map(  # noqa: DTZ001 - the offset follows
    lambda moment: moment.isoformat(timespec="seconds")
)
rfc3339_times: Final = st.builds("{}{}{}".format, _seconds, _fractions, _offsets)

_emails: Final = _fields({}, original=texts, normalized=texts, primary=st.booleans())
_numbers_typed: Final = st.sampled_from(_ODD_PHONES) | texts | st.text("+ ()-.0123456789", max_size=20)
_phones: Final = _fields(
    {},
    original=_numbers_typed,
    normalized=st.from_regex(r"\A\+[1-9][0-9]{6,14}\Z") | _numbers_typed,
    extension=texts,
    regionCode=st.sampled_from(_REGIONS) | texts,
    primary=st.booleans(),
    type=texts,
)
_listed_attributes: Final = st.lists(st.fixed_dictionaries({"id": texts, "value": json_values}), max_size=4)
custom_attributes: Final = json_objects | _listed_attributes | st.just(_TOO_LARGE)

customers: Final = _fields(
    {"id": ids},
    name=texts,
    image=texts,
    address=texts,
    emails=st.lists(_emails, max_size=3),
    phones=st.lists(_phones, max_size=3),
    externalCustomerId=texts,
    externalCustomerIds=json_objects,
    customAttributes=custom_attributes,
    fieldToCome=json_values,
)


@st.composite
def answers(draw: st.DrawFn) -> Answers:
    """A conversation with or without an agent, who may be listed, and its customer, who may survive a merge."""
    agents = draw(st.lists(_fields({"id": ids}, name=texts, emailAddress=texts), max_size=3))
    conversation = _fields(
        {"id": ids, "customerId": ids, "createdAt": rfc3339_times},
        agentId=st.sampled_from([agent["id"] for agent in agents] or ["unlisted"]) | ids | st.sampled_from(["", " "]),
        inboxId=ids,
        customAttributes=_listed_attributes,
        topicIds=st.lists(ids, max_size=3),
        closedAt=rfc3339_times,
        status=st.sampled_from(["OPEN", "WAITING", "CLOSED", "STATUS_TO_COME"]),
        fieldToCome=json_values,
    )
    return Answers(draw(conversation), draw(customers), agents)


_EVENT_TYPES: Final = (
    "CONVERSATION/CREATED",
    "CONVERSATION/CLOSED",
    "CONVERSATION/REOPENED",
    "CUSTOMER/MERGED",
    "CUSTOMER_PROFILE/UPDATED",
    "PING",
)
_content_fields: Final = ("conversationId", "customerId", "sourceCustomerId", "destinationCustomerId")

webhooks: Final = st.fixed_dictionaries(
    {"type": st.sampled_from(_EVENT_TYPES) | texts},
    optional={
        "id": ids | json_values,
        "timestamp": rfc3339_times | json_values,
        "initiator": json_values,
        "content": st.dictionaries(st.sampled_from(_content_fields) | texts, ids | json_values) | json_values,
    },
)
"""An event of a known or an unknown type, in which any other field may be missing or of any form."""
