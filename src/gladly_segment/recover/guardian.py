"""The feed guardian: has Gladly's webhook sending, and calls somebody when that is a person's business."""

import asyncio
import zlib
from collections.abc import Awaitable
from datetime import datetime, timedelta
from typing import Final

import msgspec
from yarl import URL

from gladly_segment.core.errors import CallFailedError, JournalDamagedError, JournalUnavailableError
from gladly_segment.core.failures import Failure, FailureKind
from gladly_segment.core.feed_signals import (
    DisabledBy,
    FeedDisabled,
    FeedEnabled,
    FeedMissing,
    FeedReenabled,
    FeedSignal,
    FeedUnguarded,
    GapUnread,
)
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.signals import JournalTrouble
from gladly_segment.ports.clock import Clock
from gladly_segment.ports.observer import Observer
from gladly_segment.ports.registry import Action, AuditTrail, Feed, Feeds
from gladly_segment.ports.webhooks import Webhook, WebhookId, Webhooks
from gladly_segment.recover.decision import Alarm, Nothing, Recover, Reenable, Trouble, decide
from gladly_segment.recover.gap import BEHIND, GapRecovery
from gladly_segment.recover.silence import SilenceWatch

LOOK_EVERY_S: Final = 60.0

_NAME: Final = "guardian"

_PASSING: Final = frozenset(
    {FailureKind.UNREACHABLE, FailureKind.THROTTLED, FailureKind.UNAVAILABLE, FailureKind.MALFORMED}
)
"""Trouble that the next look may not meet."""

_PASSES_WITHIN: Final = timedelta(minutes=30)


class Guardian:
    """Looks after one organization's feed."""

    def __init__(
        self,
        organization: OrganizationId,
        webhooks: Webhooks,
        recovery: GapRecovery,
        silence: SilenceWatch,
        *,
        feeds: Feeds,
        trail: AuditTrail,
        clock: Clock,
        observer: Observer,
        listening: asyncio.Event,
    ) -> None:
        """`listening` is set once a PING would be answered."""
        self._organization = organization
        self._webhooks = webhooks
        self._recovery = recovery
        self._silence = silence
        self._feeds = feeds
        self._trail = trail
        self._clock = clock
        self._observer = observer
        self._listening = listening
        self._looked_at = clock.now()
        self._told: dict[type[FeedSignal], FeedSignal] = {}

    async def run(self) -> None:
        """Look at the webhook every minute until cancelled. Raises JournalDamagedError."""
        await self._listening.wait()
        pause_s = LOOK_EVERY_S * _phase(self._organization)
        while True:
            await self.look()
            await self._clock.sleep(pause_s)
            pause_s = LOOK_EVERY_S

    async def look(self) -> None:
        """Look once, and do what is to be done. Raises JournalDamagedError."""
        try:
            await self._look()
        except JournalDamagedError:
            raise
        except JournalUnavailableError as error:
            self._observer.emit(JournalTrouble(error.message))
        except CallFailedError as error:
            if error.failure.kind not in _PASSING or self._clock.now() - self._looked_at >= _PASSES_WITHIN:
                self._tell(FeedUnguarded(self._organization, error.message))
        else:
            self._looked_at = self._clock.now()

    async def _look(self) -> None:
        feed = await self._feeds.feed(self._organization)
        webhook = await self._find(feed)
        if webhook is not None and webhook.id != feed.webhook_id:
            feed = msgspec.structs.replace(feed, webhook_id=webhook.id)
            await self._feeds.note_feed(feed)
        match decide(feed, webhook, self._clock.now()):
            case Nothing():
                await self._note(feed, webhook)
            case Recover(start=start):
                self._tell(FeedEnabled(self._organization))
                await self._recover(start)
            case Reenable(since=since, start=start):
                await self._reenable(feed, since, start)
            case Alarm(trouble=trouble, since=since):
                await self._note_disabled(feed, since)
                self._tell(self._trouble(trouble, since))

    async def _find(self, feed: Feed) -> Webhook | None:
        known = None if feed.webhook_id is None else await self._webhooks.read(WebhookId(feed.webhook_id))
        if known is not None:
            return known
        path = f"/webhooks/{self._organization}"
        ours = [each for each in await self._webhooks.all() if _path(each.url).endswith(path)]
        if len(ours) > 1:
            # One of them may be another installation's: only the one that was noted at connecting is touched.
            detail = f"{len(ours)} webhooks lead to {path}"
            raise CallFailedError(Failure(FailureKind.REFUSED, detail))
        return ours[0] if ours else None

    async def _note(self, feed: Feed, webhook: Webhook | None) -> None:
        now = self._clock.now()
        if webhook is None or not webhook.enabled:
            await self._note_disabled(feed, now)
            return
        await self._note_whole(now)
        self._tell(FeedEnabled(self._organization))
        await self._read(self._silence.look())

    async def _recover(self, start: datetime) -> None:
        if not await self._read(self._recovery.run(start, self._clock.now())):
            return
        # Once more, for what the Events API did not show yet.
        await self._clock.sleep(BEHIND.total_seconds())
        now = self._clock.now()
        if await self._read(self._recovery.run(start, now)):
            await self._note_whole(now)

    async def _reenable(self, feed: Feed, since: datetime, start: datetime) -> None:
        await self._note_disabled(feed, since)
        self._tell(FeedDisabled(self._organization, DisabledBy.RETRY_LIMIT, since))
        # Read before Gladly sends again, so that what was missed comes to stand before what follows it. Where that
        # fails it is owed, and the webhook does not wait for it.
        await self._read(self._recovery.run(start, self._clock.now()))
        webhook = feed.webhook_id or ""
        await self._webhooks.enable(WebhookId(webhook), enabled=True)
        self._observer.emit(FeedReenabled(self._organization))
        self._tell(FeedEnabled(self._organization))
        await self._trail.note_action(
            Action(
                at=self._clock.now(),
                organization=self._organization,
                by=_NAME,
                what="webhook_enabled",
                detail=webhook,
            )
        )
        await self._recover(start)

    async def _read(self, reading: Awaitable[object]) -> bool:
        """Tell whether the past could be read."""
        try:
            await reading
        except CallFailedError as error:
            if error.failure.kind not in _PASSING:
                self._tell(GapUnread(self._organization, error.message))
            return False
        self._told.pop(GapUnread, None)
        return True

    async def _note_whole(self, now: datetime) -> None:
        feed = await self._feeds.feed(self._organization)
        await self._feeds.note_feed(msgspec.structs.replace(feed, whole_until=now, disabled_since=None))

    async def _note_disabled(self, feed: Feed, since: datetime) -> None:
        if feed.disabled_since is None:
            await self._feeds.note_feed(msgspec.structs.replace(feed, disabled_since=since))

    def _trouble(self, trouble: Trouble, since: datetime) -> FeedSignal:
        match trouble:
            case Trouble.MISSING:
                return FeedMissing(self._organization)
            case Trouble.DISABLED_BY_HAND:
                return FeedDisabled(self._organization, DisabledBy.HAND, since)

    def _tell(self, signal: FeedSignal) -> None:
        """Emit what is true of the feed, unless that was told before and has been true since."""
        if self._told.get(type(signal)) == signal:
            return
        if isinstance(signal, FeedEnabled):
            self._told = {}
        elif not isinstance(signal, GapUnread):
            self._told.pop(FeedEnabled, None)
        self._told[type(signal)] = signal
        self._observer.emit(signal)


def _phase(organization: OrganizationId) -> float:
    """Give each organization its own part of a minute, so that they do not all look at once."""
    return zlib.crc32(organization.encode()) / 2**32


def _path(url: str) -> str:
    try:
        return URL(url).path
    except ValueError:
        return ""
