"""`gladly-segment explain`: why a conversation is in Segment, or is not."""

import sys
from collections.abc import Sequence
from typing import Annotated

import msgspec
from cyclopts import Parameter
from rich.console import Console
from rich.json import JSON
from rich.table import Table
from rich.text import Text

from gladly_segment.cli.history import add_row
from gladly_segment.cli.journal import AsJson, Config, DataDir, Organization, settings_of
from gladly_segment.cli.loop import run
from gladly_segment.core.explained import ExplainedAttempt, ExplainedConversation, ExplainedEvent, ExplainedFetch
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.lifecycle import Stage
from gladly_segment.core.verdict import Answer
from gladly_segment.service.explaining import Place, Question, explain

Id = Annotated[str, Parameter(help="A conversation's id, or that of a message, an event or a customer of it.")]
AskGladly = Annotated[
    bool, Parameter(name="--ask-gladly", negative="", help="Ask Gladly, too, whether there is such a conversation.")
]


def explain_command(
    id: Id,  # noqa: A002 - the argument's own name
    /,
    *,
    organization: Organization = None,
    ask_gladly: AskGladly = False,
    json: AsJson = False,
    config: Config = None,
    data_dir: DataDir = None,
) -> int:
    """Tell why a conversation is in Segment, or is not: its events with what was fetched, each attempt and its answer.

    Works while the service runs. Where the id is of several conversations, they are listed. Exit status 1 when nothing
    was ever received.
    """
    question = Question(
        id=id,
        organization=OrganizationId(organization) if organization else None,
        ask_gladly=ask_gladly,
    )
    if data_dir is not None and config is None:
        place = Place(data_dir=data_dir, settings=None)
    else:
        settings = settings_of(config, data_dir)
        place = Place(data_dir=settings.data_dir, settings=settings)
    found = run(explain(question, place))
    if json:
        _print_json(found)
    else:
        _print(Console(), found)
    return 0 if any(each.events for each in found) else 1


def _print_json(found: Sequence[ExplainedConversation]) -> None:
    for each in found:
        sys.stdout.buffer.write(msgspec.json.encode(each) + b"\n")
    sys.stdout.flush()


def _print(console: Console, found: Sequence[ExplainedConversation]) -> None:
    # By a customer's id there may be many: their events would be too much at once.
    is_one = len({each.conversation for each in found}) == 1
    for each in found:
        of = "" if each.organization is None else f" of {each.organization}"
        verdict = each.answer.verdict.replace("_", " ")
        console.print(Text(f"Conversation {each.conversation}{of}: {verdict}", style="bold"))
        _print_answer(console, each.answer)
        for event in each.events if is_one else ():
            console.print()
            _print_event(console, event, alone=len(each.events) == 1)


def _print_answer(console: Console, answer: Answer) -> None:
    console.print(Text(answer.why))
    if answer.todo:
        console.print(Text(f"To do: {answer.todo}", style="dim"))


def _print_event(console: Console, event: ExplainedEvent, *, alone: bool) -> None:
    console.print(Text.assemble((f"#{event.number}", "bold"), f" {event.event_type}"))
    console.print(_story(event))
    if isinstance(event.event, str):
        console.print(Text(event.event))
    elif event.event is not None:
        console.print(JSON(bytes(event.event).decode()))
    if not alone:
        _print_answer(console, event.answer)


def _story(event: ExplainedEvent) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False)
    for _ in ("when", "who", "what"):
        table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    if event.occurred_at is not None:
        add_row(table, event.occurred_at, "Gladly", "happened")
    add_row(table, event.received_at, event.source, "received", f"event {event.event_id}")
    made = next((each for each in reversed(event.attempts) if each.by == Stage.ENRICH and each.due_at is None), None)
    for attempt in event.attempts:
        for fetch in event.fetched if attempt is made else ():
            add_row(table, "", "", "fetched", _from_where(fetch))
        add_row(table, attempt.at, attempt.by, attempt.outcome, _told(attempt))
    for note in event.notes:
        add_row(table, "", "", "note", note)
    return table


def _told(attempt: ExplainedAttempt) -> str:
    because = ": ".join(part for part in (attempt.reason, attempt.detail) if part)
    again = f"again at {attempt.due_at}" if attempt.due_at else ""
    return ", ".join(part for part in (because, again) if part)


def _from_where(fetch: ExplainedFetch) -> str:
    what = f"{fetch.resource} {fetch.id}".rstrip()
    if not fetch.found:
        return f"{what}: Gladly does not have it (404)"
    return f"{what} from {fetch.origin}, {fetch.age_s:.0f} s old" if fetch.age_s else f"{what} from {fetch.origin}"
