"""The exports port on Gladly's Export API (Gladly fact sheet, recovering what was missed)."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final

import msgspec

from gladly_segment.core.errors import CallFailedError
from gladly_segment.core.failures import Failure, FailureKind
from gladly_segment.core.ids import ConversationId, CustomerId
from gladly_segment.core.moments import parse_moment
from gladly_segment.core.occurrence import EventKind
from gladly_segment.core.past import PastOccurrence, Span, Told, Unreadable
from gladly_segment.core.records import Source
from gladly_segment.gladly.errors import unwilling
from gladly_segment.gladly.lines import read_json_lines
from gladly_segment.gladly.requests import GladlyRequests
from gladly_segment.gladly.wire import decode
from gladly_segment.ports.clock import Clock
from gladly_segment.ports.past import ExportJob

_JOBS: Final = "export/jobs"
_ITEMS: Final = "conversation_items.jsonl"
_COMPLETED: Final = "COMPLETED"
_KEPT: Final = timedelta(days=14)
_TIME_TO_READ: Final = timedelta(hours=1)
_NOT_YET_IN_IT: Final = timedelta(hours=1)
_IDLE_S: Final = 60.0
_LONGEST_LINE: Final = 32 * 1024 * 1024
_STATUS_CHANGE: Final = "CONVERSATION_STATUS_CHANGE"
_CLOSED: Final = "CLOSED"


class _Parameters(msgspec.Struct, frozen=True, rename="camel"):
    start_at: str
    end_at: str


class _Job(msgspec.Struct, frozen=True, rename="camel"):
    id: str
    status: str
    updated_at: str
    parameters: _Parameters
    files: tuple[str, ...] = ()


class _Content(msgspec.Struct, frozen=True):
    # What they are of other kinds of items is nobody's business here.
    type: object = None
    status: object = None


class _Item(msgspec.Struct, frozen=True, rename="camel"):
    conversation_id: ConversationId | None = None
    customer_id: CustomerId | None = None
    timestamp: str | None = None
    content: _Content | None = None

    @property
    def closes(self) -> bool:
        content = self.content or _Content()
        return (str(content.type).upper(), str(content.status).upper()) == (_STATUS_CHANGE, _CLOSED)


_jobs: Final = msgspec.json.Decoder(tuple[msgspec.Raw, ...])
_job: Final = msgspec.json.Decoder(_Job)
_item: Final = msgspec.json.Decoder(_Item)


class GladlyExports:
    """One organization's exports."""

    def __init__(self, requests: GladlyRequests, clock: Clock) -> None:
        self._requests = requests
        self._clock = clock

    async def jobs(self) -> Sequence[ExportJob]:
        """See the port. Left out is a job that cannot be read, or whose files are not kept for another hour."""
        answer = await self._requests.ask("GET", _JOBS)
        if answer.status != HTTPStatus.OK:
            raise CallFailedError(unwilling(answer.status, answer.retry_after_s))
        oldest = self._clock.now() - _KEPT + _TIME_TO_READ
        jobs = [_usable(raw) for raw in decode(answer.body, _jobs)]
        return [job for job in jobs if job is not None and job.updated_at >= oldest]

    async def read(self, job: ExportJob) -> AsyncGenerator[Told]:
        """See the port. A job whose file is not kept any more is a refusal; holds a line for each conversation."""
        existed: dict[ConversationId, PastOccurrence] = {}
        async with aclosing(self._lines(job)) as lines:
            async for number, line in lines:
                seen = _seen(number, line)
                if isinstance(seen, Unreadable):
                    yield seen
                elif seen is not None:
                    before = existed.get(seen.conversation)
                    if before is None or seen.at < before.at:
                        existed[seen.conversation] = _existed(seen)
                    if seen.kind is EventKind.CLOSED:
                        yield seen
        for each in existed.values():
            yield each

    async def _lines(self, job: ExportJob) -> AsyncGenerator[tuple[int, bytes]]:
        try:
            async with (
                self._requests.read_on(_JOBS, job.id, f"files/{_ITEMS}", idle_s=_IDLE_S) as response,
                aclosing(read_json_lines(response.content, longest=_LONGEST_LINE)) as lines,
            ):
                async for each in lines:
                    yield each
        except CallFailedError as error:
            if error.failure.status != HTTPStatus.NOT_FOUND:
                raise
            gone = Failure(FailureKind.REFUSED, "the export's file is not kept any more", HTTPStatus.NOT_FOUND)
            raise CallFailedError(gone) from error


def _usable(raw: msgspec.Raw) -> ExportJob | None:
    """Read a job as far as it can have been complete: what happened within its last hour may not be in it yet."""
    try:
        job = decode(bytes(raw), _job)
    except CallFailedError:
        return None
    updated_at, start = parse_moment(job.updated_at), _moment(job.parameters.start_at)
    end = _moment(job.parameters.end_at)
    named = {name.rsplit("/", 1)[-1] for name in job.files}
    if job.status != _COMPLETED or _ITEMS not in named or updated_at is None or start is None or end is None:
        return None
    end = min(end, updated_at - _NOT_YET_IN_IT)
    return ExportJob(id=job.id, span=Span(start, end), updated_at=updated_at) if start < end else None


def _seen(number: int, line: bytes) -> PastOccurrence | Unreadable | None:
    """Read an item: a closing, or the proof that its conversation existed; None when it is of no conversation."""
    try:
        item = decode(line, _item)
    except CallFailedError:
        return Unreadable(number, "it is no item that can be read")
    if not item.conversation_id:
        return None
    at = parse_moment(item.timestamp or "")
    if at is None:
        return Unreadable(number, "it has no time that can be read")
    return PastOccurrence(
        kind=EventKind.CLOSED if item.closes else EventKind.CREATED,
        conversation=item.conversation_id,
        customer=item.customer_id or None,
        at=at,
        told=item.timestamp or "",
        source=Source.EXPORT,
        certain=item.closes,
    )


def _existed(seen: PastOccurrence) -> PastOccurrence:
    return msgspec.structs.replace(seen, kind=EventKind.CREATED, certain=False)


def _moment(text: str) -> datetime | None:
    """Read a moment, or the beginning of a day."""
    return parse_moment(text) or parse_moment(f"{text}T00:00:00Z")
