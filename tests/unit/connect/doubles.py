"""What a plan is carried out with, in memory; each may be told to fail at its nth change."""

import asyncio
from collections.abc import Sequence
from typing import TypeAlias

import msgspec

from gladly_segment.connect.carry_out import Ground, Known
from gladly_segment.connect.probe import Answered, ProbeAnswer
from gladly_segment.connect.wish import EVENTS, Told, Wish
from gladly_segment.core.credentials import WebhookCredentials, salted
from gladly_segment.core.errors import CallFailedError, WebhookRefusedError
from gladly_segment.core.failures import Failure, FailureKind
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.organization import GladlyAccess, SegmentAccess
from gladly_segment.core.secret import Secret
from gladly_segment.ports.registry import Action, Binding, Feed
from gladly_segment.ports.webhooks import Webhook, WebhookDraft, WebhookId
from tests.support.clock import FlyingClock

SHOP = OrganizationId("shop")
ADDRESS = "https://hooks.shop.example/webhooks/shop"
WRITE_KEY = Secret("canary-write-key")
FORMER = salted("gladly-segment:former", b"salt")

End: TypeAlias = "CallFailedError | asyncio.CancelledError"


def a_wish(*, write_key: Secret = WRITE_KEY, environment: str = "production", region: str = "us") -> Wish:
    return Wish(
        organization=SHOP,
        gladly=GladlyAccess(url="https://shop.gladly.com", user="u@shop.example", token=Secret("t"), share=0.8),
        segment=SegmentAccess(
            host="https://api.segment.io", region=region, environment=environment, write_key=write_key
        ),
        address=ADDRESS,
    )


def a_webhook(
    id_: str = "w-1",
    *,
    name: str = "gladly-segment",
    url: str = ADDRESS,
    enabled: bool = True,
    has_credentials: bool = True,
    events: frozenset[str] = EVENTS,
) -> Webhook:
    return Webhook(
        id=WebhookId(id_),
        name=name,
        url=url,
        events=tuple(sorted(events)),
        enabled=enabled,
        has_credentials=has_credentials,
    )


def failed(kind: FailureKind = FailureKind.UNREACHABLE) -> CallFailedError:
    return CallFailedError(Failure(kind, "no answer in time"))


def refused(attr: str = "url", words: str = "the PING event was not answered with 200") -> WebhookRefusedError:
    return WebhookRefusedError(Failure(FailureKind.REFUSED, "answered 400", 400), attr=attr, refusal=words)


class MemoryGladly:
    """The webhooks port. `ends` holds what ends the next calls of a method; `lost` ones take effect all the same."""

    def __init__(self, *webhooks: Webhook) -> None:
        self.webhooks = {each.id: each for each in webhooks}
        self.passwords: dict[str, Secret] = {}
        self.calls: list[str] = []
        self.ends: dict[str, list[End]] = {}
        self.lost = False

    async def all(self) -> Sequence[Webhook]:
        self._end("all")
        return tuple(self.webhooks.values())

    async def read(self, webhook: WebhookId) -> Webhook | None:
        return self.webhooks.get(webhook)

    async def create(self, draft: WebhookDraft) -> WebhookId:
        made = a_webhook("w-new", name=draft.name, url=draft.url, enabled=False, events=frozenset(draft.events))
        if self.lost:
            self.webhooks[made.id] = made
        self._end("create")
        self.webhooks[made.id] = made
        self.passwords[made.id] = draft.password
        return made.id

    async def change(self, webhook: WebhookId, draft: WebhookDraft) -> None:
        self._end("change")
        self._replace(webhook, name=draft.name, url=draft.url, events=tuple(draft.events), has_credentials=True)
        self.passwords[webhook] = draft.password

    async def enable(self, webhook: WebhookId, *, enabled: bool) -> None:
        if self.lost:
            self._replace(webhook, enabled=enabled)
        self._end("enable" if enabled else "disable")
        self._replace(webhook, enabled=enabled)

    async def delete(self, webhook: WebhookId) -> None:
        self._end("delete")
        assert not self.webhooks[webhook].enabled, "Gladly deletes disabled webhooks only"
        del self.webhooks[webhook]

    def _replace(self, webhook: WebhookId, **fields: object) -> None:
        self.webhooks[webhook] = msgspec.structs.replace(self.webhooks[webhook], **fields)

    def _end(self, call: str) -> None:
        self.calls.append(call)
        if ends := self.ends.get(call):
            raise ends.pop(0)


class MemoryDeclaration:
    """The declaration port: `declared` is what the service knows."""

    def __init__(self, known: Known | None = None) -> None:
        self.known = known
        self.declared = None if known is None else known.credentials
        self.history: list[WebhookCredentials] = []

    async def declare(self, credentials: WebhookCredentials) -> None:
        self.declared = credentials
        self.history.append(credentials)

    async def restore(self) -> None:
        self.declared = None if self.known is None else self.known.credentials


class MemoryNotes:
    """The bindings, feeds and trail."""

    def __init__(self, *bindings: Binding) -> None:
        self.bound = list(bindings)
        self.feeds: dict[OrganizationId, Feed] = {}
        self.trail: list[Action] = []

    async def bindings(self) -> Sequence[Binding]:
        return tuple(self.bound)

    async def bind(self, binding: Binding) -> None:
        def place(each: Binding) -> tuple[str, str, str]:
            return each.organization, each.environment, each.region

        kept = [
            each for each in self.bound if each.fingerprint != binding.fingerprint and place(each) != place(binding)
        ]
        self.bound = [*kept, binding]

    async def feed(self, organization: OrganizationId) -> Feed:
        return self.feeds.get(organization, Feed(organization=organization))

    async def note_feed(self, feed: Feed) -> None:
        self.feeds[feed.organization] = feed

    async def note_action(self, action: Action) -> None:
        self.trail.append(action)

    async def actions(self, organization: OrganizationId | None, limit: int) -> Sequence[Action]:
        return tuple(each for each in reversed(self.trail) if organization in (None, each.organization))[:limit]


class ScriptedProbe:
    """The probe: gives its answers one after the other, the last for ever."""

    def __init__(self, *answers: ProbeAnswer) -> None:
        self.answers = list(answers) or [Answered(200)]
        self.asked: list[Secret] = []

    async def ping(self, address: str, password: Secret) -> ProbeAnswer:
        assert address == ADDRESS
        self.asked.append(password)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


class Scene:
    """All of it together."""

    def __init__(
        self,
        *webhooks: Webhook,
        known: Known | None = None,
        bindings: Sequence[Binding] = (),
        probe: ScriptedProbe | None = None,
    ) -> None:
        self.gladly = MemoryGladly(*webhooks)
        self.declaration = MemoryDeclaration(known)
        self.notes = MemoryNotes(*bindings)
        self.probe = probe or ScriptedProbe()
        self.told: list[Told] = []
        self.clock = FlyingClock()

    @property
    def ground(self) -> Ground:
        drawn = iter(range(1_000))
        return Ground(
            webhooks=self.gladly,
            declaration=self.declaration,
            notes=self.notes,
            probe=self.probe,
            clock=self.clock,
            draw=lambda count: next(drawn).to_bytes(count, "big"),
            tell=self.told.append,
        )

    def admits(self, password: Secret) -> bool:
        """Tell whether the service would let Gladly in with a password."""
        declared = self.declaration.declared
        text = f"gladly-segment:{password.reveal()}"
        return declared is not None and any(login.matches(text) for login in declared.logins)
