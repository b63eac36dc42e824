"""Carrying a plan out: either the organization is connected afterwards, or all is as it was before."""

import base64
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from typing import Final, Protocol

import msgspec

from gladly_segment.connect.address import same_address
from gladly_segment.connect.decide import Create, Keep, Plan, Renew, url_taken
from gladly_segment.connect.looking import list_webhooks
from gladly_segment.connect.probe import Answered, Probe
from gladly_segment.connect.refusals import Reason, gladly_refusal, ping_refusal, refusal
from gladly_segment.connect.take_down import take_down
from gladly_segment.connect.wish import EVENTS, WEBHOOK_NAME, WEBHOOK_USERNAME, Outcome, Step, Told, Wish
from gladly_segment.connect.workspace import BY_PERSON, OtherKey, OtherPlace, bind_anew, key_use
from gladly_segment.core.credentials import SALT_BYTES, SaltedDigest, WebhookCredentials, webhook_credentials
from gladly_segment.core.errors import CallFailedError, ConnectRefusedError, WebhookRefusedError
from gladly_segment.core.secret import Secret
from gladly_segment.ports.clock import Clock
from gladly_segment.ports.registry import Action, AuditTrail, Bindings, Feeds
from gladly_segment.ports.webhooks import WebhookDraft, WebhookId, Webhooks

_PASSWORD_BYTES: Final = 32
_OK: Final = 200

_NOTICED_WITHIN_S: Final = 4.0
"""A running service follows what is declared within a second or two."""

_LOOK_EVERY_S: Final = 0.5
_ENABLE_TIMES: Final = 3
_BETWEEN_ENABLES_S: Final = 1.0


class Known(msgspec.Struct, frozen=True):
    """What was declared of the organization before: its webhook's credentials, and whether all else is as wished."""

    credentials: WebhookCredentials
    is_as_wished: bool


class Declaration(Protocol):
    """The organization's own entry in the registry. Every method raises GladlySegmentError."""

    @property
    def known(self) -> Known | None:
        """Tell what was declared at first."""
        ...

    async def declare(self, credentials: WebhookCredentials) -> None:
        """Declare the wish durably, with these credentials of its webhook."""
        ...

    async def restore(self) -> None:
        """Have everything as it was at first."""
        ...


class Notes(Bindings, Feeds, AuditTrail, Protocol):
    """What is noted beside the declaration."""


class Ground(msgspec.Struct, frozen=True, kw_only=True):
    """What a plan is carried out with, and for whom; `draw` gives so many unguessable bytes."""

    webhooks: Webhooks
    declaration: Declaration
    notes: Notes
    probe: Probe
    clock: Clock
    draw: Callable[[int], bytes]
    tell: Callable[[Told], None]
    by: str = BY_PERSON


async def carry_out(plan: Plan, wish: Wish, ground: Ground) -> None:
    """Connect the organization. Raises ConnectRefusedError, CallFailedError, and what the registry raises.

    Whatever ends it before, a cancellation too, what was changed is taken back, as far as Gladly lets us.
    """
    await _Connecting(wish, ground).carry_out(plan)


class _Connecting:
    def __init__(self, wish: Wish, ground: Ground) -> None:
        self._wish = wish
        self._webhooks = ground.webhooks
        self._declaration = ground.declaration
        self._notes = ground.notes
        self._probe = ground.probe
        self._clock = ground.clock
        self._draw = ground.draw
        self._tell = ground.tell
        self._by = ground.by
        self._made: WebhookId | None = None
        self._password = Secret(base64.urlsafe_b64encode(ground.draw(_PASSWORD_BYTES)).rstrip(b"=").decode())

    async def carry_out(self, plan: Plan) -> None:
        async with AsyncExitStack() as undo:
            await self._bind(undo)
            match plan:
                case Keep(webhook):
                    await self._keep(undo)
                    made = webhook.id
                case Create(others):
                    made = await self._create(undo, keep_former=others)
                case Renew():
                    made = await self._renew(undo, plan)
            await self._note(made, changed=not isinstance(plan, Keep))
            undo.pop_all()

    async def _bind(self, undo: AsyncExitStack) -> None:
        # Before the service learns of the key: it holds organizations to what is bound.
        use = key_use(self._wish.organization, self._wish.segment)
        former = await bind_anew(self._notes, use, self._clock.now(), by=self._by)
        if isinstance(former, OtherKey | OtherPlace):
            undo.push_async_callback(self._notes.bind, former.binding)
            self._tell(Told(Step.WRITE_KEY, Outcome.CHANGED, "the write key is bound anew, which is noted"))

    async def _keep(self, undo: AsyncExitStack) -> None:
        known = self._declaration.known
        if known is not None and not known.is_as_wished:
            undo.push_async_callback(self._declaration.restore)
            await self._declaration.declare(known.credentials)
            self._tell(Told(Step.DECLARATION, Outcome.CHANGED, "its settings are declared anew"))
        else:
            self._tell(Told(Step.DECLARATION, Outcome.UNCHANGED, "it is declared as wished"))
        self._tell(Told(Step.WEBHOOK, Outcome.UNCHANGED, f"the webhook at {self._wish.address} is as it should be"))

    async def _create(self, undo: AsyncExitStack, *, keep_former: bool) -> WebhookId:
        undo.push_async_callback(self._declaration.restore)
        await self._declare((*(self._former_logins() if keep_former else ()), self._login()))
        is_seen = await self._until_noticed()
        async with AsyncExitStack() as registering:
            # Cancelled or without an answer, it may have been registered all the same.
            registering.push_async_callback(self._take_back)
            try:
                self._made = await self._webhooks.create(self._draft(EVENTS))
            except WebhookRefusedError as error:
                registering.pop_all()
                raise await self._not_registered(error, but=None) from error
            except CallFailedError as error:
                raise gladly_refusal(error.failure, "a new webhook") from error
            undo.push_async_exit(registering.pop_all())
        self._tell(Told(Step.WEBHOOK, Outcome.CHANGED, f"registered at Gladly for {self._wish.address}"))
        await self._enable(self._made, is_seen=is_seen)
        return self._made

    async def _renew(self, undo: AsyncExitStack, plan: Renew) -> WebhookId:
        webhook, was_dead = plan.webhook, self._declaration.known is None and not plan.webhook.enabled
        async with AsyncExitStack() as declaring:
            declaring.push_async_callback(self._declaration.restore)
            await self._declare((*self._former_logins(), self._login()))
            is_seen = await self._until_noticed()
            declared = declaring.pop_all()
        if was_dead:
            undo.push_async_exit(declared)
        # From here on both passwords count, until Gladly surely has the new one.
        try:
            await self._webhooks.change(webhook.id, self._draft(EVENTS | set(webhook.events)))
        except WebhookRefusedError as error:
            if not was_dead:
                await declared.aclose()
            raise await self._not_registered(error, but=webhook.id) from error
        except CallFailedError as error:
            raise gladly_refusal(error.failure, "the webhook") from error
        self._tell(Told(Step.WEBHOOK, Outcome.CHANGED, f"mended at Gladly: {'; '.join(plan.differences)}"))
        if webhook.enabled:
            self._tell(Told(Step.PING, Outcome.SKIPPED, "the webhook was enabled already"))
        else:
            await self._enable(webhook.id, is_seen=is_seen)
        await self._declaration.declare(self._credentials((self._login(),)))
        return webhook.id

    async def _declare(self, logins: tuple[SaltedDigest, ...]) -> None:
        await self._declaration.declare(self._credentials(logins))
        self._tell(Told(Step.DECLARATION, Outcome.CHANGED, "declared, its token and write key sealed"))

    def _credentials(self, logins: tuple[SaltedDigest, ...]) -> WebhookCredentials:
        known = self._declaration.known
        return WebhookCredentials(logins=logins, headers={} if known is None else known.credentials.headers)

    def _former_logins(self) -> Sequence[SaltedDigest]:
        known = self._declaration.known
        return () if known is None else known.credentials.logins

    def _login(self) -> SaltedDigest:
        (login,) = webhook_credentials(
            username=WEBHOOK_USERNAME, passwords=[self._password], headers={}, draw_salt=lambda: self._draw(SALT_BYTES)
        ).logins
        return login

    def _draft(self, events: frozenset[str]) -> WebhookDraft:
        return WebhookDraft(
            name=WEBHOOK_NAME,
            url=self._wish.address,
            events=sorted(events),
            username=WEBHOOK_USERNAME,
            password=self._password,
        )

    async def _until_noticed(self) -> bool:
        """Wait until the service knows the new credentials; tell whether it is this service that is seen from here."""
        until = self._clock.monotonic() + _NOTICED_WITHIN_S
        while True:
            answer = await self._probe.ping(self._wish.address, self._password)
            if answer == Answered(_OK):
                return True
            is_ours = isinstance(answer, Answered) and answer.is_ours_and_unknowing
            if not is_ours or self._clock.monotonic() >= until:
                return is_ours
            await self._clock.sleep(_LOOK_EVERY_S)

    async def _enable(self, webhook: WebhookId, *, is_seen: bool) -> None:
        # An address that is not ours from here tells nothing of whether the service has noticed: more than once.
        for _ in range(0 if is_seen else _ENABLE_TIMES):
            if await self._enabled(webhook) is None:
                break
            await self._clock.sleep(_BETWEEN_ENABLES_S)
        else:
            if (error := await self._enabled(webhook)) is not None:
                seen = await self._probe.ping(self._wish.address, self._password)
                raise ping_refusal(error, seen, self._wish.address) from error
        self._tell(Told(Step.PING, Outcome.OK, "Gladly's PING was answered, and the webhook is enabled"))

    async def _enabled(self, webhook: WebhookId) -> WebhookRefusedError | None:
        try:
            await self._webhooks.enable(webhook, enabled=True)
        except WebhookRefusedError as error:
            return error
        except CallFailedError as error:
            raise gladly_refusal(error.failure, "the webhook") from error
        return None

    async def _not_registered(self, error: WebhookRefusedError, *, but: WebhookId | None) -> ConnectRefusedError:
        # Another may have come between our look and now.
        for webhook in await list_webhooks(self._webhooks):
            if same_address(webhook.url, self._wish.address) and webhook.id != but:
                return url_taken(webhook)
        about = f" about {error.attr}" if error.attr else ""
        return refusal(Reason.WEBHOOK_REFUSED, f"Gladly refuses the webhook{about}: {error.refusal}")

    async def _note(self, webhook: WebhookId, *, changed: bool) -> None:
        now, feed = self._clock.now(), await self._notes.feed(self._wish.organization)
        if feed.webhook_id != webhook:
            await self._notes.note_feed(msgspec.structs.replace(feed, webhook_id=webhook))
        if changed:
            await self._notes.note_action(
                Action(at=now, organization=self._wish.organization, by=self._by, what="connected")
            )

    async def _take_back(self) -> None:
        """Delete what was registered. Without its id: there was no webhook at this address before."""
        try:
            for webhook in await self._webhooks.all():
                if webhook.id == self._made or (self._made is None and same_address(webhook.url, self._wish.address)):
                    await take_down(self._webhooks, webhook)
        except CallFailedError:
            told = (
                f"something may be left at Gladly for {self._wish.address}: run the command again, or delete it there"
            )
            self._tell(Told(Step.WEBHOOK, Outcome.SKIPPED, told))
