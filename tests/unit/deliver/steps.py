"""What the tests of the deliver stage share."""

from collections.abc import Sequence
from typing import Final

import msgspec

from gladly_segment.core.failures import Failure, FailureKind
from tests.support.destination import ScriptedDestination

LINGER_S: Final = 0.02
UNAVAILABLE: Final = Failure(FailureKind.UNAVAILABLE, "answered 503", 503)
REFUSED: Final = Failure(FailureKind.REFUSED, "answered 400", 400)
TOO_LARGE: Final = Failure(FailureKind.TOO_LARGE, "answered 413", 413)
UNAUTHORIZED: Final = Failure(FailureKind.UNAUTHORIZED, "answered 401", 401)


def seqs(payloads: Sequence[bytes]) -> list[int]:
    """Give the events' places in the log; `Works` writes them into each event."""
    return [msgspec.json.decode(payload)["properties"]["seq"] for payload in payloads]


def seqs_sent(destination: ScriptedDestination) -> list[list[int]]:
    return [seqs(sent.payloads) for sent in destination.sent]
