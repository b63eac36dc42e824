"""Sending events to webhooks, with Gladly's retry schedule (Gladly fact sheet)."""

import asyncio
import random
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus

import aiohttp
import msgspec
from msgspec import UNSET, UnsetType

from gladly_segment.sandbox.gladly.events import RecordedEvent
from gladly_segment.sandbox.gladly.ledger import DeliveryAttempt, DroppedDelivery, Ledger
from gladly_segment.sandbox.gladly.options import GladlyOptions
from gladly_segment.sandbox.gladly.times import NS_PER_S, rfc3339_us
from gladly_segment.sandbox.gladly.webhooks import Webhook, WebhookId, WebhookRegistry

ANSWER_LIMIT_S = 15.0
ANSWER_LIMIT_FLOOR_S = 1.0
"""However fast the vendor's waits pass, a receiver on this machine still needs real time to answer."""

MAX_CONNECTIONS = 50

LOST = "Lost"
"""The error of an attempt that Gladly believes in, and that nobody got."""


class DeliverySettings(msgspec.Struct, frozen=True, kw_only=True):
    """How deliveries misbehave."""

    held: bool = False
    """New deliveries wait until this is false again."""
    duplicate_share: float = 0.0
    """Share of the deliveries that are made twice."""
    lose_share: float = 0.0
    """Share of the events that Gladly believes delivered and that nobody got: no retry, no disabling."""
    shuffle_within_s: float = 0.0
    """Each new delivery waits for a time drawn from 0 to this, in real seconds."""


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """One event on its way to one webhook, until that is disabled."""

    recorded: RecordedEvent
    webhook_id: WebhookId
    delay_s: float
    lost: bool
    disabled: asyncio.Event


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one POST."""

    started_ns: int
    ended_ns: int
    status: int | UnsetType = UNSET
    error: str | UnsetType = UNSET

    @property
    def accepted(self) -> bool:
        """A 2xx came in time."""
        return not isinstance(self.status, UnsetType) and 200 <= self.status <= 299


class DeliveryEngine:
    """Delivers every event to every enabled webhook that wants it; events do not wait for one another.

    Made within a running loop; `stop` ends what is under way.
    """

    def __init__(
        self, *, registry: WebhookRegistry, ledger: Ledger, options: GladlyOptions, now_ns: Callable[[], int]
    ) -> None:
        self.settings = DeliverySettings()
        self._registry = registry
        self._ledger = ledger
        self._now_ns = now_ns
        self._retry_after_ns = tuple(int(wait * NS_PER_S / options.time_factor) for wait in options.retry_after_s)
        self._draws = random.Random(f"{options.seed}/deliveries")  # noqa: S311 - repeatable, not secret
        self._disabled: dict[WebhookId, asyncio.Event] = {}
        self._held: list[Delivery] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._idle = asyncio.Event()
        self._idle.set()
        self._connections = asyncio.Semaphore(MAX_CONNECTIONS)
        limit_s = max(ANSWER_LIMIT_S / options.time_factor, ANSWER_LIMIT_FLOOR_S)
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=limit_s))

    def publish(self, recorded: RecordedEvent) -> None:
        """Begin to deliver an event, or hold it back."""
        for webhook in self._registry.subscribed(recorded.event.type):
            lost = self.settings.lose_share > 0 and self._draws.random() < self.settings.lose_share
            copies = 2 if self._draws.random() < self.settings.duplicate_share else 1
            for _ in range(copies):
                delivery = Delivery(
                    recorded=recorded,
                    webhook_id=webhook.id,
                    delay_s=self._draws.uniform(0, self.settings.shuffle_within_s),
                    lost=lost,
                    disabled=self._disabled.setdefault(webhook.id, asyncio.Event()),
                )
                self._idle.clear()
                if self.settings.held:
                    self._held.append(delivery)
                else:
                    self._start(delivery)

    def configure(self, settings: DeliverySettings) -> None:
        """Misbehave differently from now on; what was held starts, in its order, once nothing is to be."""
        self.settings = settings
        if not settings.held:
            released, self._held = self._held, []
            for delivery in released:
                self._start(delivery)

    async def ping(self, webhook: Webhook, recorded: RecordedEvent) -> bool:
        """Send a PING; whether the receiver answered 200 in time."""
        return (await self._attempt(webhook, recorded, attempt=1, due_ns=self._now_ns())).status == HTTPStatus.OK

    def drop_pending(self, webhook_id: WebhookId) -> None:
        """The webhook was disabled: what it has not got yet, it never gets."""
        disabled = self._disabled.pop(webhook_id, None)
        if disabled is not None:
            disabled.set()

    async def wait_idle(self, timeout_s: float) -> bool:
        """Whether, within the timeout, no delivery is held, waiting for a retry or in flight."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._idle.wait()
        except TimeoutError:
            return False
        return True

    async def stop(self) -> None:
        """End all deliveries where they are."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._session.close()

    def _start(self, delivery: Delivery) -> None:
        task = asyncio.create_task(self._deliver(delivery))
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not self._tasks and not self._held:
            self._idle.set()

    async def _deliver(self, delivery: Delivery) -> None:
        due_ns = self._now_ns() + int(delivery.delay_s * NS_PER_S)
        for attempt, retry_after_ns in enumerate((*self._retry_after_ns, None), start=1):
            await self._wait_until(due_ns, delivery.disabled)
            async with self._connections:
                if delivery.disabled.is_set():
                    break
                webhook = self._registry.get(delivery.webhook_id)
                if delivery.lost:
                    self._note(webhook, delivery.recorded, attempt, due_ns, self._lost())
                    return
                outcome = await self._attempt(webhook, delivery.recorded, attempt, due_ns)
            if outcome.accepted:
                return
            if retry_after_ns is not None:
                due_ns = outcome.ended_ns + retry_after_ns
        if not delivery.disabled.is_set():
            self._registry.disable_due_to_retry_limit(delivery.webhook_id)
            self.drop_pending(delivery.webhook_id)
        self._note_dropped(delivery)

    async def _wait_until(self, due_ns: int, disabled: asyncio.Event) -> None:
        wait_s = (due_ns - self._now_ns()) / NS_PER_S
        if wait_s > 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await disabled.wait()

    async def _attempt(self, webhook: Webhook, recorded: RecordedEvent, attempt: int, due_ns: int) -> Outcome:
        outcome = await self._post(webhook, recorded.body)
        self._note(webhook, recorded, attempt, due_ns, outcome)
        return outcome

    def _lost(self) -> Outcome:
        now_ns = self._now_ns()
        return Outcome(started_ns=now_ns, ended_ns=now_ns, error=LOST)

    def _note(self, webhook: Webhook, recorded: RecordedEvent, attempt: int, due_ns: int, outcome: Outcome) -> None:
        self._ledger.deliveries.append(
            DeliveryAttempt(
                event_id=recorded.event.id,
                type=recorded.event.type,
                webhook_id=webhook.id,
                attempt=attempt,
                due_at=rfc3339_us(due_ns),
                started_at=rfc3339_us(outcome.started_ns),
                ended_at=rfc3339_us(outcome.ended_ns),
                status=outcome.status,
                error=outcome.error,
            )
        )

    async def _post(self, webhook: Webhook, body: bytes) -> Outcome:
        started_ns = self._now_ns()
        status: int | UnsetType = UNSET
        failure: str | UnsetType = UNSET
        try:
            async with self._session.post(
                webhook.url, data=body, headers=_headers(webhook), allow_redirects=False
            ) as answer:
                await answer.read()
                status = answer.status
        except (aiohttp.ClientError, OSError) as error:
            # TimeoutError is an OSError.
            failure = type(error).__name__
        return Outcome(started_ns=started_ns, ended_ns=self._now_ns(), status=status, error=failure)

    def _note_dropped(self, delivery: Delivery) -> None:
        event = delivery.recorded.event
        self._ledger.dropped.append(
            DroppedDelivery(
                event_id=event.id,
                type=event.type,
                webhook_id=delivery.webhook_id,
                at=rfc3339_us(self._now_ns()),
            )
        )


def _headers(webhook: Webhook) -> dict[str, str]:
    headers = {**webhook.headers, "Content-Type": "application/json"}
    if not isinstance(webhook.credentials, UnsetType):
        headers["Authorization"] = aiohttp.encode_basic_auth(webhook.credentials.username, webhook.credentials.password)
    return headers
