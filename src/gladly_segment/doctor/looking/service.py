"""The journal, and the service that works on it."""

import asyncio
from collections.abc import Sequence
from typing import Final

import aiohttp
import msgspec

from gladly_segment.core.errors import GladlySegmentError, JournalDamagedError, JournalUnavailableError
from gladly_segment.doctor.looking.requests import ask
from gladly_segment.doctor.observations import JournalBroken, JournalSeen, ListenerSeen, Seen, ServiceSeen, Unseen
from gladly_segment.ports.clock import Clock
from gladly_segment.ports.inspector import Inspector

LOOK_WITHIN_S: Final = 6.0
VERIFY_WITHIN_S: Final = 4.0


class Listening(msgspec.Struct, frozen=True):
    """Where a listener should be, by the settings; port 0 was chosen when it started. `setting` is the port's."""

    scheme: str
    host: str
    port: int
    setting: str

    @property
    def url(self) -> str:
        """The address by which this machine reaches it."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104 - where it listens
        return f"{self.scheme}://{f'[{host}]' if ':' in host else host}:{self.port}"


async def look_at_journal(inspector: Inspector) -> JournalSeen | JournalBroken | None:
    """Read the journal, and as much of its structure as there is time for."""
    if not inspector.exists():
        return None
    try:
        view, verified = await asyncio.gather(inspector.look(LOOK_WITHIN_S), _verify(inspector))
    except GladlySegmentError as error:
        return _broken(error)
    return JournalSeen(view, verified)


async def look_at_service(
    inspector: Inspector, listening: Sequence[Listening], http: aiohttp.ClientSession, clock: Clock
) -> Seen[ServiceSeen]:
    """Tell whether a service works on the data directory, and ask its listeners."""
    try:
        running = inspector.in_use()
    except JournalUnavailableError as error:
        return Unseen(error.message)
    if not running:
        return ServiceSeen(running=False)
    return ServiceSeen(True, await asyncio.gather(*(_listener(each, http, clock) for each in listening)))


async def _verify(inspector: Inspector) -> bool | JournalBroken:
    try:
        return await inspector.verify(VERIFY_WITHIN_S)
    except JournalUnavailableError as error:
        return _broken(error)


async def _listener(listening: Listening, http: aiohttp.ClientSession, clock: Clock) -> Seen[ListenerSeen]:
    if listening.port == 0:
        return Unseen(f"{listening.setting} is 0, so its port was chosen when it started", expected=True)
    # Nothing is told to it, and its certificate is for the name by which others know it.
    alive, ready = await asyncio.gather(
        *(ask(http, f"{listening.url}/{probe}", clock, verify=False) for probe in ("healthz", "readyz"))
    )
    return ListenerSeen(url=listening.url, setting=listening.setting, alive=alive, ready=ready)


def _broken(error: GladlySegmentError) -> JournalBroken:
    return JournalBroken(error.message, error.hint, damaged=isinstance(error, JournalDamagedError))
