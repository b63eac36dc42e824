"""Write the reference pages from the code: settings, metrics, outcomes, errors, mapping and the command line.

Run with `make docs`; a test fails when a page is not what the code says.
"""

import io
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec
from rich.console import Console

from gladly_segment.admin import answers as admin
from gladly_segment.admin import endpoints as door
from gladly_segment.cli.app import app
from gladly_segment.config.declarations import Declaration, declarations, toml_text
from gladly_segment.config.environment import variable_of
from gladly_segment.core import errors
from gladly_segment.core.batching import MAX_BATCH_BYTES, MAX_BATCH_EVENTS, MAX_EVENT_BYTES
from gladly_segment.core.lifecycle import (
    CLAIMED_BY,
    CURATED,
    REMEDIES,
    TRANSITIONS,
    DropReason,
    IgnoreReason,
    State,
    SuppressReason,
)
from gladly_segment.debugger import answers as screens
from gladly_segment.debugger import published as debugger
from gladly_segment.mapping.registry import MAPPINGS, PROFILE_CHANGES
from gladly_segment.observe.metrics import Metrics
from gladly_segment.receive import answers as receive
from gladly_segment.transport.endpoints import Endpoint

FOLDER: Final = Path(__file__).parent.parent / "docs" / "reference"
NOTICE: Final = "<!-- Written by `make docs` from the code: change the code, not this page. -->"
COMMANDS: Final = (
    ("connect",),
    ("serve",),
    ("doctor",),
    ("organizations", "list"),
    ("organizations", "show"),
    ("organizations", "add"),
    ("organizations", "pause"),
    ("organizations", "resume"),
    ("organizations", "remove"),
    ("disconnect",),
    ("secrets", "status"),
    ("secrets", "rotate"),
    ("events",),
    ("events", "export"),
    ("tail",),
    ("stats",),
    ("explain",),
    ("dead",),
    ("dead", "list"),
    ("dead", "show"),
    ("dead", "retry"),
    ("dead", "drop"),
    ("actions",),
    ("replay",),
    ("mirror",),
    ("history", "status"),
    ("history", "rebuild"),
    ("certify",),
    ("backfill",),
    ("backfill", "status"),
    ("backfill", "stop"),
    ("erase",),
    ("backup",),
    ("restore",),
    ("map",),
    ("demo",),
    ("sandbox", "gladly"),
    ("sandbox", "segment"),
)


def pages() -> Mapping[str, str]:
    """Write every page: file name to content."""
    bodies = {
        "settings.md": _settings(),
        "metrics.md": _metrics(),
        "outcomes.md": _outcomes(),
        "errors.md": _errors(),
        "mapping.md": _mapping(),
        "command-line.md": _command_line(),
        "api.md": _api(),
    }
    return {name: "\n".join((NOTICE, "", *body, "")) for name, body in bodies.items()}


def _settings() -> Iterator[str]:
    yield "# Settings"
    yield ""
    yield "From `gladly-segment.toml` (or `--config FILE`, or the file that `GLADLY_SEGMENT_CONFIG` names); a"
    yield "variable of the environment wins over the file. `ORG` is the organization's subdomain, with `_` for `-` in"
    yield "names of variables. A secret can come from a file, several passwords one a line: append `_file` (`_FILE`) to"
    yield "the key and give the file's path."
    yield ""
    yield "| key | variable | default | meaning | example |"
    yield "|---|---|---|---|---|"
    for declaration in declarations().values():
        if declaration.key != ("organizations",):
            yield _setting(declaration)


def _setting(declaration: Declaration) -> str:
    key = tuple(part.replace("{organization}", "ORG") for part in declaration.key)
    meaning = declaration.field.description or ""
    if declaration.is_secret:
        meaning += " Secret."
    return _row(
        f"`{'.'.join(key)}`", f"`{variable_of(key)}`", _default(declaration), meaning, f"`{declaration.example}`"
    )


def _default(declaration: Declaration) -> str:
    if declaration.field.is_required():
        return "required"
    default: object = declaration.field.get_default(call_default_factory=True, validated_data={})
    return "none" if default is None else f"`{toml_text(default)}`"


def _metrics() -> Iterator[str]:
    yield "# Metrics"
    yield ""
    yield "`GET /metrics` of the admin listener, in Prometheus' text form. Times are seconds."
    yield ""
    yield "| metric | kind | labels | meaning |"
    yield "|---|---|---|---|"
    for declared in Metrics().declared:
        labels = ", ".join(f"`{label}`" for label in declared.labels)
        yield _row(f"`{declared.name}`", declared.kind, labels, declared.text)


def _outcomes() -> Iterator[str]:
    yield "# States, outcomes and reasons"
    yield ""
    yield "```mermaid"
    yield "stateDiagram-v2"
    for state, following in TRANSITIONS.items():
        for after in sorted(following):
            yield f"    {state} --> {after}{': ' + CLAIMED_BY[state] if state in CLAIMED_BY else ''}"
    for state, following in CURATED.items():
        for after in sorted(following):
            yield f"    {state} --> {after}: person"
    for state in State:
        if state not in CLAIMED_BY:
            yield f"    {state} --> [*]"
    yield "```"
    yield ""
    yield "| outcome | reasons |"
    yield "|---|---|"
    yield _row("suppressed", ", ".join(f"`{reason}`" for reason in SuppressReason))
    yield _row("ignored", ", ".join(f"`{reason}`" for reason in IgnoreReason))
    yield _row("dropped", ", ".join(f"`{reason}`" for reason in DropReason))
    yield ""
    yield "## Dead letters"
    yield ""
    yield "| cause | meaning | remedy |"
    yield "|---|---|---|"
    for cause, remedy in REMEDIES.items():
        yield _row(f"`{cause}`", remedy.meaning, remedy.action)


def _errors() -> Iterator[str]:
    yield "# Errors"
    yield ""
    yield "## Answers of the receiver"
    yield ""
    yield '`{"error": {"code", "message", "hint"}}`'
    yield ""
    yield "| code | message | hint |"
    yield "|---|---|---|"
    for problem in receive.PROBLEMS:
        yield _row(f"`{problem.code}`", problem.message, problem.hint)
    yield ""
    yield "## Answers of the admin listener"
    yield ""
    yield "In the same form, or as a page to a browser."
    yield ""
    yield "| code | message | hint |"
    yield "|---|---|---|"
    for problem in (*admin.PROBLEMS, *screens.PROBLEMS):
        yield _row(f"`{problem.code}`", problem.message, problem.hint)
    yield ""
    yield "## Of the command line"
    yield ""
    yield "One sentence on standard error and exit status 2."
    yield ""
    yield "| code | meaning |"
    yield "|---|---|"
    for kind in errors.GladlySegmentError.__subclasses__():
        yield _row(f"`{kind.code}`", (kind.__doc__ or "").splitlines()[0])


def _api() -> Iterator[str]:
    yield "# API of the admin listener"
    yield ""
    yield "`/openapi.json` of a running service describes all of it: queries, forms, documents and refusals. What"
    yield "stands behind the door asks for the admin token (`Authorization: Bearer …`) or a session; see operations."
    for title, endpoints in (("The Debugger", debugger.ENDPOINTS), ("The door", _endpoints_of_door())):
        yield ""
        yield f"## {title}"
        yield ""
        yield "| address | what | takes | answers |"
        yield "|---|---|---|---|"
        for each in endpoints:
            takes = each.query if each.query is not None else next((one.shape for one in each.takes if one.shape), None)
            yield _row(f"`{each.method} {each.path}`", each.summary, _fields(takes), _media_types(each))


def _endpoints_of_door() -> Sequence[Endpoint]:
    return [each for each in vars(door).values() if isinstance(each, Endpoint)]


def _fields(shape: type[msgspec.Struct] | None) -> str:
    names = [] if shape is None else [field.encode_name for field in msgspec.structs.fields(shape)]
    return ", ".join(f"`{name}`" for name in names if name != "form_token")


def _media_types(endpoint: Endpoint) -> str:
    good = next((answer for answer in endpoint.answers if answer.status < 300), None)
    return ", ".join(f"`{content.media_type}`" for content in good.contents) if good else "303"


def _mapping() -> Iterator[str]:
    yield "# Mapping"
    yield ""
    yield "| Gladly event | track event |"
    yield "|---|---|"
    for mapping in MAPPINGS.values():
        yield _row(f"`{mapping.event_type}`", mapping.track_event)
    yield ""
    noted = ", ".join(f"`{event_type}`" for event_type in sorted(PROFILE_CHANGES))
    yield f"{noted}: no event is sent; what is remembered of the customer is dropped."
    yield "All other types are recorded as ignored."
    yield ""
    yield f"Limits of Segment that are kept: {MAX_EVENT_BYTES} bytes an event, {MAX_BATCH_BYTES} bytes and"
    yield f"{MAX_BATCH_EVENTS} events a batch."


def _command_line() -> Iterator[str]:
    yield "# Command line"
    for command in ((), *COMMANDS):
        yield ""
        yield f"## `{' '.join(('gladly-segment', *command))}`"
        yield ""
        yield "```text"
        yield _help(command)
        yield "```"


def _help(command: tuple[str, ...]) -> str:
    text = io.StringIO()
    app.help_print(command, console=Console(file=text, width=100, no_color=True, force_terminal=False))
    return "\n".join(line.rstrip() for line in text.getvalue().strip().splitlines())


def _row(*cells: str) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def main() -> None:
    """Write the pages to their folder."""
    for name, content in pages().items():
        (FOLDER / name).write_text(content, encoding="utf-8")
    sys.stdout.write(f"wrote {len(pages())} pages\n")


if __name__ == "__main__":
    main()
