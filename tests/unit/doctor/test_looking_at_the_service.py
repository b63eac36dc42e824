"""Looking at the journal and the service that works on it."""

import ssl
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from gladly_segment.core.errors import JournalDamagedError, JournalUnavailableError
from gladly_segment.doctor.looking import (
    Listening,
    look_at_journal,
    look_at_service,
)
from gladly_segment.doctor.observations import (
    JournalBroken,
    JournalSeen,
    ListenerSeen,
    Reached,
    ServiceSeen,
    Unseen,
)
from gladly_segment.ports.inspector import JournalView
from gladly_segment.service.clock import SystemClock
from tests.support.certificates import write_certificate
from tests.unit.doctor.builders import journal
from tests.unit.doctor.conftest import Vendor


class Inspected:
    """The inspector port, as a test has it."""

    def __init__(self, *, exists: bool = True, in_use: bool = True, trouble: Exception | None = None) -> None:
        self._exists = exists
        self._in_use = in_use
        self.trouble = trouble
        self.verify_trouble: Exception | None = None

    def exists(self) -> bool:
        return self._exists

    def in_use(self) -> bool:
        if self.trouble is not None:
            raise self.trouble
        return self._in_use

    async def look(self, within_s: float) -> JournalView:
        assert within_s > 0
        if self.trouble is not None:
            raise self.trouble
        return journal().view

    async def verify(self, within_s: float) -> bool:
        assert within_s > 0
        if self.verify_trouble is not None:
            raise self.verify_trouble
        return True


async def test_a_journal_is_read_and_verified() -> None:
    assert await look_at_journal(Inspected()) == JournalSeen(journal().view, True)


async def test_no_journal_is_none() -> None:
    assert await look_at_journal(Inspected(exists=False)) is None


async def test_a_journal_that_cannot_be_read_is_broken() -> None:
    trouble = JournalUnavailableError("it cannot be opened", hint="look at its permissions")

    assert await look_at_journal(Inspected(trouble=trouble)) == JournalBroken(
        "it cannot be opened", "look at its permissions"
    )


async def test_damage_is_told_whoever_finds_it() -> None:
    inspected, damage = Inspected(), JournalDamagedError("page 3", hint="restore")
    inspected.verify_trouble = damage

    seen = await look_at_journal(inspected)

    assert seen == JournalSeen(journal().view, JournalBroken("page 3", "restore", damaged=True))
    assert await look_at_journal(Inspected(trouble=damage)) == JournalBroken("page 3", "restore", damaged=True)


def listening(url: str) -> Listening:
    return Listening("http", "127.0.0.1", int(url.rpartition(":")[2]), "server.port")


async def test_a_service_that_runs_is_asked_at_its_listeners(vendor: Vendor, http: aiohttp.ClientSession) -> None:
    seen = await look_at_service(Inspected(), [listening(vendor.url)], http, SystemClock())

    assert isinstance(seen, ServiceSeen)
    (listener,) = seen.listeners
    assert isinstance(listener, ListenerSeen)
    assert isinstance(listener.alive, Reached)
    assert sorted(vendor.asked) == ["/healthz", "/readyz"]


async def test_a_service_that_is_down_is_not_asked(vendor: Vendor, http: aiohttp.ClientSession) -> None:
    seen = await look_at_service(Inspected(in_use=False), [listening(vendor.url)], http, SystemClock())

    assert seen == ServiceSeen(False)
    assert vendor.asked == []


async def test_a_port_that_was_chosen_at_the_start_cannot_be_known(http: aiohttp.ClientSession) -> None:
    anywhere = Listening("http", "127.0.0.1", 0, "admin.port")

    seen = await look_at_service(Inspected(), [anywhere], http, SystemClock())

    assert isinstance(seen, ServiceSeen)
    assert seen.listeners == [Unseen("admin.port is 0, so its port was chosen when it started", expected=True)]


async def test_a_lock_that_cannot_be_looked_at_is_told_of(http: aiohttp.ClientSession) -> None:
    inspected = Inspected(trouble=JournalUnavailableError("the lock is closed to us"))

    assert await look_at_service(inspected, [], http, SystemClock()) == Unseen("the lock is closed to us")


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "https://127.0.0.1:443"),
        ("0.0.0.0", "https://127.0.0.1:443"),  # noqa: S104 - where it listens
        ("::", "https://[::1]:443"),
        ("10.1.2.3", "https://10.1.2.3:443"),
        ("hooks.internal", "https://hooks.internal:443"),
    ],
)
def test_a_listener_is_reached_by_an_address_of_this_machine(host: str, url: str) -> None:
    assert Listening("https", host, 443, "server.port").url == url


async def fine(_: web.Request) -> web.Response:
    return web.Response()


async def test_a_listener_s_certificate_is_for_others_to_check(tmp_path: Path, http: aiohttp.ClientSession) -> None:
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(*write_certificate(tmp_path, "hooks.acme.example"))
    application = web.Application()
    application.router.add_get("/{probe}", fine)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
    there = Listening("https", "127.0.0.1", runner.addresses[0][1], "server.port")

    seen = await look_at_service(Inspected(), [there], http, SystemClock())

    await runner.cleanup()
    assert isinstance(seen, ServiceSeen)
    (listener,) = seen.listeners
    assert isinstance(listener, ListenerSeen)
    assert [type(each) for each in (listener.alive, listener.ready)] == [Reached, Reached]
