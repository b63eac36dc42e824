"""The webhooks API: what is registered, changed and refused, and what is never told."""

from collections.abc import AsyncIterator, Callable

import msgspec
import pytest
from aiohttp import web

from gladly_segment.core.errors import CallFailedError, WebhookRefusedError
from gladly_segment.core.failures import FailureKind
from gladly_segment.core.secret import Secret
from gladly_segment.gladly import GladlyAccount, GladlyRequests, GladlyWebhooks, Limiter
from gladly_segment.ports.webhooks import WebhookDraft, WebhookId
from gladly_segment.sandbox.gladly.options import GladlyOptions
from gladly_segment.transport.session import open_session
from tests.support.clock import FlyingClock
from tests.support.observer import RecordingObserver
from tests.unit.gladly.conftest import SHOP, Shop
from tests.unit.transport.servers import answer, scripted_server

CANARY = "canary-password"
MOST = 20

NewWebhooks = Callable[[str], GladlyWebhooks]


class Receiver:
    """Answers PINGs with what `status` is, and keeps the credentials they came with."""

    def __init__(self) -> None:
        self.url = ""
        self.status = 200
        self.logins: list[str | None] = []

    async def answer(self, request: web.Request) -> web.Response:
        self.logins.append(request.headers.get("Authorization"))
        return web.Response(status=self.status)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    receiving = Receiver()
    app = web.Application()
    app.router.add_post("/webhooks/shop", receiving.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    receiving.url = f"http://127.0.0.1:{runner.addresses[0][1]}/webhooks/shop"
    yield receiving
    await runner.cleanup()


@pytest.fixture
def clock() -> FlyingClock:
    return FlyingClock()


@pytest.fixture
async def new_webhooks(clock: FlyingClock) -> AsyncIterator[NewWebhooks]:
    async with open_session(total_s=30.0, connections=4) as session:

        def build(url: str) -> GladlyWebhooks:
            account = GladlyAccount(SHOP, url, GladlyOptions().user, Secret(GladlyOptions().token))
            limiter = Limiter(clock, 1.0)
            return GladlyWebhooks(GladlyRequests(account, session, limiter, clock, RecordingObserver()))

        yield build


@pytest.fixture
def webhooks(shop: Shop, new_webhooks: NewWebhooks) -> GladlyWebhooks:
    return new_webhooks(shop.url)


def draft(url: str, *, name: str = "Segment", events: tuple[str, ...] = ("CONVERSATION/CREATED",)) -> WebhookDraft:
    return WebhookDraft(name=name, url=url, events=events, username="gladly-segment", password=Secret(CANARY))


async def refused(webhooks: GladlyWebhooks, wanted: WebhookDraft) -> WebhookRefusedError:
    with pytest.raises(WebhookRefusedError) as error:
        await webhooks.create(wanted)
    return error.value


async def test_a_registered_webhook_is_disabled_and_is_listed_as_it_was_drafted(
    webhooks: GladlyWebhooks, receiver: Receiver
) -> None:
    made = await webhooks.create(draft(receiver.url, events=("CONVERSATION/CREATED", "CUSTOMER/MERGED")))

    (listed,) = await webhooks.all()
    assert listed.id == made
    assert (listed.name, listed.url, listed.enabled, listed.has_credentials) == ("Segment", receiver.url, False, True)
    assert listed.events == ("CONVERSATION/CREATED", "CUSTOMER/MERGED")
    assert await webhooks.read(made) == listed
    assert receiver.logins == []


async def test_enabling_needs_the_ping_answered(webhooks: GladlyWebhooks, receiver: Receiver) -> None:
    made = await webhooks.create(draft(receiver.url))
    receiver.status = 503

    with pytest.raises(WebhookRefusedError) as error:
        await webhooks.enable(made, enabled=True)

    assert error.value.attr == "url"
    assert "PING" in error.value.refusal
    assert "PING" in error.value.message
    assert [each.enabled for each in await webhooks.all()] == [False]


async def test_an_enabled_webhook_shows_its_credentials_to_the_receiver(
    webhooks: GladlyWebhooks, receiver: Receiver
) -> None:
    made = await webhooks.create(draft(receiver.url))

    await webhooks.enable(made, enabled=True)

    (listed,) = await webhooks.all()
    assert listed.enabled
    assert receiver.logins == ["Basic Z2xhZGx5LXNlZ21lbnQ6Y2FuYXJ5LXBhc3N3b3Jk"]


async def test_a_draft_is_put_in_the_place_of_what_was_registered(webhooks: GladlyWebhooks, receiver: Receiver) -> None:
    made = await webhooks.create(draft(receiver.url))

    await webhooks.change(made, draft(receiver.url, name="Another", events=("CONVERSATION/CLOSED",)))

    (listed,) = await webhooks.all()
    assert (listed.id, listed.name, listed.events) == (made, "Another", ("CONVERSATION/CLOSED",))


async def test_a_disabled_webhook_can_be_deleted_and_an_enabled_one_not(
    webhooks: GladlyWebhooks, receiver: Receiver
) -> None:
    made = await webhooks.create(draft(receiver.url))
    await webhooks.enable(made, enabled=True)

    with pytest.raises(WebhookRefusedError) as error:
        await webhooks.delete(made)
    assert error.value.attr == "enabled"

    await webhooks.enable(made, enabled=False)
    await webhooks.delete(made)
    assert await webhooks.all() == []


async def test_one_that_is_gone_is_none_and_deleted_already(webhooks: GladlyWebhooks) -> None:
    gone = WebhookId("gone")

    assert await webhooks.read(gone) is None
    await webhooks.delete(gone)
    with pytest.raises(WebhookRefusedError):
        await webhooks.enable(gone, enabled=True)


async def test_a_url_that_is_taken_is_refused_with_gladlys_words(webhooks: GladlyWebhooks, receiver: Receiver) -> None:
    await webhooks.create(draft(receiver.url))

    error = await refused(webhooks, draft(receiver.url))

    assert (error.attr, error.refusal) == ("url", "another webhook already has this url")
    assert error.failure.kind is FailureKind.REFUSED
    assert error.failure.status == 400


async def test_the_twenty_first_is_refused(webhooks: GladlyWebhooks, receiver: Receiver) -> None:
    for number in range(MOST):
        await webhooks.create(draft(f"{receiver.url}?{number}"))

    assert "20 webhooks" in (await refused(webhooks, draft(receiver.url))).refusal


async def test_a_method_that_is_throttled_waits_and_others_do_not(
    shop: Shop, webhooks: GladlyWebhooks, receiver: Receiver, clock: FlyingClock
) -> None:
    await shop.misbehave(kind="status", status=429, method="POST", times=1)
    with pytest.raises(CallFailedError) as error:
        await webhooks.create(draft(receiver.url))
    assert error.value.failure.kind is FailureKind.THROTTLED

    await webhooks.all()
    assert clock.monotonic() == 0
    await webhooks.create(draft(receiver.url))
    assert clock.monotonic() > 0


@pytest.mark.parametrize(("status", "kind"), [(401, "unauthorized"), (403, "unauthorized"), (500, "unavailable")])
async def test_trouble_that_is_no_refusal_is_the_failure_it_always_is(
    shop: Shop, webhooks: GladlyWebhooks, status: int, kind: str
) -> None:
    await shop.misbehave(kind="status", status=status, body='{"errors":[{"code":"x","detail":"why"}]}')

    with pytest.raises(CallFailedError) as error:
        await webhooks.all()

    assert not isinstance(error.value, WebhookRefusedError)
    assert error.value.failure.kind.value == kind


@pytest.mark.parametrize("body", [b"", b"<html>Bad Request</html>", b'{"errors": []}'])
async def test_an_answer_that_is_not_gladlys_is_no_word_of_it(
    shop: Shop, webhooks: GladlyWebhooks, body: bytes
) -> None:
    await shop.misbehave(kind="status", status=400, body=body.decode())

    with pytest.raises(CallFailedError) as error:
        await webhooks.create(draft("http://127.0.0.1/webhooks/shop"))

    assert not isinstance(error.value, WebhookRefusedError)


async def test_a_refusal_that_quotes_the_password_does_not_tell_it(new_webhooks: NewWebhooks) -> None:
    async with scripted_server() as server:
        detail = f"the password {CANARY} is too short"
        server.answer = answer(400, msgspec.json.encode({"errors": [{"attr": "credentials", "detail": detail}]}))

        error = await refused(new_webhooks(server.url), draft("http://127.0.0.1/webhooks/shop"))

    assert error.refusal == "the password ******** is too short"
    assert CANARY not in f"{error!r} {error.failure!r} {error.message}"


async def test_an_answer_without_the_new_id_is_malformed(new_webhooks: NewWebhooks) -> None:
    async with scripted_server() as server:
        server.answer = answer(201, b"")

        with pytest.raises(CallFailedError) as error:
            await new_webhooks(server.url).create(draft("http://127.0.0.1/webhooks/shop"))

    assert error.value.failure.kind is FailureKind.MALFORMED
