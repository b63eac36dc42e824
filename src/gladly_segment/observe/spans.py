"""What spans are called: ids derived from what is in the journal, so that a trace survives a restart."""

import hashlib
from datetime import datetime
from typing import Final

from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import TraceIdRatioBased
from opentelemetry.trace import SpanContext, TraceFlags

from gladly_segment.core.ids import ReceiptKey
from gladly_segment.core.work import Work

_TRACE_HEX_DIGITS: Final = 32
_SPAN_BYTES: Final = 8
_SAMPLED: Final = TraceFlags(TraceFlags.SAMPLED)
_LONGEST: Final = 256

_random: Final = RandomIdGenerator()


class Sampling:
    """Which occurrences are traced: a share of them, told by the trace id, so that all their spans agree."""

    def __init__(self, share: float) -> None:
        self._bound = TraceIdRatioBased(share).bound

    def takes(self, key: ReceiptKey) -> bool:
        """Tell whether an occurrence is traced."""
        return trace_id(key) & TraceIdRatioBased.TRACE_ID_LIMIT < self._bound


def trace_id(key: ReceiptKey) -> int:
    """Give an occurrence's trace id: the first 32 hex digits of its key, and so those of its `messageId`."""
    return int(key[:_TRACE_HEX_DIGITS], 16)


def of_occurrence(key: ReceiptKey) -> SpanContext:
    """Name the first span of an occurrence, which all others descend from."""
    return _context(key, _hashed(key))


def of_stage(work: Work) -> SpanContext:
    """Name the span of a receipt's whole stay with a stage, whichever of the attempts."""
    return _context(work.key, _hashed(work.key, work.stage, _us(work.entered_at)))


def of_work(work: Work) -> SpanContext:
    """Name the span of one attempt."""
    return _context(work.key, _hashed(work.key, work.stage, _us(work.entered_at), _us(work.began)))


def of_call(key: ReceiptKey) -> SpanContext:
    """Name a span that no other will ever have to name again."""
    return _context(key, _random.generate_span_id())


def of_sender(traceparent: str) -> SpanContext | None:
    """Give the span of whoever sent a webhook (W3C Trace Context); None when it named none."""
    if not traceparent:
        return None
    _, trace, span, flags = traceparent.split("-")
    sender = SpanContext(int(trace, 16), int(span, 16), is_remote=True, trace_flags=TraceFlags(int(flags, 16)))
    return sender if sender.is_valid else None


def printable(text: str) -> str:
    """Make a text of outside fit for an attribute: of bounded length, and what is no Unicode replaced."""
    return text[:_LONGEST].encode("utf-8", "replace").decode()


def nanoseconds(moment: datetime) -> int:
    """Give a moment as spans have it."""
    return _us_of(moment) * 1_000


def _context(key: ReceiptKey, span_id: int) -> SpanContext:
    return SpanContext(trace_id(key), span_id, is_remote=False, trace_flags=_SAMPLED)


def _hashed(*parts: str) -> int:
    digest = hashlib.blake2b("/".join(parts).encode(), digest_size=_SPAN_BYTES).digest()
    return int.from_bytes(digest, "big")


def _us(moment: datetime) -> str:
    return str(_us_of(moment))


def _us_of(moment: datetime) -> int:
    # Whole numbers all the way: a float's rounding would give one moment two names.
    seconds = int(moment.replace(microsecond=0).timestamp())
    return seconds * 1_000_000 + moment.microsecond
