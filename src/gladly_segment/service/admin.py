"""The admin listener of a service: what it is given to show and to move."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

from gladly_segment.admin import AccessRules, Admin, Shown
from gladly_segment.admin.routes import Route
from gladly_segment.config import AdminSettings
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.secret import Secret
from gladly_segment.debugger.frame import STATIC
from gladly_segment.journals.sqlite import SqliteJournal
from gladly_segment.ports.clock import Clock
from gladly_segment.ports.observer import Observer
from gladly_segment.ports.registry import Action
from gladly_segment.service.fleet import Fleet
from gladly_segment.transport.certificates import TlsFiles


@asynccontextmanager
async def administered(
    settings: AdminSettings, house: "House", routes: Sequence[Route], clock: Clock, observer: Observer
) -> AsyncGenerator[tuple[Admin, str]]:
    """Keep the listener open while the block lasts, with `routes` behind its door; give it with its url.

    Raises GladlySegmentError.
    """
    rules = AccessRules(
        token=Secret(settings.token.get_secret_value()) if settings.token is not None else None,
        trusted_user_header=settings.trusted_user_header,
        trusted_proxies=settings.trusted_proxies,
    )
    tls = TlsFiles.of(settings.tls_cert_file, settings.tls_key_file)
    admin = Admin(house, rules, clock=clock, observer=observer, routes=routes, static=STATIC, tls=tls)
    url = await admin.start(settings.host, settings.port)
    try:
        yield admin, url
    finally:
        await admin.stop()


class House:
    """The running service as the admin listener sees it."""

    def __init__(
        self, journal: SqliteJournal, fleet: Fleet, clock: Clock, exposition: Callable[[], Awaitable[tuple[bytes, str]]]
    ) -> None:
        """`exposition` gives the metrics and their content type."""
        self._journal = journal
        self._fleet = fleet
        self._clock = clock
        self._exposition = exposition

    def organizations(self) -> Sequence[Shown]:
        """See the port."""
        return [Shown(each.name, each.paused) for each in self._fleet.organizations]

    async def metrics(self) -> tuple[bytes, str]:
        """See the port."""
        return await self._exposition()

    async def probe(self) -> None:
        """See the port."""
        await self._journal.probe()

    async def pause(self, name: OrganizationId, *, paused: bool, by: str) -> None:
        """See the port."""
        registry = self._journal.registry
        if (name in await registry.paused()) is paused:
            return
        await registry.pause(name, paused=paused)
        what = "paused" if paused else "resumed"
        await registry.note_action(Action(at=self._clock.now(), organization=name, by=by, what=what))
        await self._fleet.refresh()
