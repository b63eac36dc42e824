"""Receipt keys and message ids: unguessably unique, and the same for ever."""

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from gladly_segment.core.identity import body_key, closed_key, created_key, event_key, message_id
from gladly_segment.core.ids import ConversationId, OrganizationId, ReceiptKey
from gladly_segment.core.moments import format_moment

ACME: Final = OrganizationId("acme")
CONVERSATION: Final = ConversationId("conversation-1")
MOMENT: Final = datetime(2022, 7, 8, 18, 46, 37, 946_000, tzinfo=UTC)
AT: Final = "2022-07-08T18:46:37.946Z"
MESSAGE_ID: Final = re.compile(r"gladly-(?P<hash>[0-9a-f]+)")
BITS_PER_HEX_DIGIT: Final = 4


def closing(owner: OrganizationId, conversation: ConversationId, at: str) -> ReceiptKey:
    key = closed_key(owner, conversation, at)
    assert key is not None
    return key


def every_key(organization: str, conversation: str) -> list[ReceiptKey]:
    owner, named = OrganizationId(organization), ConversationId(conversation)
    return [
        created_key(owner, named),
        closing(owner, named, AT),
        event_key(owner, conversation, ""),
        event_key(owner, "", conversation),
        body_key(owner, conversation.encode()),
    ]


def test_a_message_id_is_short_and_has_at_least_128_bits() -> None:
    name = message_id(created_key(ACME, CONVERSATION))

    match = MESSAGE_ID.fullmatch(name)

    assert match is not None
    assert len(match["hash"]) * BITS_PER_HEX_DIGIT >= 128
    assert len(name) < 100


@given(organization=st.text(), conversation=st.text())
def test_a_message_id_has_the_same_length_whatever_it_names(organization: str, conversation: str) -> None:
    lengths = {len(message_id(key)) for key in every_key(organization, conversation)}

    assert lengths == {len(message_id(created_key(ACME, CONVERSATION)))}


def test_message_ids_outlive_releases() -> None:
    # A replay after an upgrade must meet the id that Segment has seen: these are never to change.
    assert message_id(created_key(ACME, CONVERSATION)) == "gladly-f1e21c8c9e5965e6fd96a3d15b7160df42cef955"
    assert message_id(closing(ACME, CONVERSATION, AT)) == "gladly-1a23034a8e69ce3f98f10ef3e7694ed581460a80"


@given(organization=st.text(max_size=8), conversation=st.text(min_size=1, max_size=8))
def test_kinds_of_keys_never_meet(organization: str, conversation: str) -> None:
    keys = every_key(organization, conversation)

    assert len(set(keys)) == len(keys)


@given(text=st.text(min_size=1, max_size=12), data=st.data())
def test_no_character_passes_from_the_organization_to_the_conversation(text: str, data: st.DataObject) -> None:
    cut, another = data.draw(st.lists(st.integers(0, len(text)), min_size=2, max_size=2, unique=True))

    keys = zip(every_key(text[:cut], text[cut:]), every_key(text[:another], text[another:]), strict=True)

    assert all(one != other for one, other in keys)


@given(shift=st.timedeltas(min_value=timedelta(milliseconds=1), max_value=timedelta(days=9000)))
def test_each_closing_has_its_own_key(shift: timedelta) -> None:
    assert closed_key(ACME, CONVERSATION, (MOMENT + shift).isoformat()) != closed_key(ACME, CONVERSATION, AT)


@given(
    moment=st.datetimes(datetime(1971, 1, 1), datetime(9000, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - no zone
    digits=st.text("0123456789", max_size=6),
)
def test_what_is_below_a_millisecond_is_no_part_of_the_name(moment: datetime, digits: str) -> None:
    cut = format_moment(moment)

    assert closed_key(ACME, CONVERSATION, cut.replace("Z", f"{digits}Z")) == closed_key(ACME, CONVERSATION, cut)


def test_a_closing_at_no_time_has_no_key_of_its_own() -> None:
    assert closed_key(ACME, CONVERSATION, "yesterday") is None


@given(zeros=st.integers(0, 6), offset_min=st.integers(-1439, 1439))
def test_one_closing_has_one_key_in_any_precision_and_offset(zeros: int, offset_min: int) -> None:
    elsewhere = MOMENT.astimezone(timezone(timedelta(minutes=offset_min))).isoformat(timespec="milliseconds")
    told = elsewhere.replace(".946", ".946" + "0" * zeros)

    assert closed_key(ACME, CONVERSATION, told) == closed_key(ACME, CONVERSATION, AT)
