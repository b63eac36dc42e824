"""Gladly's JSON, read leniently where the fact sheet is silent and strictly where we depend on it."""

import json
from typing import Final, TypeVar

import msgspec

from gladly_segment.core.errors import CallFailedError
from gladly_segment.core.failures import Failure, FailureKind
from gladly_segment.core.ids import CustomerId

T = TypeVar("T")

_MOVED: Final = "moved"
_LONGEST_WORDS: Final = 200


class _Meta(msgspec.Struct, frozen=True):
    new: CustomerId | None = None


class GladlyRefusal(msgspec.Struct, frozen=True):
    """One error that Gladly tells: the field it is about, a code, and a sentence; each may be missing."""

    attr: str | None = None
    code: str | None = None
    detail: str | None = None
    meta: _Meta | None = None

    @property
    def words(self) -> str:
        """Say why, bounded in length."""
        return (self.detail or self.code or "")[:_LONGEST_WORDS]


class _Errors(msgspec.Struct, frozen=True):
    # A list in general, an object for a customer that does not exist.
    errors: tuple[GladlyRefusal, ...] | GladlyRefusal = ()


def decode(body: bytes, decoder: msgspec.json.Decoder[T]) -> T:
    """Decode an answer. Raises CallFailedError (malformed) with the place of the fault, and nothing of its content.

    Halves of surrogate pairs and bytes that are no UTF-8 become U+FFFD: such text is in customers' data, and must
    neither stop the event nor be sent on.
    """
    try:
        body.decode()
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        raise malformed(str(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _decode_mended(body, decoder)


def moved_to(body: bytes) -> CustomerId | None:
    """Read from a 301 answer into which customer the one asked for was merged, if it says so."""
    moves = [error.meta for error in refusals(body) if error.code == _MOVED and error.meta is not None]
    return moves[0].new if moves else None


def tells_errors(body: bytes) -> bool:
    """Tell whether an unwilling answer has Gladly's form, and so is not that of a proxy or of another host."""
    return bool(refusals(body))


def refusals(body: bytes) -> tuple[GladlyRefusal, ...]:
    """Read the errors of an unwilling answer; none when it is not in Gladly's form. Does not raise."""
    try:
        errors = msgspec.json.decode(body, type=_Errors).errors
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ()
    return errors if isinstance(errors, tuple) else (errors,)


def malformed(what: str) -> CallFailedError:
    """Say of an answer that it is not what Gladly's description promises; `what` quotes nothing of it."""
    return CallFailedError(Failure(FailureKind.MALFORMED, f"the answer cannot be used: {what}"))


def _decode_mended(body: bytes, decoder: msgspec.json.Decoder[T]) -> T:
    try:
        document: object = json.loads(body.decode(errors="replace"))
        mended = json.dumps(document, ensure_ascii=False).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return decoder.decode(mended)
    except msgspec.ValidationError as error:
        raise malformed(str(error)) from error
    except (ValueError, RecursionError) as error:
        raise malformed("it is not JSON, or was cut") from error
