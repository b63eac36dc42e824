import asyncio
from collections.abc import AsyncIterator, Callable, Sequence

import aiohttp
import msgspec
import pytest

from gladly_segment.admin import Admin
from gladly_segment.config import load_settings
from gladly_segment.config.declared import organization_of
from gladly_segment.core.credentials import WebhookCredentials
from gladly_segment.core.errors import CallFailedError, SettingsError
from gladly_segment.core.failures import Failure, FailureKind
from gladly_segment.core.ids import OrganizationId, Seq
from gladly_segment.core.lifecycle import SuppressReason
from gladly_segment.core.organization import Organization, Origin
from gladly_segment.core.records import History, MadeReady, Settlement, Suppressed
from gladly_segment.debugger.frame import STATIC, Frames
from gladly_segment.debugger.lab import LabHandlers, LabPreview, MappingOptions, Sample, Subject
from gladly_segment.mapping.registry import MAPPINGS
from tests.support.clock import START, ManualClock
from tests.support.desk import OPEN, OTHER_SHOP, SHOP, Desk, WatchedService
from tests.support.histories import sent, track_event
from tests.support.observer import RecordingObserver
from tests.support.organizations import an_organization
from tests.unit.transport.bounds import bounded

__all__ = ["bounded"]


class Laboratory:
    """The port of the lab, with whatever a test makes of it: it knows the rule about kinds and `deny`, and no other."""

    def __init__(self) -> None:
        self.organizations = {name: an_organization(name) for name in (SHOP, OTHER_SHOP)}
        self.version = "v1"
        self.receipts = [sent(2), sent(1)]
        self.unreadable: set[Seq] = set()
        self.may_read = asyncio.Event()
        self.may_read.set()
        self.previews = 0
        self.read: list[Seq] = []
        self.samples: list[Sample] = []
        self.switched: list[tuple[OrganizationId, MappingOptions, str]] = []
        self.hindrance: SettingsError | None = None
        self.make: Callable[[], bytes] = track_event

    def declare_in_registry(self) -> None:
        self.organizations[SHOP] = msgspec.structs.replace(self.organizations[SHOP], origin=Origin.REGISTRY)

    async def subject(self, organization: OrganizationId) -> Subject | None:
        found = self.organizations.get(organization)
        return None if found is None else Subject(organization=found, version=self.version)

    def variant(self, organization: Organization, options: MappingOptions) -> Organization:
        table = {
            "gladly_user": "-",
            "gladly_token": "-",
            "segment_write_key": "-",
            "events": [str(kind) for kind in options.events],
            "privacy": options.privacy,
        }
        ruled = organization_of(organization.name, table, WebhookCredentials(), load_settings())
        return msgspec.structs.replace(organization, events=ruled.events, privacy=ruled.privacy)

    async def sample(self, organization: OrganizationId, sample: Sample) -> Sequence[History]:
        self.samples.append(sample)
        return [each for each in self.receipts if each.organization == organization]

    def preview(self, organization: OrganizationId) -> LabPreview | None:
        self.previews += 1
        return self if organization in self.organizations else None

    async def of(self, receipt: History, variants: Sequence[Organization]) -> Sequence[Settlement]:
        await self.may_read.wait()
        self.read.append(receipt.seq)
        if receipt.seq in self.unreadable:
            raise CallFailedError(Failure(FailureKind.UNREACHABLE, "no connection could be made"))
        return [self._settled(receipt, each) for each in variants]

    async def switch(self, organization: OrganizationId, options: MappingOptions, version: str, by: str) -> bool:
        if self.hindrance is not None:
            raise self.hindrance
        if version != self.version:
            return False
        self.switched.append((organization, options, by))
        self.version += "'"
        return True

    def toml(self, organization: OrganizationId, options: MappingOptions) -> str:
        return f"toml of {organization} with {options.deny}"

    def _settled(self, receipt: History, variant: Organization) -> Settlement:
        if MAPPINGS[receipt.event_type].kind not in variant.events:
            return Suppressed(receipt.seq, SuppressReason.EVENT_NOT_WANTED)
        event = msgspec.json.decode(self.make())
        for name in variant.privacy.properties:
            event["properties"].pop(name, None)
        return MadeReady(receipt.seq, msgspec.json.encode(event), receipt.message_id)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture
def lab() -> Laboratory:
    return Laboratory()


@pytest.fixture
async def desk(lab: Laboratory, clock: ManualClock) -> AsyncIterator[Desk]:
    """The lab behind a door that is open on loopback."""
    routes = LabHandlers(Frames(lambda: (SHOP, OTHER_SHOP)), lab, clock).routes()
    admin = Admin(WatchedService(), OPEN, clock=clock, observer=RecordingObserver(), routes=routes, static=STATIC)
    url = await admin.start("127.0.0.1", 0)
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        yield Desk(admin, url, http)
    await admin.stop()
