"""Requests to Gladly's API: each within the organization's rate limit for its method, every trouble typed."""

import re
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Final, Literal, TypeAlias
from urllib.parse import quote

import aiohttp
import msgspec
from yarl import URL

from gladly_segment.core.errors import CallFailedError
from gladly_segment.core.failures import Failure, FailureKind
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.secret import Secret
from gladly_segment.core.signals import GladlyCalled
from gladly_segment.gladly.errors import unwilling
from gladly_segment.gladly.limiter import Limiter, Rank
from gladly_segment.gladly.wire import tells_errors
from gladly_segment.ports.clock import Clock
from gladly_segment.ports.observer import Observer
from gladly_segment.transport.failures import ForeignError, failure_of, retry_after_s

Method: TypeAlias = Literal["GET", "POST", "PATCH", "DELETE"]

_OK: Final = 200
_NOT_FOUND: Final = 404
_THROTTLED: Final = 429
_ACCEPT: Final = "application/json, text/csv;q=0.9, */*;q=0.1"
_COUNT: Final = re.compile(r"[0-9]{1,9}")
_NO_SEGMENTS: Final = frozenset({"", ".", ".."})


class GladlyAccount(msgspec.Struct, frozen=True):
    """How to reach one organization's API: `url` without the path, an API user's e-mail address and token."""

    organization: OrganizationId
    url: str
    user: str
    token: Secret


class GladlyAnswer(msgspec.Struct, frozen=True):
    """An answer with its whole body; `location` is what the header of that name says."""

    status: int
    body: bytes
    retry_after_s: float | None = None
    location: str | None = None

    @property
    def says_gone(self) -> bool:
        """Tell whether there is no such thing (any more)."""
        # Any host answers 404 to what it does not know: only in Gladly's form is it the end of an event.
        return self.status == _NOT_FOUND and tells_errors(self.body)


class GladlyRequests:
    """Asks one organization's API."""

    def __init__(
        self,
        account: GladlyAccount,
        session: aiohttp.ClientSession,
        limiter: Limiter,
        clock: Clock,
        observer: Observer,
        *,
        rank: Rank = Rank.LIVE,
    ) -> None:
        """All of its requests have one rank in the limiter."""
        self._organization = account.organization
        self._base = f"{account.url.rstrip('/')}/api/v1"
        self._headers = {
            "Authorization": aiohttp.encode_basic_auth(account.user, account.token.reveal()),
            "Accept": _ACCEPT,
        }
        self._session = session
        self._limiter = limiter
        self._clock = clock
        self._observer = observer
        self._rank = rank

    async def ask(
        self,
        method: Method,
        resource: str,
        id_: str | None = None,
        below: str = "",
        *,
        body: bytes | None = None,
        within_s: float = 0.0,
    ) -> GladlyAnswer:
        """Send one request to `resource/id/below`, and give whatever was answered.

        `body` is JSON, `within_s` replaces the session's bound. Raises CallFailedError when no answer came.
        """
        patience = aiohttp.ClientTimeout(total=within_s) if within_s else self._session.timeout
        url = self._url(resource, id_, below)
        async with self._answered(method, url, resource, patience, body) as response:
            wait_s = retry_after_s(response.headers.get("Retry-After"), self._clock.now())
            return GladlyAnswer(response.status, await response.read(), wait_s, response.headers.get("Location"))

    @asynccontextmanager
    async def read_on(
        self,
        resource: str,
        id_: str | None = None,
        below: str = "",
        *,
        query: Sequence[tuple[str, str]] = (),
        body: bytes | None = None,
        idle_s: float,
    ) -> AsyncGenerator[aiohttp.ClientResponse]:
        """Get what is too large to be held, and give the answer to read from: 200, and nothing else.

        With a `body` (JSON) it is a POST. `idle_s` bounds each wait for more of it. Raises CallFailedError, also while
        it is being read.
        """
        patience = aiohttp.ClientTimeout(sock_connect=idle_s, sock_read=idle_s)
        url = self._url(resource, id_, below).with_query(query)
        method: Method = "GET" if body is None else "POST"
        async with self._answered(method, url, resource, patience, body) as response:
            if response.status != _OK:
                wait_s = retry_after_s(response.headers.get("Retry-After"), self._clock.now())
                raise CallFailedError(unwilling(response.status, wait_s))
            yield response

    @asynccontextmanager
    async def _answered(
        self, method: Method, url: URL, resource: str, patience: aiohttp.ClientTimeout, body: bytes | None = None
    ) -> AsyncGenerator[aiohttp.ClientResponse]:
        headers = self._headers if body is None else {**self._headers, "Content-Type": "application/json"}
        await self._limiter.enter(method, self._rank)
        began = self._clock.monotonic()
        status, limit, remaining = 0, None, None
        try:
            async with self._session.request(
                method, url, data=body, headers=headers, timeout=patience, allow_redirects=False
            ) as response:
                status = response.status
                limit = _count(response.headers.get("Ratelimit-Limit-Second"))
                remaining = _count(response.headers.get("Ratelimit-Remaining-Second"))
                if status == _THROTTLED:
                    self._limiter.throttled(method)
                # It has been counted by now: nobody need wait until a long answer is read.
                self._limiter.leave(method, limit=limit, remaining=remaining)
                yield response
        except ForeignError as error:
            raise CallFailedError(failure_of(error)) from error
        finally:
            if not status:
                self._limiter.leave(method)
            seconds = self._clock.monotonic() - began
            self._observer.emit(GladlyCalled(self._organization, resource, status, seconds, limit, remaining))

    def _url(self, resource: str, id_: str | None, below: str) -> URL:
        if id_ is None:
            return URL(f"{self._base}/{resource}", encoded=True)
        # Ids come from outside: none of them may lead to another resource.
        if id_ in _NO_SEGMENTS:
            raise CallFailedError(Failure(FailureKind.REFUSED, "the id in the event is not one that Gladly gives"))
        path = "/".join(part for part in (resource, quote(id_, safe=""), below) if part)
        return URL(f"{self._base}/{path}", encoded=True)


def _count(header: str | None) -> int | None:
    return int(header) if header is not None and _COUNT.fullmatch(header) else None
