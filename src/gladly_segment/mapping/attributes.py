"""A customer's custom attributes: an object passed on as it is (Gladly fact sheet, resources)."""

from typing import Final

import msgspec

from gladly_segment.core.entities import RawJson

_EMPTY: Final = msgspec.Raw(b"{}")


class _Listed(msgspec.Struct):
    id: str
    value: msgspec.Raw = msgspec.Raw(b"null")


def custom_attributes(raw: RawJson) -> tuple[RawJson, bool]:
    """Give the attributes as a JSON object, and whether something else stood there and had to be left out.

    The list of `{id, value}` that Gladly uses for conversations is understood too.
    """
    text = bytes(raw)
    if text in (b"", b"null"):
        return _EMPTY, False
    if text.startswith(b"{"):
        return raw, False
    try:
        listed = msgspec.json.decode(text, type=list[_Listed])
    except msgspec.ValidationError:
        return _EMPTY, True
    return msgspec.Raw(msgspec.json.encode({item.id: item.value for item in listed})), False
