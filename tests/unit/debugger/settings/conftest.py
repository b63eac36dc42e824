from collections.abc import AsyncIterator, Mapping, Sequence

import aiohttp
import pytest

from gladly_segment.admin import Admin
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.secret import Secret
from gladly_segment.debugger.frame import STATIC, Frames
from gladly_segment.debugger.settings import SettingsHandlers
from gladly_segment.debugger.settings.watched import (
    Change,
    Changed,
    Form,
    OrganizationView,
    Outcome,
    Rejected,
    Setting,
    WebhookLogin,
)
from gladly_segment.ports.registry import Action
from tests.support.clock import START, ManualClock
from tests.support.desk import OF_TOKEN, OPEN, OTHER_SHOP, SHOP, Desk, WatchedService
from tests.support.observer import RecordingObserver
from tests.unit.transport.bounds import bounded

__all__ = ["bounded"]

NEW_SECRET = "canary-new-secret"


def a_setting(key: str, value: str = "1000", *, form: Form = Form.NUMBER, origin: str = "default") -> Setting:
    return Setting(
        key=key,
        value=value,
        typed=value if origin == "declared" else "",
        counts=value,
        default="1000",
        origin=origin,
        meaning=f"The meaning of {key}.",
        form=form,
        table="organizations.shop",
        line=f"{key} = {value}",
    )


def an_organization(*, name: OrganizationId = SHOP, is_of_file: bool = False) -> OrganizationView:
    return OrganizationView(
        name=name,
        is_of_file=is_of_file,
        is_paused=False,
        version="" if is_of_file else "v1",
        changed_at=None if is_of_file else START,
        settings=(
            a_setting("max_backlog", origin="/etc/shop.toml:7" if is_of_file else "declared"),
            a_setting("gladly_token", "set", form=Form.SECRET),
        ),
        webhook=WebhookLogin(path=f"/webhooks/{name}", username="gladly-segment", passwords=1, headers=(), id="w-1"),
        actions=(Action(at=START, organization=name, by="ann", what="settings_changed", detail="max_backlog"),),
    )


class Service:
    """The port, with whatever a test makes of it."""

    def __init__(self) -> None:
        self.organizations = [an_organization(), an_organization(name=OTHER_SHOP, is_of_file=True)]
        self.outcome: Outcome = Changed(("max_backlog",))
        self.changes: list[tuple[Change, Mapping[str, str]]] = []
        self.replaced: list[tuple[Change, str, str, bool]] = []
        self.renewed: list[tuple[OrganizationId, str]] = []

    async def service(self) -> Sequence[Setting]:
        return [a_setting("journal_max_gb", "50.0")]

    async def organization(self, name: OrganizationId) -> OrganizationView | None:
        return next((each for each in self.organizations if each.name == name), None)

    async def change(self, change: Change, typed: Mapping[str, str]) -> Outcome:
        self.changes.append((change, typed))
        return self.outcome

    async def replace(self, change: Change, key: str, secret: Secret, *, unchecked: bool) -> Outcome:
        self.replaced.append((change, key, secret.reveal(), unchecked))
        return self.outcome

    async def renew(self, name: OrganizationId, by: str) -> str | Rejected:
        self.renewed.append((name, by))
        return "r1"


@pytest.fixture
def service() -> Service:
    return Service()


async def _desk(service: Service, *, is_open: bool) -> AsyncIterator[Desk]:
    routes = SettingsHandlers(Frames(lambda: (SHOP, OTHER_SHOP)), service).routes()
    rules = OPEN if is_open else OF_TOKEN
    admin = Admin(
        WatchedService(), rules, clock=ManualClock(START), observer=RecordingObserver(), routes=routes, static=STATIC
    )
    url = await admin.start("127.0.0.1", 0)
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        yield Desk(admin, url, http)
    await admin.stop()


@pytest.fixture
async def desk(service: Service) -> AsyncIterator[Desk]:
    """The settings behind a door that is open on loopback."""
    async for each in _desk(service, is_open=True):
        yield each


@pytest.fixture
async def closed_desk(service: Service) -> AsyncIterator[Desk]:
    """The settings behind a door that asks for the token."""
    async for each in _desk(service, is_open=False):
        yield each
