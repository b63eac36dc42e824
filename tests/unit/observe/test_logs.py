"""Logs: one line a signal, at the level it deserves, and nothing of what libraries quote."""

import errno
import json
import logging
import sys
from collections.abc import Callable, Iterator
from typing import Any, get_args

import msgspec
import pytest
import structlog

from gladly_segment.core.ids import Seq
from gladly_segment.core.lifecycle import Stage, State
from gladly_segment.core.mirror_signals import MirrorAnswered
from gladly_segment.core.signals import ReceiptSettled, Signal, StageResumed, WebhookAnswered
from gladly_segment.observe import LogObserver, configure_logs
from gladly_segment.observe.logs import LogForm
from tests.unit.observe.conftest import ONE_OF_EACH, SHOP

CANARY = "canary-8a11"

Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture(autouse=True)
def process_logs(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Give each test a process's logging of its own."""
    monkeypatch.setattr(logging.root, "handlers", [])
    level = logging.root.level
    yield
    logging.root.setLevel(level)
    structlog.reset_defaults()


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Lines:
    """Reads what has been logged as JSON since the last look."""

    def read() -> list[dict[str, Any]]:
        captured = capsys.readouterr()
        assert captured.out == ""
        return [json.loads(line) for line in captured.err.splitlines()]

    return read


def test_the_signals_of_these_tests_are_all_there_are() -> None:
    assert {type(each) for each in ONE_OF_EACH} == set(get_args(Signal))


@pytest.mark.parametrize("signal", ONE_OF_EACH, ids=lambda signal: type(signal).__name__)
def test_every_signal_is_one_line_with_its_name_and_fields(signal: Signal, lines: Lines) -> None:
    configure_logs("json", "debug")

    LogObserver().emit(signal)

    (line,) = lines()
    expected = {name: getattr(signal, name) for name in signal.__struct_fields__}
    assert {name: line[name] for name in expected} == json.loads(json.dumps(expected, default=_text))
    assert line.keys() == {*expected, "event", "level", "timestamp"}
    assert line["event"].replace("_", "") == type(signal).__name__.lower()


def _text(value: Any) -> Any:
    return msgspec.to_builtins(value)


def settled(state: State) -> ReceiptSettled:
    return ReceiptSettled(SHOP, Seq(1), state, "", "", 0.0)


LEVELS = {
    "debug": (
        "WebhookAnswered",
        "MirrorAnswered",
        "ReceiptAppended",
        "ReceiptSettled",
        "WorkEnded",
        "GladlyCalled",
        "BatchSent",
        "SpansDropped",
        "HistoryFollowed",
        "BackfillAdvanced",
    ),
    "info": (
        "StageResumed",
        "OrganizationChanged",
        "TracingResumed",
        "HistoryRebuilt",
        "BackfillBegan",
        "BackfillEnded",
    ),
    "warning": (
        "AttemptFailed",
        "TracingTrouble",
        "HistoryShed",
        "HistoryTrouble",
        "MirrorTrouble",
        "BackfillWaits",
        "BackfillsUnusable",
    ),
    "error": ("StageHeld", "JournalTrouble", "SettingsTrouble"),
}


@pytest.mark.parametrize(("level", "kind"), [(level, kind) for level, kinds in LEVELS.items() for kind in kinds])
def test_what_needs_somebody_is_louder_than_what_does_not(level: str, kind: str, lines: Lines) -> None:
    configure_logs("json", "debug")

    LogObserver().emit(next(each for each in ONE_OF_EACH if type(each).__name__ == kind))

    assert [line["level"] for line in lines()] == [level]


@pytest.mark.parametrize(
    ("signal", "level"),
    [
        (settled(State.PARKED), "warning"),
        (settled(State.SUPPRESSED), "debug"),
        (WebhookAnswered(SHOP, 399, 0.0), "debug"),
        (WebhookAnswered(SHOP, 400, 0.0), "warning"),
        (WebhookAnswered(None, 404, 0.0), "warning"),
        (WebhookAnswered(SHOP, 503, 0.0), "warning"),
        (MirrorAnswered(SHOP, 401), "warning"),
        (MirrorAnswered(SHOP, 429), "debug"),
    ],
)
def test_refused_webhooks_and_dead_letters_are_warnings(signal: Signal, level: str, lines: Lines) -> None:
    configure_logs("json", "debug")

    LogObserver().emit(signal)

    assert [line["level"] for line in lines()] == [level]


def test_what_is_below_the_level_is_not_written(lines: Lines) -> None:
    configure_logs("json", "warning")
    observer = LogObserver()

    for signal in ONE_OF_EACH:
        observer.emit(signal)

    assert {line["event"] for line in lines()} == {
        "attempt_failed",
        "stage_held",
        "mirror_trouble",
        "backfill_waits",
        "backfills_unusable",
        "journal_trouble",
        "settings_trouble",
        "feed_disabled",
        "feed_missing",
        "feed_unguarded",
        "feed_silent",
        "gap_unread",
        "gap_lost",
        "alarm_raised",
        "alarms_unposted",
        "tracing_trouble",
        "history_shed",
        "history_trouble",
        "hours_incomplete",
        "certifying_failed",
    }


def test_lines_for_a_person_hold_no_colours_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("text", "info")

    LogObserver().emit(StageResumed(SHOP, Stage.ENRICH))

    line = capsys.readouterr().err
    assert "stage_resumed" in line
    assert "organization=shop" in line
    assert "\x1b" not in line


def read() -> None:
    raise ValueError(f"cannot read {CANARY}")


def raise_and_log(logger: logging.Logger) -> None:
    try:
        read()
    except ValueError:
        logger.exception("Error handling %s", CANARY)


@pytest.mark.parametrize("library", ["aiohttp.server", "asyncio", "anything"])
def test_what_a_library_logs_is_told_without_its_words(library: str, lines: Lines) -> None:
    configure_logs("json", "info")

    raise_and_log(logging.getLogger(library))

    (line,) = lines()
    assert CANARY not in json.dumps(line)
    assert (line["event"], line["library"], line["error"], line["level"]) == (
        "library_message",
        library,
        "ValueError",
        "error",
    )
    assert line["at"].startswith("test_logs:")
    assert "test_logs.py:" in line["raised_at"]


def test_what_a_library_logs_without_an_error_is_told_too(lines: Lines) -> None:
    configure_logs("json", "info")

    logging.getLogger("aiohttp.client").warning("cannot use %s", CANARY)
    logging.getLogger("aiohttp.client").info("used %s", CANARY)

    assert [(line["level"], line["error"], line["raised_at"]) for line in lines()] == [("warning", "", "")]


class Full:
    """Standard error on a disk without space."""

    def isatty(self) -> bool:
        return False

    def write(self, _: str) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    def flush(self) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("form", ["text", "json"])
def test_logs_that_cannot_be_written_stop_nobody(form: LogForm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", Full())
    configure_logs(form, "debug")

    for signal in ONE_OF_EACH:
        LogObserver().emit(signal)
    raise_and_log(logging.getLogger("aiohttp.server"))
