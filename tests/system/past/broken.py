"""`python -m tests.system.past.broken FAULT …`: the service with a promise broken. Each must be caught."""

import secrets
import sys
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Any, Final

import msgspec

from gladly_segment.cli import main
from gladly_segment.core.backfill import BackfillNumber
from gladly_segment.core.failures import Failure
from gladly_segment.core.past import PastOccurrence
from gladly_segment.core.quota import Quota
from gladly_segment.gladly import Limiter, Rank, past_entities
from gladly_segment.ports.destination import Accepted
from gladly_segment.segment import SegmentClient
from gladly_segment.spool import SqliteBackfills


class Fault(StrEnum):
    """What is wrong with it."""

    LOSES = "loses"
    """Of what the lists tell it forgets some."""
    DOUBLES = "doubles"
    """It sends everything twice, under another name."""
    GREEDY = "greedy"
    """It asks Gladly as fast as it can."""
    FORGETFUL = "forgetful"
    """It reads a customer for each of its occurrences."""
    LAZY = "lazy"
    """It uses half of what it may."""
    PUSHY = "pushy"
    """The past waits in one line with what is live."""


_EVERY: Final = 10


def _lose() -> None:
    gather = SqliteBackfills.gather

    async def gather_some(self: SqliteBackfills, number: BackfillNumber, told: Sequence[PastOccurrence]) -> None:
        await gather(self, number, [each for place, each in enumerate(told) if place % _EVERY])

    SqliteBackfills.gather = gather_some


def _double() -> None:
    send = SegmentClient.send

    async def send_twice(self: SegmentClient, payloads: Sequence[bytes], *, attempt: int) -> Accepted | Failure:
        await send(self, [_renamed(each) for each in payloads], attempt=attempt)
        return await send(self, payloads, attempt=attempt)

    SegmentClient.send = send_twice


def _renamed(payload: bytes) -> bytes:
    event: dict[str, Any] = msgspec.json.decode(payload)
    return msgspec.json.encode({**event, "messageId": f"other-{secrets.token_hex(16)}"})


def _be_greedy() -> None:
    def permitted(self: Quota, now: float) -> int:
        return 1_000_000

    Quota.permitted = permitted


def _forget() -> None:
    past_entities._KEEP_S = 0.0  # noqa: SLF001 # pyright: ignore[reportPrivateUsage, reportConstantRedefinition]


def _be_lazy() -> None:
    def spare(self: Quota, now: float) -> int:
        return self.permitted(now) // 2

    Quota.spare = spare


def _push() -> None:
    enter = Limiter.enter

    async def enter_live(self: Limiter, method: str, rank: Rank = Rank.LIVE) -> None:
        await enter(self, method, Rank.LIVE)

    Limiter.enter = enter_live


_BREAK: Final[Mapping[Fault, Callable[[], None]]] = {
    Fault.LOSES: _lose,
    Fault.DOUBLES: _double,
    Fault.GREEDY: _be_greedy,
    Fault.FORGETFUL: _forget,
    Fault.LAZY: _be_lazy,
    Fault.PUSHY: _push,
}


if __name__ == "__main__":
    _BREAK[Fault(sys.argv.pop(1))]()
    main()
