"""What a run of the Segment simulator may choose, and the limits it may not."""

from typing import Literal

import msgspec

MAX_BODY_BYTES = 500 * 1024
MAX_EVENT_BYTES = 32 * 1024
MAX_BATCH_EVENTS = 2500
MAX_MESSAGE_ID_CHARS = 99
MAX_PROPERTIES = 10_000
DEDUP_WINDOW_S = 24 * 3600


class SegmentOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Where to listen, whom to admit and how to answer.

    `flavour="strict"` answers as Segment-compatible hosts do (RudderStack, Jitsu): Basic credentials only,
    401 and 413 where Segment says 200 or 400. `seed` decides which requests a fault with a share hits.
    """

    host: str = "127.0.0.1"
    port: int = 0
    write_keys: tuple[str, ...] = ("sandbox-write-key",)
    flavour: Literal["segment", "strict"] = "segment"
    requests_per_s: int = 1000
    seed: int = 0
