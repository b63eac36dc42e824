"""`gladly-segment map`: the event of the batch, or one sentence of what is wrong."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from gladly_segment.cli import main
from gladly_segment.core.identity import closed_key, created_key, message_id
from gladly_segment.core.ids import ConversationId, OrganizationId
from tests.unit.builders import CREATED_AT, EVENTS, REFERENCE, reference

# Its guard against a forgotten `app([])`: here the arguments are those of the process, as they shall be.
pytestmark = pytest.mark.filterwarnings("ignore:Cyclopts application invoked without tokens:UserWarning")

USAGE_ERROR: Final = 2
CONVERSATION: Final[dict[str, Any]] = {"id": "conversation-1", "customerId": "customer-1", "createdAt": CREATED_AT}
CLOSED_AT: Final = "2022-07-09T07:30:00.000Z"
CUSTOMER: Final[dict[str, Any]] = {"id": "customer-1"}


class Ended:
    """What a command printed, and how it ended."""

    def __init__(self, status: object, out: str, err: str) -> None:
        self.status = status
        self.out = out
        self.err = err

    @property
    def event(self) -> Any:
        assert self.status == 0, self.err
        return json.loads(self.out)

    @property
    def complaint(self) -> str:
        """What is wrong, on a line of its own; nothing was printed."""
        assert (self.status, self.out) == (USAGE_ERROR, "")
        assert self.err.startswith("error: ")
        return self.err.removeprefix("error: ").splitlines()[0]


Command = Callable[..., Ended]


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """`gladly-segment map` with arguments."""

    def run(*arguments: object) -> Ended:
        monkeypatch.setattr(sys, "argv", ["gladly-segment", "map", *map(str, arguments)])
        with pytest.raises(SystemExit) as exit_:
            main()
        out, err = capsys.readouterr()
        return Ended(exit_.value.code, out, err)

    return run


@pytest.fixture
def map_files(command: Command, tmp_path: Path) -> Command:
    """`gladly-segment map` of answers; bytes stand in a file as they are, None is a file that is not there."""

    def run(
        event: str, conversation: object = CONVERSATION, customer: object = CUSTOMER, *arguments: object, **more: object
    ) -> Ended:
        files = {"conversation": conversation, "customer": customer, **more}
        for name, answer in files.items():
            if answer is not None:
                content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
                (tmp_path / name).write_bytes(content)
        options = [option for name in files for option in (f"--{name}", tmp_path / name)]
        return command("--event", event, *options, *arguments)

    return run


def reference_arguments(event: str) -> list[object]:
    return [
        *("--event", event),
        *("--conversation", REFERENCE / "conversation.json"),
        *("--customer", REFERENCE / "customer.json"),
        *("--agents", REFERENCE / "agents.json"),
    ]


def reference_event(event: str, message_id: str) -> dict[str, Any]:
    document = {**reference(event), "messageId": message_id}
    return {key: value for key, value in document.items() if key not in {"receivedAt", "originalTimestamp"}}


@pytest.mark.parametrize("event", EVENTS)
def test_the_reference_is_printed_as_it_would_stand_in_the_batch(command: Command, event: str) -> None:
    ended = command(*reference_arguments(event))

    expected = reference_event(event, ended.event["messageId"])
    assert ended.out == json.dumps(expected, indent=2, ensure_ascii=False) + "\n"
    assert ended.err == ""


def test_it_runs_as_a_program_of_its_own_and_writes_utf_8(tmp_path: Path) -> None:
    customer = tmp_path / "customer.json"
    customer.write_text('{"id": "customer-1", "name": "Zoë 🛍"}', encoding="utf-8")
    arguments = ["--event", "closed", "--conversation", REFERENCE / "conversation.json", "--customer", customer]

    ended = subprocess.run(
        [sys.executable, "-m", "gladly_segment", "map", *map(str, arguments)],
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        timeout=60,
        check=False,
    )

    assert (ended.returncode, ended.stderr) == (0, b"note: agent_not_listed\n")
    assert json.loads(ended.stdout.decode())["properties"]["customerName"] == "Zoë 🛍"


def test_the_message_id_is_that_of_the_occurrence(map_files: Command) -> None:
    closed = {**CONVERSATION, "closedAt": CLOSED_AT}
    acme, conversation = OrganizationId("acme"), ConversationId("conversation-1")
    key = closed_key(acme, conversation, CLOSED_AT)
    assert key is not None

    printed = [map_files(event, closed, CUSTOMER, "--organization", "acme").event["messageId"] for event in EVENTS]

    assert printed == [message_id(created_key(acme, conversation)), message_id(key)]


def test_without_agents_the_agent_has_an_id_alone(map_files: Command) -> None:
    ended = map_files("created", {**CONVERSATION, "agentId": "agent-1"})

    assert ended.event["properties"]["agentId"] == "agent-1"
    assert "agentName" not in ended.event["properties"]


def test_what_was_left_out_is_noted_beside_the_event(map_files: Command) -> None:
    odd = {**CUSTOMER, "phones": [{"original": "none"}], "customAttributes": 7}

    ended = map_files("created", {**CONVERSATION, "agentId": "agent-1"}, odd, agents=[])

    assert ended.event["properties"]["customAttributes"] == {}
    assert ended.err.splitlines() == [
        "note: phone_not_a_number",
        "note: custom_attributes_not_an_object",
        "note: agent_not_listed",
    ]


def test_text_that_is_not_unicode_is_mended_as_the_service_does(map_files: Command) -> None:
    ended = map_files("created", CONVERSATION, b'{"id":"customer-1","name":"A\xff","customAttributes":{"a":"\\ud800"}}')

    assert ended.event["properties"]["customerName"] == "A\N{REPLACEMENT CHARACTER}"
    assert ended.event["properties"]["customAttributes"] == {"a": "\N{REPLACEMENT CHARACTER}"}


@pytest.mark.parametrize("closed_at", [{}, {"closedAt": None}, {"closedAt": "yesterday"}])
def test_closed_needs_the_time_of_closing(map_files: Command, closed_at: dict[str, Any]) -> None:
    ended = map_files("closed", {**CONVERSATION, **closed_at})

    assert "closedAt" in ended.complaint
    assert "conversation" in ended.complaint


@pytest.mark.parametrize("missing", ["conversation", "customer", "agents"])
def test_a_file_that_is_not_there_is_named(map_files: Command, tmp_path: Path, missing: str) -> None:
    ended = map_files("created", **{"conversation": CONVERSATION, "customer": CUSTOMER, "agents": [], missing: None})

    assert ended.complaint == f"{tmp_path / missing} cannot be read: No such file or directory"


@pytest.mark.parametrize("file", ["conversation", "customer", "agents"])
@pytest.mark.parametrize("answer", [b"", b"not json", b'{"id":', b"7", b'{"name":"x"}', b"[" * 100_000, b'[{"id":7}]'])
def test_a_file_that_holds_something_else_is_named(
    map_files: Command, tmp_path: Path, file: str, answer: bytes
) -> None:
    ended = map_files("created", **{"conversation": CONVERSATION, "customer": CUSTOMER, "agents": [], file: answer})

    assert ended.complaint.startswith(f"{tmp_path / file} does not hold what Gladly's API returns there: ")


def test_a_conversation_without_a_readable_creation_has_no_event(map_files: Command) -> None:
    ended = map_files("created", {**CONVERSATION, "createdAt": "yesterday"})

    assert "conversation_unreadable" in ended.complaint


def test_an_event_that_segment_would_drop_is_not_shown_as_if_it_were_sent(map_files: Command) -> None:
    ended = map_files("created", CONVERSATION, {**CUSTOMER, "customAttributes": {"essay": "x" * 32_000}})

    assert "event_too_large" in ended.complaint


@pytest.mark.parametrize(
    "arguments", [[], ["--event", "reopened"], reference_arguments("created")[:4], ["--colour", "red"]]
)
def test_wrong_usage_is_one_sentence(command: Command, arguments: list[object]) -> None:
    assert command(*arguments).complaint
