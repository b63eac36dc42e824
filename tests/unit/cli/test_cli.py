"""The command line: what it says and the status it ends with."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from gladly_segment import __version__
from gladly_segment.cli import main

pytestmark = pytest.mark.filterwarnings("ignore:Cyclopts application invoked without tokens")

PROGRAM = (sys.executable, "-m", "gladly_segment")
USAGE_ERROR = 2
CANARY = "canary-77ab"

SETTINGS = f"""
[organizations.acme]
gladly_user = "api@acme.example"
gladly_token = "{CANARY}-1"
segment_write_key = "{CANARY}-2"
webhook_headers = {{ X-Key = ["{CANARY}-3"] }}
"""


class Ended(msgspec.Struct):
    status: int
    out: str
    err: str


Run = Callable[..., Ended]


@pytest.fixture(autouse=True)
def own_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in os.environ:
        if name.startswith("GLADLY_SEGMENT_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs the command line in this process."""

    def run(*arguments: str) -> Ended:
        monkeypatch.setattr(sys, "argv", ["gladly-segment", *arguments])
        with pytest.raises(SystemExit) as end:
            main()
        captured = capsys.readouterr()
        return Ended(int(end.value.code or 0), captured.out, captured.err)

    return run


@pytest.fixture
def settings(own_directory: Path) -> Callable[[str], str]:
    """Writes a settings file."""

    def write(text: str) -> str:
        file = own_directory / "settings.toml"
        file.write_text(text, encoding="utf-8")
        return str(file)

    return write


def program(*command: str) -> Ended:
    ended = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    return Ended(ended.returncode, ended.stdout, ended.stderr)


@pytest.mark.parametrize(
    "command",
    [(str(Path(sys.executable).with_name("gladly-segment")),), PROGRAM],
    ids=["command", "module"],
)
def test_the_program_ends_with_2_and_one_sentence_for_what_its_user_can_mend(command: tuple[str, ...]) -> None:
    ended = program(*command, "serve", "--config", "missing.toml")

    assert (ended.status, ended.out) == (USAGE_ERROR, "")
    assert ended.err.splitlines() == [
        "error: the settings file missing.toml cannot be read: No such file or directory",
        "  name another with --config, or set everything in the environment",
    ]


def test_it_tells_its_version(run: Run) -> None:
    assert run("--version") == Ended(0, f"{__version__}\n", "")


@pytest.mark.parametrize("arguments", [(), ("--help",)])
def test_it_tells_its_commands(run: Run, arguments: tuple[str, ...]) -> None:
    ended = run(*arguments)

    assert ended.status == 0
    assert all(command in ended.out for command in ("serve", "map", "demo", "sandbox"))


@pytest.mark.parametrize(
    "arguments",
    [
        ("nonsense",),
        ("serve", "--nonsense"),
        ("serve", "extra"),
        ("serve", "--config"),
        ("map",),
        ("map", "--event", "reopened"),
        ("demo", "--conversations", "none"),
        ("demo", "--conversations", "0"),
        ("sandbox", "nobody"),
        ("sandbox", "segment", "--flavour", "sweet"),
        ("sandbox", "segment", "--port", "65536"),
        ("sandbox", "gladly", "--port", "-1"),
        ("sandbox", "gladly", "--time-factor", "0"),
        ("sandbox", "gladly", "--rate-limit-per-s", "0"),
    ],
    ids=" ".join,
)
def test_what_is_no_command_is_told_in_a_sentence(run: Run, arguments: tuple[str, ...]) -> None:
    ended = run(*arguments)

    assert (ended.status, ended.out) == (USAGE_ERROR, "")
    assert ended.err.startswith("error: ")
    assert "--help" in ended.err
    assert "Traceback" not in ended.err


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("log_levle = 1\n" + SETTINGS, "error: the setting log_levle is unknown; did you mean log_level?"),
        ('log_level = "loud"\n' + SETTINGS, 'error: the setting log_level is "loud", which cannot be: '),
        (SETTINGS + 'gladly_share = "all"\n', 'error: the setting organizations.acme.gladly_share is "all", which'),
        (SETTINGS + f'gladly_tokn = "{CANARY}"\n', "error: the setting organizations.acme.gladly_tokn is unknown"),
        (SETTINGS.replace("gladly_token", "#"), "error: the setting organizations.acme.gladly_token is missing"),
        (SETTINGS.replace('_key = "', '_key = "a:'), "error: the setting organizations.acme.segment_write_key is ***"),
    ],
)
def test_a_wrong_setting_ends_the_service_with_2(
    run: Run, settings: Callable[[str], str], text: str, sentence: str
) -> None:
    ended = run("serve", "--config", settings(text))

    assert (ended.status, ended.out) == (USAGE_ERROR, "")
    assert ended.err.startswith(sentence)
    assert CANARY not in ended.err


def test_a_wrong_variable_ends_the_service_with_2(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLADLY_SEGMENT_ORGANIZATIONS", f'{{"acme": {{"gladly_token": "{CANARY}"')

    ended = run("serve")

    assert ended.status == USAGE_ERROR
    assert ended.err.startswith("error: the setting organizations is ********")
    assert CANARY not in ended.err


def test_a_data_directory_that_cannot_be_one_ends_the_service_with_2(
    settings: Callable[[str], str], own_directory: Path
) -> None:
    (own_directory / "taken").write_text("a file")

    ended = program(*PROGRAM, "serve", "--config", settings("server.port = 0\n" + SETTINGS), "--data-dir", "taken")

    assert (ended.status, ended.out) == (USAGE_ERROR, "")
    assert ended.err.startswith("error: the data directory taken cannot be used: ")


def test_a_port_that_is_taken_ends_the_service_with_2(settings: Callable[[str], str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = program(*PROGRAM, "serve", "--config", settings(f"server.port = {port}\nadmin.port = 0\n" + SETTINGS))

    assert (ended.status, ended.out) == (USAGE_ERROR, "")
    assert f"error: cannot listen on 127.0.0.1 port {port}: " in ended.err
    assert "Traceback" not in ended.err


@pytest.mark.parametrize("vendor", ["gladly", "segment"])
def test_a_port_that_is_taken_ends_a_sandbox_with_2(run: Run, vendor: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ended = run("sandbox", vendor, "--port", str(taken.getsockname()[1]))

    assert (ended.status, ended.out) == (USAGE_ERROR, "")
    assert ended.err.startswith("error: cannot listen there: ")


@pytest.mark.parametrize(("returned", "status"), [(None, 0), (0, 0), (1, 1), (130, 130)])
def test_a_commands_status_is_the_programs(
    run: Run, monkeypatch: pytest.MonkeyPatch, returned: int | None, status: int
) -> None:
    def app(_arguments: list[str]) -> int | None:
        return returned

    monkeypatch.setattr("gladly_segment.cli.app.app", app)

    assert run().status == status
