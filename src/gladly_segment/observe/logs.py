"""Structured logs on standard error: JSON, or lines for a person. Ids only, never personal data or secrets."""

import logging
import sys
import traceback
from contextlib import suppress
from typing import Final, Literal, TextIO, TypeAlias, cast

import msgspec
import structlog
from typing_extensions import override

from gladly_segment.core.backfill_signals import (
    BackfillAdvanced,
    BackfillBegan,
    BackfillEnded,
    BackfillSignal,
)
from gladly_segment.core.certificate_signals import (
    CertificateSignal,
    Certified,
    CertifyingFailed,
    Completeness,
    HoursIncomplete,
)
from gladly_segment.core.feed_signals import (
    AlarmEnded,
    AlarmRaised,
    FeedEnabled,
    FeedHeard,
    FeedReenabled,
    FeedSignal,
    GapRecovered,
)
from gladly_segment.core.history_signals import HistoryFollowed, HistoryRebuilt, HistorySignal
from gladly_segment.core.lifecycle import State
from gladly_segment.core.mirror_signals import MirrorAnswered, MirrorSignal, MirrorTrouble
from gladly_segment.core.signals import (
    AttemptFailed,
    BatchSent,
    EventSignal,
    GladlyCalled,
    JournalTrouble,
    OrganizationChanged,
    ReceiptAppended,
    ReceiptSettled,
    SettingsTrouble,
    Signal,
    SpansDropped,
    StageHeld,
    StageResumed,
    TracingResumed,
    TracingTrouble,
    TurnedAway,
    WebhookAnswered,
    WorkEnded,
)

LogForm: TypeAlias = Literal["json", "text"]
LogLevel: TypeAlias = Literal["debug", "info", "warning", "error"]

_LEVELS: Final = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
_CLIENT_ERROR: Final = 400
_TOO_MANY: Final = 429


def configure_logs(form: LogForm, level: LogLevel) -> None:
    """Set up logging for the process."""
    colors = sys.stderr.isatty()
    renderer = structlog.processors.JSONRenderer() if form == "json" else structlog.dev.ConsoleRenderer(colors=colors)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        logger_factory=structlog.WriteLoggerFactory(file=cast("TextIO", _StandardError())),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, handlers=[_LibraryLogs()], force=True)


class _StandardError:
    """Standard error, where a full disk or a closed pipe behind it must not stop the service."""

    def write(self, text: str) -> None:
        with suppress(OSError):
            sys.stderr.write(text)

    def flush(self) -> None:
        with suppress(OSError):
            sys.stderr.flush()


class _LibraryLogs(logging.Handler):
    """Tells that a library logged something and where, not its words: they may quote a request, secrets included."""

    @override
    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        frames = traceback.extract_tb(error.__traceback__ if error else None)
        log: structlog.typing.FilteringBoundLogger = structlog.get_logger()
        log.log(
            record.levelno,
            "library_message",
            library=record.name,
            at=f"{record.module}:{record.lineno}",
            error=type(error).__name__ if error else "",
            raised_at=f"{frames[-1].filename}:{frames[-1].lineno}" if frames else "",
        )


class LogObserver:
    """Writes each signal as one line, named after the signal, with its fields."""

    def __init__(self) -> None:
        self._log: structlog.typing.FilteringBoundLogger = structlog.get_logger()

    def emit(self, signal: Signal) -> None:
        """See the port."""
        fields = msgspec.to_builtins(signal)
        name = fields.pop("type")
        self._log.log(_level(signal), name, **fields)


def _level(signal: Signal) -> int:
    if isinstance(signal, FeedSignal):
        return _feed_level(signal)
    if isinstance(signal, BackfillSignal):
        return _backfill_level(signal)
    if isinstance(signal, CertificateSignal):
        return _certificate_level(signal)
    if isinstance(signal, MirrorSignal):
        return _mirror_level(signal)
    return _history_level(signal) if isinstance(signal, HistorySignal) else _event_level(signal)


def _event_level(signal: EventSignal) -> int:
    match signal:
        case StageHeld() | JournalTrouble() | SettingsTrouble():
            return logging.ERROR
        case AttemptFailed() | TracingTrouble():
            return logging.WARNING
        case ReceiptSettled(state=state):
            return logging.WARNING if state is State.PARKED else logging.DEBUG
        case WebhookAnswered(status=status):
            return _answer_level(status)
        case StageResumed() | OrganizationChanged() | TracingResumed():
            return logging.INFO
        case TurnedAway() | ReceiptAppended() | GladlyCalled() | BatchSent() | WorkEnded() | SpansDropped():
            return logging.DEBUG


def _answer_level(status: int) -> int:
    # A flood is for the metrics: a line for each request of it would make it worse.
    if status == _TOO_MANY:
        return logging.DEBUG
    return logging.WARNING if status >= _CLIENT_ERROR else logging.DEBUG


def _mirror_level(signal: MirrorSignal) -> int:
    match signal:
        case MirrorAnswered(status=status):
            return _answer_level(status)
        case MirrorTrouble():
            return logging.WARNING


def _feed_level(signal: FeedSignal) -> int:
    match signal:
        case AlarmRaised():
            return logging.ERROR
        case FeedEnabled() | FeedReenabled() | FeedHeard() | GapRecovered() | AlarmEnded():
            return logging.INFO
        case _:
            return logging.WARNING


def _backfill_level(signal: BackfillSignal) -> int:
    match signal:
        case BackfillAdvanced():
            return logging.DEBUG
        case BackfillBegan() | BackfillEnded():
            return logging.INFO
        case _:
            return logging.WARNING


def _certificate_level(signal: CertificateSignal) -> int:
    match signal:
        case HoursIncomplete() | CertifyingFailed():
            return logging.WARNING
        case Certified(differences=differences):
            return logging.INFO if differences else logging.DEBUG
        case Completeness():
            return logging.DEBUG
        case _:
            return logging.INFO


def _history_level(signal: HistorySignal) -> int:
    match signal:
        case HistoryFollowed():
            return logging.DEBUG
        case HistoryRebuilt():
            return logging.INFO
        case _:
            return logging.WARNING
