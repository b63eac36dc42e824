"""A fixed mix of questions, each kind asked many times about different events."""

import os
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, Final, TypeAlias

import msgspec

from benchmarks.history.events import DAYS, END, FIRST, TOPICS, Person, person, receipts
from gladly_segment.core.ids import OrganizationId, Seq
from gladly_segment.core.lifecycle import State
from gladly_segment.history import Bell, SqliteHistory
from gladly_segment.history.file import files_of
from gladly_segment.mapping.intake import NotAnEvent, read_event
from gladly_segment.ports.history import Search
from gladly_segment.ports.receipts import Standing

PAGE: Final = 50
ACME: Final = OrganizationId("acme")

_Ask: TypeAlias = Callable[[SqliteHistory], Awaitable[Any]]
_Make: TypeAlias = Callable[["Drawn"], _Ask]


class Drawn(msgspec.Struct, frozen=True):
    """Some event, and chance."""

    receipt: Standing
    total: int
    draw: Random

    @property
    def customer(self) -> str:
        """Give the id of its customer."""
        event = read_event(self.receipt.body)
        if isinstance(event, NotAnEvent) or event.content is None:
            raise AssertionError("the events are whole")
        return event.content.customers()[0]

    @property
    def conversation(self) -> str:
        """Give the id of its conversation."""
        return self.receipt.lane.partition(":")[2]


class Took(msgspec.Struct, frozen=True):
    """Milliseconds that a kind of question took, least first; `worked` is the processor's time of the warm ones."""

    kind: str
    cold: Sequence[float]
    warm: Sequence[float]
    worked: Sequence[float]


def _search(**fields: Any) -> _Ask:
    return lambda history: history.search(Search(**fields), PAGE)


def _someone(drawn: Drawn) -> Person:
    return person(drawn.draw.randrange(max(1, drawn.total // 10)))


def _dialled(phone: str) -> str:
    return f"({phone[2:5]}) {phone[5:8]}-{phone[8:]}"


def _back(days: float) -> datetime:
    return END - timedelta(days=days)


def _an_hour(drawn: Drawn, **fields: Any) -> _Ask:
    back = drawn.draw.uniform(1, DAYS)
    return _search(since=_back(back), until=_back(back) + timedelta(hours=1), **fields)


def _deep(drawn: Drawn) -> _Ask:
    before = Seq(drawn.draw.randrange(1, drawn.total))
    return lambda history: history.search(Search(text="gmail.com", organization=ACME), PAGE, before=before)


KINDS: Final[Mapping[str, _Make]] = {
    "nothing: the latest": lambda _: _search(),
    "event id": lambda drawn: _search(text=drawn.receipt.event_id),
    "messageId": lambda drawn: _search(text=drawn.receipt.message_id or "gladly-0"),
    "conversation id": lambda drawn: _search(text=drawn.conversation),
    "customer id": lambda drawn: _search(text=drawn.customer),
    "beginning of an id": lambda drawn: _search(text=drawn.receipt.event_id[:6]),
    "beginning of an id, 3": lambda drawn: _search(text=drawn.receipt.event_id[:3]),
    "e-mail": lambda drawn: _search(text=_someone(drawn).email),
    "e-mail domain": lambda drawn: _search(text=_someone(drawn).email.partition("@")[2]),
    "phone": lambda drawn: _search(text=_someone(drawn).phone),
    "phone as dialled": lambda drawn: _search(text=_dialled(_someone(drawn).phone)),
    "full name": lambda drawn: _search(text=_someone(drawn).name),
    "first name": lambda drawn: _search(text=_someone(drawn).name.partition(" ")[0]),
    "beginning of a name": lambda drawn: _search(text=_someone(drawn).name[:3]),
    "beginning of nearly all": lambda drawn: _search(text=drawn.draw.choice(("gla", "gmail", "com", "agent"))),
    "name and domain": lambda drawn: _search(text=f"{_someone(drawn).name.partition(' ')[0]} gmail.com"),
    "two names nobody has": lambda drawn: _search(text=" ".join(drawn.draw.sample(FIRST, 3))),
    "state": lambda drawn: _search(states=(drawn.draw.choice((State.PARKED, State.DELIVERED, State.IGNORED)),)),
    "organization, state, reason": lambda _: _search(
        organization=ACME, states=(State.PARKED,), reason="event_too_large"
    ),
    "slower than": lambda drawn: _search(slower_than_s=drawn.draw.choice((1.0, 3.0, 45.0, 400.0, 100_000.0))),
    "parked, by first name": lambda drawn: _search(states=(State.PARKED,), text=_someone(drawn).name.partition(" ")[0]),
    "a topic where it never is": lambda drawn: _search(
        event_type="CONVERSATION/CREATED", text=drawn.draw.choice(TOPICS)
    ),
    "an hour": _an_hour,
    "an hour, state": lambda drawn: _an_hour(drawn, organization=ACME, states=(State.DELIVERED,)),
    "an hour, domain": lambda drawn: _an_hour(drawn, text="gmail.com"),
    "a month, first name": lambda drawn: _search(
        text=_someone(drawn).name.partition(" ")[0], since=_back(60), until=_back(30)
    ),
    "deep in the pages": _deep,
    "nothing of it": lambda drawn: _search(text=f"nowhere{drawn.draw.random()}"),
    "flow of a day, 5 min": lambda _: lambda history: history.flow(ACME, _back(1), END, 300),
    "flow of 90 days, 6 h": lambda _: lambda history: history.flow(None, _back(90), END, 21_600),
    "flow of 90 days, ragged": lambda _: (
        lambda history: history.flow(None, _back(90) + timedelta(minutes=7), END, 86_400)
    ),
    "counts of 90 days": lambda _: lambda history: history.counts(None, _back(90), END),
}


async def ask_all(data_dir: Path, total: int, times_cold: int, times_warm: int) -> Sequence[Took]:
    """Ask every kind, first with nothing of the file in memory, then with what was asked before."""
    return [await _asked(data_dir, total, kind, (times_cold, times_warm)) for kind in KINDS]


async def _asked(data_dir: Path, total: int, kind: str, times: tuple[int, int]) -> Took:
    cold, _ = await _times(data_dir, total, KINDS[kind], times[0], cold=True)
    warm, worked = await _times(data_dir, total, KINDS[kind], times[1])
    return Took(kind, cold, warm, worked)


async def _times(
    data_dir: Path, total: int, make: _Make, times: int, *, cold: bool = False
) -> tuple[Sequence[float], Sequence[float]]:
    took, worked = list[float](), list[float]()
    history = SqliteHistory(data_dir, _head, Bell())
    for number in range(times):
        draw = Random(number * 31 + int(cold))  # noqa: S311 - must be repeatable, not secret
        seq = draw.randrange(1, total)
        [receipt] = receipts(seq, seq + 1, total)
        ask = make(Drawn(receipt, total, draw))
        if cold:
            await history.close()
            _let_go(data_dir)
            history = SqliteHistory(data_dir, _head, Bell())
        began, before = time.perf_counter(), time.process_time()
        await ask(history)
        took.append((time.perf_counter() - began) * 1_000)
        worked.append((time.process_time() - before) * 1_000)
    await history.close()
    return sorted(took), sorted(worked)


def _let_go(data_dir: Path) -> None:
    """Have the system forget what it holds of the files in memory."""
    for file in files_of(data_dir):
        if file.exists():
            descriptor = os.open(file, os.O_RDONLY)
            os.fsync(descriptor)
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(descriptor)


async def _head() -> int:
    return 0
