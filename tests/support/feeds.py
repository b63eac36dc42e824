"""Gladly's webhooks and past events as told, for those who watch over a feed."""

from collections.abc import AsyncGenerator, Sequence
from datetime import datetime, timedelta

import msgspec

from gladly_segment.core.errors import CallFailedError
from gladly_segment.core.failures import Failure
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.moments import format_moment, parse_moment
from gladly_segment.mapping.intake import WireEvent, read_event
from gladly_segment.ports.inspector import Pulse
from gladly_segment.ports.registry import Action, Feed
from gladly_segment.ports.webhooks import Webhook, WebhookDraft, WebhookId
from tests.support.receipts import SHOP

WEBHOOK = WebhookId("w-1")


def a_webhook(
    *,
    id_: str = WEBHOOK,
    url: str = "https://events.example/webhooks/shop",
    enabled: bool = True,
    gave_up: datetime | None = None,
) -> Webhook:
    """A webhook of the shop; `gave_up`: when Gladly disabled it after its last retry."""
    return Webhook(
        id=WebhookId(id_),
        name="gladly-segment",
        url=url,
        events=("CONVERSATION/CLOSED",),
        enabled=enabled and gave_up is None,
        has_credentials=True,
        disabled_at_due_to_retry_limit=None if gave_up is None else format_moment(gave_up),
    )


class PlayedWebhooks:
    """The webhooks port: those in `there`; a `failure` is raised by every call, a `refusal` by enabling only."""

    def __init__(self, *there: Webhook) -> None:
        self.there = {each.id: each for each in there}
        self.failure: Failure | None = None
        self.refusal: CallFailedError | None = None
        self.calls: list[str] = []

    async def all(self) -> Sequence[Webhook]:
        self._call("all")
        return list(self.there.values())

    async def read(self, webhook: WebhookId) -> Webhook | None:
        self._call(f"read {webhook}")
        return self.there.get(webhook)

    async def create(self, draft: WebhookDraft) -> WebhookId:
        raise NotImplementedError

    async def change(self, webhook: WebhookId, draft: WebhookDraft) -> None:
        raise NotImplementedError

    async def enable(self, webhook: WebhookId, *, enabled: bool) -> None:
        self._call(f"enable {webhook}" if enabled else f"disable {webhook}")
        if self.refusal is not None:
            raise self.refusal
        self.there[webhook] = msgspec.structs.replace(
            self.there[webhook], enabled=enabled, disabled_at_due_to_retry_limit=None
        )

    async def delete(self, webhook: WebhookId) -> None:
        raise NotImplementedError

    def _call(self, what: str) -> None:
        self.calls.append(what)
        if self.failure is not None:
            raise CallFailedError(self.failure)


class PlayedPast:
    """The past events port: gives `events` of the time asked for; raises `failure` after `given` of them."""

    def __init__(self, *events: bytes) -> None:
        self.events = list(events)
        self.failure: Failure | None = None
        self.given = 0
        self.asked: list[tuple[datetime, datetime]] = []
        self.late: dict[int, bytes] = {}
        """By number of the reading before which they begin to be shown."""
        self.failing: dict[int, Failure] = {}
        """By number of the reading that fails at once."""

    async def read(self, start: datetime, end: datetime) -> AsyncGenerator[bytes]:
        self.asked.append((start, end))
        if (late := self.late.get(len(self.asked))) is not None:
            self.events.append(late)
        if (failed := self.failing.get(len(self.asked))) is not None:
            raise CallFailedError(failed)
        wanted = [each for each in self.events if start <= _at(each, start) <= end]
        for number, event in enumerate(wanted):
            if self.failure is not None and number == self.given:
                break
            yield event
        if self.failure is not None:
            raise CallFailedError(self.failure)


def _at(event: bytes, otherwise: datetime) -> datetime:
    read = read_event(event)
    moment = parse_moment(read.timestamp or "") if isinstance(read, WireEvent) else None
    return moment or otherwise


class NotedFeeds:
    """The ports of feeds and of the audit trail, in memory."""

    def __init__(self, feed: Feed | None = None) -> None:
        self.noted = feed or Feed(organization=SHOP)
        self.notes: list[Feed] = []
        self.done: list[Action] = []
        self.damage: Exception | None = None

    async def feed(self, organization: OrganizationId) -> Feed:
        if self.damage is not None:
            raise self.damage
        assert organization == SHOP
        return self.noted

    async def note_feed(self, feed: Feed) -> None:
        self.noted = feed
        self.notes.append(feed)

    async def note_action(self, action: Action) -> None:
        self.done.append(action)

    async def actions(self, organization: OrganizationId | None, limit: int) -> Sequence[Action]:
        return [each for each in self.done if organization in {None, each.organization}][-limit:]


class PlayedPulses:
    """The pulses port."""

    def __init__(self) -> None:
        self.last_at: datetime | None = None
        self.busy_hours: tuple[int, ...] = ()
        self.asked = 0

    def beats_always(self, now: datetime) -> None:
        """Let every past hour have been a busy one."""
        this_hour = int(now.timestamp() // 3600)
        self.busy_hours = tuple(range(this_hour - 16 * 24, this_hour + 1))

    def silent_for(self, silence: timedelta, now: datetime) -> None:
        self.last_at = now - silence

    async def pulse(self, organization: OrganizationId) -> Pulse:
        self.asked += 1
        return Pulse(organization, self.last_at, self.busy_hours)
