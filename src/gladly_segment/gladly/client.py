"""Gladly's API over HTTP: one request a call, within the organization's rate limit, every trouble typed."""

import re
from collections.abc import Sequence
from typing import Final, TypeAlias, TypeVar
from urllib.parse import quote

import aiohttp
import msgspec
from yarl import URL

from gladly_segment.core.entities import Agent, Conversation, CustomerProfile, Topic
from gladly_segment.core.errors import CallFailedError
from gladly_segment.core.failures import Failure, FailureKind
from gladly_segment.core.ids import ConversationId, CustomerId, OrganizationId
from gladly_segment.core.secret import Secret
from gladly_segment.core.signals import GladlyCalled
from gladly_segment.gladly.errors import unwilling
from gladly_segment.gladly.limiter import Limiter
from gladly_segment.gladly.wire import decode, moved_to, tells_errors
from gladly_segment.ports.clock import Clock
from gladly_segment.ports.entities import GONE, Gone
from gladly_segment.ports.observer import Observer
from gladly_segment.transport.failures import ForeignError, failure_of, retry_after_s

T = TypeVar("T")

_OK: Final = 200
_MOVED: Final = 301
_NOT_FOUND: Final = 404
_THROTTLED: Final = 429
_COUNT: Final = re.compile(r"[0-9]{1,9}")
_NO_SEGMENTS: Final = frozenset({"", ".", ".."})

_conversation: Final = msgspec.json.Decoder(Conversation)
_customer: Final = msgspec.json.Decoder(CustomerProfile)
_agents: Final = msgspec.json.Decoder(tuple[Agent, ...])
_topics: Final = msgspec.json.Decoder(tuple[Topic, ...])


class GladlyAccount(msgspec.Struct, frozen=True):
    """How to reach one organization's API: `url` without the path, an API user's e-mail address and token."""

    organization: OrganizationId
    url: str
    user: str
    token: Secret


class Moved(msgspec.Struct, frozen=True):
    """The customer was merged into another (Gladly fact sheet, customer profiles)."""

    to: CustomerId


CustomerReading: TypeAlias = CustomerProfile | Moved | Gone


class _Answer(msgspec.Struct, frozen=True):
    status: int
    body: bytes
    retry_after_s: float | None

    @property
    def says_gone(self) -> bool:
        # Any host answers 404 to what it does not know: only in Gladly's form is it the end of an event.
        return self.status == _NOT_FOUND and tells_errors(self.body)


class GladlyClient:
    """Reads one organization. Every method raises CallFailedError."""

    def __init__(
        self, account: GladlyAccount, session: aiohttp.ClientSession, limiter: Limiter, clock: Clock, observer: Observer
    ) -> None:
        self._organization = account.organization
        self._base = f"{account.url.rstrip('/')}/api/v1"
        self._headers = {
            "Authorization": aiohttp.encode_basic_auth(account.user, account.token.reveal()),
            "Accept": "application/json",
        }
        self._session = session
        self._limiter = limiter
        self._clock = clock
        self._observer = observer

    async def conversation(self, conversation: ConversationId) -> Conversation | Gone:
        """`GET /conversations/{id}`."""
        answer = await self._get("conversations", conversation)
        return GONE if answer.says_gone else self._decode(answer, _conversation)

    async def customer_profile(self, customer: CustomerId) -> CustomerReading:
        """`GET /customer-profiles/{id}`, without following a merge."""
        answer = await self._get("customer-profiles", customer)
        if answer.says_gone:
            return GONE
        if answer.status == _MOVED and (survivor := moved_to(answer.body)):
            return Moved(survivor)
        return self._decode(answer, _customer)

    async def agents(self) -> Sequence[Agent]:
        """`GET /agents`."""
        return self._decode(await self._get("agents"), _agents)

    async def topics(self) -> Sequence[Topic]:
        """`GET /topics`."""
        return self._decode(await self._get("topics"), _topics)

    def _decode(self, answer: _Answer, decoder: msgspec.json.Decoder[T]) -> T:
        if answer.status != _OK:
            raise CallFailedError(unwilling(answer.status, answer.retry_after_s))
        return decode(answer.body, decoder)

    async def _get(self, resource: str, id_: str | None = None) -> _Answer:
        url = self._url(resource, id_)
        await self._limiter.enter("GET")
        began = self._clock.monotonic()
        status, limit, remaining = 0, None, None
        try:
            async with self._session.get(url, headers=self._headers, allow_redirects=False) as response:
                status = response.status
                limit = _count(response.headers.get("Ratelimit-Limit-Second"))
                remaining = _count(response.headers.get("Ratelimit-Remaining-Second"))
                wait_s = retry_after_s(response.headers.get("Retry-After"), self._clock.now())
                return _Answer(status, await response.read(), wait_s)
        except ForeignError as error:
            raise CallFailedError(failure_of(error)) from error
        finally:
            if status == _THROTTLED:
                self._limiter.throttled("GET")
            self._limiter.leave("GET", limit=limit, remaining=remaining)
            seconds = self._clock.monotonic() - began
            self._observer.emit(GladlyCalled(self._organization, resource, status, seconds))

    def _url(self, resource: str, id_: str | None) -> URL:
        if id_ is None:
            return URL(f"{self._base}/{resource}", encoded=True)
        # Ids come from outside: none of them may lead to another resource.
        if id_ in _NO_SEGMENTS:
            raise CallFailedError(Failure(FailureKind.REFUSED, "the id in the event is not one that Gladly gives"))
        return URL(f"{self._base}/{resource}/{quote(id_, safe='')}", encoded=True)


def _count(header: str | None) -> int | None:
    return int(header) if header is not None and _COUNT.fullmatch(header) else None
