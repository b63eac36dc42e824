"""Segment's Tracking API over HTTP: one call is one attempt at one batch, every trouble typed."""

import zlib
from collections.abc import Sequence
from typing import Final

import aiohttp
import msgspec
from yarl import URL

from gladly_segment.core.batching import envelope
from gladly_segment.core.failures import Failure
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.moments import format_moment
from gladly_segment.core.secret import Secret
from gladly_segment.core.signals import BatchSent
from gladly_segment.ports.clock import Clock
from gladly_segment.ports.destination import Accepted
from gladly_segment.ports.observer import Observer
from gladly_segment.segment.errors import unwilling
from gladly_segment.transport.failures import ForeignError, failure_of, retry_after_s

_GZIP_FROM_BYTES: Final = 1_400
_GZIP_LEVEL: Final = 5
_GZIP_WINDOW: Final = 31
_OK: Final = range(200, 300)


class SegmentSource(msgspec.Struct, frozen=True):
    """Where an organization's events go: the host of the workspace's region, and the source's write key."""

    organization: OrganizationId
    host: str
    write_key: Secret


class SegmentClient:
    """The destination port on `POST /v1/batch`."""

    def __init__(self, source: SegmentSource, session: aiohttp.ClientSession, clock: Clock, observer: Observer) -> None:
        self._organization = source.organization
        self._url = URL(f"{source.host.rstrip('/')}/v1/batch")
        self._authorization = aiohttp.encode_basic_auth(source.write_key.reveal())
        self._session = session
        self._clock = clock
        self._observer = observer

    async def send(self, payloads: Sequence[bytes], *, attempt: int) -> Accepted | Failure:
        """See the port. `sentAt` is the moment of this attempt (Segment fact sheet, Tracking API)."""
        body, headers = _packed(envelope(payloads, format_moment(self._clock.now())))
        headers["Authorization"] = self._authorization
        if attempt > 0:
            headers["X-Retry-Count"] = str(attempt)
        began = self._clock.monotonic()
        answer = await self._post(body, headers)
        seconds = self._clock.monotonic() - began
        status = answer if isinstance(answer, int) else answer.status or 0
        self._observer.emit(BatchSent(self._organization, status, len(payloads), len(body), seconds))
        return Accepted(answer, seconds) if isinstance(answer, int) else answer

    async def _post(self, body: bytes, headers: dict[str, str]) -> int | Failure:
        """Give the status with which the batch was accepted."""
        try:
            async with self._session.post(self._url, data=body, headers=headers, allow_redirects=False) as response:
                asked = response.headers.get("Retry-After") or response.headers.get("X-RateLimit-Reset")
                wait_s = retry_after_s(asked, self._clock.now())
                await response.read()
        except ForeignError as error:
            return failure_of(error)
        if response.status in _OK:
            return response.status
        return unwilling(response.status, wait_s)


def _packed(body: bytes) -> tuple[bytes, dict[str, str]]:
    """Compress a body when that saves at least a packet, and give its headers."""
    headers = {"Content-Type": "application/json"}
    if len(body) < _GZIP_FROM_BYTES:
        return body, headers
    compressor = zlib.compressobj(_GZIP_LEVEL, zlib.DEFLATED, _GZIP_WINDOW)
    return compressor.compress(body) + compressor.flush(), headers | {"Content-Encoding": "gzip"}
