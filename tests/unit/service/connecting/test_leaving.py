"""Undoing a connection as the page does it: nobody is asked in between."""

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from gladly_segment.config import Settings, load_settings
from gladly_segment.config.declared import declare
from gladly_segment.connect.wish import WEBHOOK_NAME, Told
from gladly_segment.core.credentials import WebhookCredentials
from gladly_segment.core.errors import ConnectRefusedError
from gladly_segment.journals.sqlite import open_journal
from gladly_segment.ports.registry import Feed
from gladly_segment.service.beside import registering
from gladly_segment.service.connecting.leaving import disconnect
from gladly_segment.service.connecting.renewing import renew
from gladly_segment.service.connecting.turns import alone
from gladly_segment.service.vault import vault_to_seal_with
from tests.support.clock import START, ManualClock
from tests.support.receipts import SHOP, receipt
from tests.system.connecting import TOKEN, USER, WRITE_KEY, Bench, bench

GB = 1_000_000_000


class Connected:
    """A shop that is connected, its webhook registered, and no service running."""

    def __init__(self, shop: Bench, settings: Settings) -> None:
        self.shop = shop
        self.settings = settings
        self.told: list[Told] = []

    async def declare(self, webhook: str | None) -> None:
        table = {
            "gladly_url": self.shop.gladly.url,
            "gladly_user": USER,
            "gladly_token": TOKEN,
            "segment_write_key": WRITE_KEY,
            "segment_host": self.shop.segment.url,
        }
        async with registering(self.settings.data_dir) as registry:
            vault, _ = await vault_to_seal_with(self.settings, registry)
            await registry.declare(declare(SHOP, table, WebhookCredentials(), vault, START))
            await registry.note_feed(Feed(organization=SHOP, webhook_id=webhook))

    async def receive(self) -> None:
        journal = await open_journal(self.settings.data_dir, ManualClock(), max_bytes=GB)
        await journal.append(receipt("waits"))
        await journal.close()

    async def leave(self, *, drop_waiting: bool = False) -> None:
        await disconnect(SHOP, self.settings, self.told.append, drop_waiting=drop_waiting, by="ann")

    async def trail(self) -> list[tuple[str, str]]:
        async with registering(self.settings.data_dir) as registry:
            return [(each.by, each.what) for each in await registry.actions(SHOP, 10)]


@pytest.fixture
async def connected(tmp_path: Path) -> AsyncIterator[Connected]:
    async with bench(tmp_path) as shop:
        ready = Connected(shop, load_settings().model_copy(update={"data_dir": tmp_path / "data"}))
        id_ = await shop.register(url="https://hooks.shop.example/webhooks/shop", name=WEBHOOK_NAME)
        await ready.declare(id_)
        yield ready


async def test_webhook_and_organization_are_taken_out_in_somebodys_name(connected: Connected) -> None:
    await connected.leave()

    assert await connected.shop.nothing_is_left()
    assert [told.step for told in connected.told] == ["webhook", "declaration"]
    assert await connected.trail() == [("ann", "disconnected")]


async def test_an_organization_whose_events_wait_stays_unless_they_may_be_dropped(connected: Connected) -> None:
    await connected.receive()

    with pytest.raises(ConnectRefusedError) as refused:
        await connected.leave()
    assert refused.value.reason == "events_wait"
    assert (await connected.shop.listed(), await connected.shop.webhooks()) == ([SHOP], [])

    await connected.leave(drop_waiting=True)
    assert await connected.shop.listed() == []


async def test_what_is_not_connected_is_no_error(connected: Connected) -> None:
    await connected.leave()
    await connected.leave()

    assert "nothing to undo" in connected.told[-1].detail


async def test_while_somebody_connects_it_nothing_is_taken_down(connected: Connected) -> None:
    with alone(connected.settings.data_dir, SHOP), pytest.raises(ConnectRefusedError):
        await connected.leave()

    assert len(await connected.shop.webhooks()) == 1


async def test_a_webhook_that_is_not_there_any_more_gets_no_new_credentials(connected: Connected) -> None:
    await connected.declare(None)

    with pytest.raises(ConnectRefusedError) as refused:
        await renew(SHOP, connected.settings, connected.told.append, by="ann")

    assert refused.value.reason == "no_webhook"
    assert TOKEN not in str(msgspec.to_builtins(connected.told)) + refused.value.message
