"""How receipts and their histories are written on the terminal, and as JSON."""

import sys
from collections.abc import Sequence

import msgspec
from rich.console import Console
from rich.json import JSON
from rich.table import Table
from rich.text import Text

from gladly_segment.core.lifecycle import REMEDIES, ParkCause, State, unsettled
from gladly_segment.core.moments import format_moment
from gladly_segment.core.records import Attempt, History


class ShownAttempt(msgspec.Struct, frozen=True, rename="camel"):
    """One step of a history as JSON."""

    at: str
    by: str
    outcome: str
    reason: str
    detail: str
    due_at: str | None


class ShownReceipt(msgspec.Struct, frozen=True, rename="camel"):
    """A receipt as JSON: `received` is the webhook's body, `event` the track event if there is one.

    Both are JSON themselves, or the text of what is not.
    """

    number: int
    organization: str
    lane: str
    event_type: str
    event_id: str
    received_at: str
    state: str
    reason: str
    detail: str
    message_id: str
    notes: tuple[str, ...]
    received: msgspec.Raw | str
    event: msgspec.Raw | str | None
    attempts: tuple[ShownAttempt, ...]


def shown(history: History) -> ShownReceipt:
    """Prepare a receipt for JSON."""
    return ShownReceipt(
        number=history.seq,
        organization=history.organization,
        lane=history.lane,
        event_type=history.event_type,
        event_id=history.event_id,
        received_at=format_moment(history.received_at),
        state=history.state,
        reason=history.reason,
        detail=history.detail,
        message_id=history.message_id,
        notes=history.notes,
        received=_json(history.body),
        event=_json(history.payload) if history.payload else None,
        attempts=tuple(_shown_attempt(attempt) for attempt in history.attempts),
    )


def _json(content: bytes) -> msgspec.Raw | str:
    try:
        content.decode()
        return msgspec.Raw(msgspec.json.format(content, indent=-1))  # on one line
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return content.decode(errors="replace")


def print_json(histories: Sequence[History]) -> None:
    """Print one JSON document a line."""
    for history in histories:
        sys.stdout.buffer.write(msgspec.json.encode(shown(history)) + b"\n")
    sys.stdout.flush()


def print_histories(console: Console, histories: Sequence[History]) -> None:
    """Tell the story of each receipt, ending with the track event."""
    for history in histories:
        console.print(Text.assemble((f"#{history.seq}", "bold"), f" {history.organization} {history.event_type}"))
        console.print(_story(history))
        if history.payload:
            console.print(_event(history.payload))
        console.print(verdict(history), style="bold", markup=False, highlight=False)
        console.print()


def verdict(history: History) -> str:
    """Say in one sentence where a receipt stands, and what to do if something is to be done."""
    if history.state is State.PARKED:
        remedy = REMEDIES[ParkCause(history.reason)]
        detail = f" ({history.detail})" if history.detail else ""
        return f"Parked, {history.reason}{detail}: {remedy.meaning} {remedy.action}"
    if unsettled(history.state):
        last = f"; last trouble: {history.detail}" if history.detail else ""
        return f"Waiting as {history.state}, {history.attempts_failed} failed attempts{last}"
    because = f", {history.reason}" if history.reason else ""
    sent = f" under {history.message_id}" if history.state is State.DELIVERED else ""
    return f"{history.state.capitalize()}{because}{sent}"


def _event(payload: bytes) -> JSON | Text:
    try:
        return JSON(payload.decode())
    except ValueError:
        return Text(payload.decode(errors="replace"))


def _story(history: History) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False)
    for _ in ("when", "who", "what"):
        table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    if history.occurred_at is not None:
        add_row(table, format_moment(history.occurred_at), "Gladly", "happened")
    add_row(table, format_moment(history.received_at), history.source, "received", f"event {history.event_id}")
    for attempt in history.attempts:
        add_row(table, format_moment(attempt.at), attempt.by, attempt.outcome, _why(attempt))
    for note in history.notes:
        add_row(table, "", "", "note", note)
    return table


def add_row(table: Table, *cells: str) -> None:
    """Add a row of plain text: what came from outside is no markup."""
    table.add_row(*(Text(cell) for cell in cells))


def _why(attempt: Attempt) -> str:
    because = ": ".join(part for part in (attempt.reason, attempt.detail) if part)
    again = f"again at {format_moment(attempt.due_at)}" if attempt.due_at else ""
    return ", ".join(part for part in (because, again) if part)


def _shown_attempt(attempt: Attempt) -> ShownAttempt:
    return ShownAttempt(
        format_moment(attempt.at),
        attempt.by,
        attempt.outcome,
        attempt.reason,
        attempt.detail,
        format_moment(attempt.due_at) if attempt.due_at else None,
    )
