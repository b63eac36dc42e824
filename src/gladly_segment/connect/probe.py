"""Asking the public address as Gladly will: with a PING and the webhook's credentials."""

from typing import Final, Protocol, TypeAlias

import aiohttp
import msgspec

from gladly_segment.core.failures import Failure
from gladly_segment.core.secret import Secret
from gladly_segment.transport.answers import Refusal
from gladly_segment.transport.failures import ForeignError, failure_of

_UNKNOWING: Final = frozenset({"not_admitted", "too_many_failures"})
_PING: Final = b'{"type":"PING"}'


class Answered(msgspec.Struct, frozen=True):
    """Somebody answered; `problem` is the code that this service names in its refusals, or None when it is another."""

    status: int
    problem: str | None = None

    @property
    def is_ours_and_unknowing(self) -> bool:
        """Tell whether a service of this software answered that does not know the organization, or the password."""
        return self.problem in _UNKNOWING


ProbeAnswer: TypeAlias = Answered | Failure


class Probe(Protocol):
    """Asks an address, from this machine."""

    async def ping(self, address: str, password: Secret) -> ProbeAnswer:
        """Send a PING as Gladly would. Does not raise."""
        ...


class HttpProbe:
    """The probe over HTTP."""

    def __init__(self, session: aiohttp.ClientSession, username: str) -> None:
        self._session = session
        self._username = username

    async def ping(self, address: str, password: Secret) -> ProbeAnswer:
        """See the port. Redirects are not followed, as Gladly does not."""
        headers = {
            "Authorization": aiohttp.encode_basic_auth(self._username, password.reveal()),
            "Content-Type": "application/json",
        }
        try:
            async with self._session.post(address, data=_PING, headers=headers, allow_redirects=False) as response:
                return Answered(response.status, _problem(await response.read()))
        except ForeignError as error:
            return failure_of(error)


def _problem(body: bytes) -> str | None:
    try:
        return msgspec.json.decode(body, type=Refusal).error.code
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
