"""Makes a track event what its organization's privacy rules allow, before anything of it is stored."""

from typing import Final, cast

import msgspec
from msgspec import UNSET

from gladly_segment.core.entities import RawJson
from gladly_segment.core.privacy import PrivacyPolicy, Treatment, keyed_hash
from gladly_segment.core.secret import Secret
from gladly_segment.mapping.track import ClosedProperties, CreatedProperties, TrackEvent

ALWAYS_SENT: Final = frozenset({"conversationId", "status", "userId", "messageId"})
"""Without these an event has no place in its order, no meaning, or is dropped by Segment (Segment fact sheet)."""

CUSTOM_ATTRIBUTES: Final = "customAttributes"
"""Treated attribute by attribute."""

_ENCODED: Final = {
    field: name
    for properties in (CreatedProperties, ClosedProperties)
    for field, name in zip(properties.__struct_fields__, properties.__struct_encode_fields__, strict=True)
}

TREATABLE: Final = frozenset(_ENCODED.values()) - ALWAYS_SENT - {CUSTOM_ATTRIBUTES}
"""The properties that may be denied or hashed."""

_attributes_decoder: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])


def protect(event: TrackEvent, policy: PrivacyPolicy) -> TrackEvent:
    """Leave out what is denied and hash what is to be hashed; without rules the event is the same.

    A denied list is empty, a hashed one has its elements hashed: collections are always there (reference, fields).
    """
    changes = {
        field: _treated(getattr(event.properties, field), name, policy)
        for field, name in _ENCODED.items()
        if policy.of_property(name) is not Treatment.ALLOW and hasattr(event.properties, field)
    }
    if policy.touches_attributes:
        changes["custom_attributes"] = _treated_attributes(event.properties.custom_attributes, policy)
    if not changes:
        return event
    return msgspec.structs.replace(event, properties=msgspec.structs.replace(event.properties, **changes))


def _treated(value: object, name: str, policy: PrivacyPolicy) -> object:
    if value is UNSET:
        return value
    denied = policy.of_property(name) is Treatment.DENY
    if isinstance(value, tuple):
        each_one = cast("tuple[str, ...]", value)
        return () if denied else tuple(keyed_hash(_key(policy), name, one) for one in each_one)
    return UNSET if denied else keyed_hash(_key(policy), name, value)


def _treated_attributes(raw: RawJson, policy: PrivacyPolicy) -> RawJson:
    # Of a name that stands there twice the last one counts, as with every reader of JSON.
    kept: dict[str, object] = {}
    for name, value in _attributes_decoder.decode(raw).items():
        match policy.of_attribute(name):
            case Treatment.ALLOW:
                kept[name] = value
            case Treatment.HASH:
                kept[name] = keyed_hash(_key(policy), name, _value(value))
            case Treatment.DENY:
                pass
    return msgspec.Raw(msgspec.json.encode(kept))


def _value(raw: RawJson) -> object:
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, RecursionError):
        return bytes(raw).decode()


def _key(policy: PrivacyPolicy) -> Secret:
    if policy.hash_key is None:
        raise AssertionError("a policy that hashes has a key")
    return policy.hash_key
