"""The marked test event, which a person looks for in Segment's Debugger."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

import msgspec

from gladly_segment.core.moments import format_moment

EVENT: Final = "Gladly Segment Test"

_ALPHABET: Final = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
"""Without those that are mistaken for one another."""

_CODE_LENGTH: Final = 6


def draw_code(draw: Callable[[int], bytes]) -> str:
    """Draw a short code, to be read on one page and typed on another; `draw` gives so many unguessable bytes."""
    return "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in draw(_CODE_LENGTH))


def is_same_code(typed: str, code: str) -> bool:
    """Compare a code as a person types it."""
    return "".join(typed.split()).upper() == code


def marked_event(code: str, at: datetime, draw: Callable[[int], bytes]) -> bytes:
    """Write the track event. It goes to no destination of the source, and counts as one anonymous user for ever."""
    return msgspec.json.encode(
        {
            "anonymousId": "gladly-segment-test",
            "context": {"library": {"name": "gladly-segment", "version": "test"}},
            "event": EVENT,
            "integrations": {"All": False},
            "messageId": f"gladly-segment-test-{draw(16).hex()}",
            "properties": {"code": code},
            "timestamp": format_moment(at),
            "type": "track",
        }
    )
