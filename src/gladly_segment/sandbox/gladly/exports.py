"""Export jobs and their files (Gladly fact sheet, recovering what was missed)."""

from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from typing import Final, NewType

import msgspec
from msgspec import UNSET, Raw, UnsetType

from gladly_segment.sandbox.gladly.errors import RefusedError
from gladly_segment.sandbox.gladly.events import EventType, JobContent
from gladly_segment.sandbox.gladly.records import ConversationItem, CustomerId, CustomerProfile, Record
from gladly_segment.sandbox.gladly.state import Organization
from gladly_segment.sandbox.gladly.times import NS_PER_MS, NS_PER_S, parse_rfc3339, rfc3339_ms

JobId = NewType("JobId", str)

FILES_LIVE_NS: Final = 14 * 86_400 * NS_PER_S

_LINES_A_CHUNK: Final = 200


class JobStatus(StrEnum):
    """How far a job is."""

    PENDING = "PENDING"
    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"


class ExportOrder(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Body of `POST /control/exports`; times are RFC 3339. A job with an `updatedAt` ended then, and silently."""

    start_at: str
    end_at: str
    status: JobStatus = JobStatus.COMPLETED
    updated_at: str | UnsetType = UNSET


class JobParameters(Record, frozen=True, kw_only=True):
    """What was to be exported: from `start_at` on, before `end_at`."""

    type: str = "CONVERSATION_EXPORT"
    start_at: str
    end_at: str


class ExportJob(Record, frozen=True, kw_only=True):
    """A job as `GET /export/jobs/{id}` shows it."""

    id: JobId
    status: JobStatus
    updated_at: str
    parameters: JobParameters
    files: tuple[str, ...] = ()


class ExportedCustomer(Record, frozen=True, kw_only=True):
    """A line of `customers.jsonl`."""

    id: CustomerId
    name: Raw | UnsetType
    address: Raw | UnsetType
    email_addresses: tuple[str, ...]
    phone_numbers: tuple[str, ...]


class _Contact(msgspec.Struct):
    original: str


class Exports:
    """The organization's jobs. A file is what the organization was when its job was made."""

    def __init__(self, organization: Organization, now_ns: Callable[[], int]) -> None:
        self._organization = organization
        self._now_ns = now_ns
        self._jobs: dict[JobId, ExportJob] = {}
        self._files: dict[tuple[JobId, str], tuple[bytes, ...]] = {}

    def make(self, order: ExportOrder) -> ExportJob:
        """Run a job. Raises RefusedError (400) for times that are none."""
        start_ns, end_ns = _instant(order.start_at, "startAt"), _instant(order.end_at, "endAt")
        told = isinstance(order.updated_at, UnsetType)
        updated_ns = self._now_ns() if order.updated_at is UNSET else _instant(order.updated_at, "updatedAt")
        files = {}
        if order.status is JobStatus.COMPLETED:
            files = self._written(rfc3339_ms(start_ns), rfc3339_ms(min(end_ns, updated_ns + NS_PER_MS)))
        job = ExportJob(
            id=JobId(self._organization.next_id()),
            status=order.status,
            updated_at=rfc3339_ms(updated_ns),
            parameters=JobParameters(start_at=rfc3339_ms(start_ns), end_at=rfc3339_ms(end_ns)),
            files=tuple(files),
        )
        self._jobs[job.id] = job
        self._files.update({(job.id, name): chunks for name, chunks in files.items()})
        if told:
            self._tell(job)
        return job

    def all(self) -> tuple[ExportJob, ...]:
        """All jobs, oldest first."""
        return tuple(self._jobs.values())

    def get(self, job_id: str) -> ExportJob:
        """Raises RefusedError (404)."""
        job = self._jobs.get(JobId(job_id))
        if job is None:
            raise RefusedError.not_exist("export job")
        return job

    def file(self, job_id: str, name: str) -> tuple[bytes, ...]:
        """A file in pieces. Raises RefusedError (404) when there is none, or none any more."""
        job = self.get(job_id)
        chunks = self._files.get((job.id, name))
        if chunks is None or self._now_ns() - parse_rfc3339(job.updated_at) > FILES_LIVE_NS:
            raise RefusedError.not_exist("file")
        return chunks

    def _tell(self, job: ExportJob) -> None:
        told = {JobStatus.COMPLETED: EventType.EXPORT_COMPLETED, JobStatus.FAILED: EventType.EXPORT_FAILED}
        if job.status in told:
            log = self._organization.log
            log.append(told[job.status], JobContent(job_id=job.id), log.next_instant())

    def _written(self, start: str, end: str) -> dict[str, tuple[bytes, ...]]:
        organization = self._organization
        customers: set[CustomerId] = set()
        items = _lines(self._items(start, end, customers))
        return {
            "agents.jsonl": _lines(organization.agents.values()),
            "conversation_items.jsonl": items,
            "customers.jsonl": _lines(map(_exported, map(organization.customers.get, sorted(customers)))),
            "topics.jsonl": _lines(organization.topics.values()),
        }

    def _items(self, start: str, end: str, customers: set[CustomerId]) -> Iterator[ConversationItem]:
        conversations = self._organization.conversations
        for conversation in conversations.all():
            if conversation.created_at < end:
                found = [item for item in conversations.items(conversation.id) if start <= item.timestamp < end]
                if found:
                    customers.add(conversation.customer_id)
                yield from found


def _exported(profile: CustomerProfile) -> ExportedCustomer:
    return ExportedCustomer(
        id=profile.id,
        name=profile.name,
        address=profile.address,
        email_addresses=_originals(profile.emails),
        phone_numbers=_originals(profile.phones),
    )


def _originals(contacts: Raw | UnsetType) -> tuple[str, ...]:
    if isinstance(contacts, UnsetType):
        return ()
    try:
        return tuple(each.original for each in msgspec.json.decode(contacts, type=list[_Contact]))
    except msgspec.ValidationError:
        return ()


def _lines(values: Iterable[object]) -> tuple[bytes, ...]:
    lines = [msgspec.json.encode(value) + b"\n" for value in values]
    return tuple(b"".join(lines[at : at + _LINES_A_CHUNK]) for at in range(0, len(lines), _LINES_A_CHUNK))


def _instant(text: str, attr: str) -> int:
    try:
        return parse_rfc3339(text)
    except ValueError as error:
        raise RefusedError.invalid(attr, f"{attr} is {error}") from error
