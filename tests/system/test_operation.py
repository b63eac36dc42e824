"""Starting, stopping, and what must never be seen outside."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.system.programs import NotStartedError, running
from tests.system.world import WEBHOOK_HEADER, WEBHOOK_USERNAME, Service, World, world

USAGE_ERROR = 2


async def test_on_sigterm_what_is_due_is_delivered_and_the_status_is_0(shop_world: World) -> None:
    gladly, segment, service = shop_world.shop.gladly, shop_world.shop.segment, shop_world.service
    await gladly.deliver(held=True)
    for number in range(40):
        await gladly.conversation(f"Customer {number}")
    await gladly.deliver(held=False)
    await gladly.all_delivered()

    status = await service.stop()

    assert status == 0
    assert len(await segment.stored(0)) == 80
    assert json.loads(service.logged().splitlines()[-1])["event"] == "drained"
    await service.start()
    report = await shop_world.audit()
    assert report.ok, report


async def test_what_cannot_be_delivered_on_sigterm_is_delivered_after_the_next_start(shop_world: World) -> None:
    gladly, segment, service = shop_world.shop.gladly, shop_world.shop.segment, shop_world.service
    await segment.misbehave({"kind": "status", "status": 503})
    await gladly.conversation()
    await gladly.all_delivered()
    await service.until(1, "failed_attempts_total", stage="deliver")

    assert await service.stop() == 0
    await segment.behave()
    await service.start()

    assert len(await segment.stored(2)) == 2
    report = await shop_world.audit()
    assert report.ok, report


async def test_a_second_service_on_the_same_data_ends_with_2_and_a_sentence(shop_world: World, tmp_path: Path) -> None:
    settings = str(tmp_path / "gladly-segment.toml")

    with pytest.raises(NotStartedError) as error:
        async with running("serve", "--config", settings, log=tmp_path / "second.log"):
            pass

    assert error.value.status == USAGE_ERROR
    data_dir = shop_world.service.data_dir
    assert error.value.last_words.splitlines() == [
        f"error: another gladly-segment works on {data_dir}",
        "  stop it first, or give this one a data_dir of its own",
    ]
    # The first one is none the worse for it.
    await shop_world.shop.gladly.conversation()
    assert len(await shop_world.shop.segment.stored(2)) == 2


async def test_a_service_that_was_killed_leaves_its_data_free(shop_world: World) -> None:
    service = shop_world.service

    await service.kill()
    await service.start()

    assert (await service.get("/readyz"))[0] == 200


PERSON: dict[str, Any] = {
    "emails": [{"original": "canary-email@shop.example", "normalized": "canary-email@shop.example"}],
    "phones": [{"original": "+14155550199", "normalized": "+14155550199"}],
    "customAttributes": {"note": "canary-attribute"},
}

PERSONAL = ("canary-name", "canary-email", "4155550199", "canary-attribute")


@pytest.fixture
async def troubled(tmp_path: Path) -> AsyncIterator[tuple[World, list[str]]]:
    """A world in which everything went wrong once, and all that the service answered to anybody."""
    async with world(tmp_path, "shop") as shop_world:
        gladly, segment, service = shop_world.shop.gladly, shop_world.shop.segment, shop_world.service
        secrets = shop_world.shop.secrets
        await gladly.misbehave(
            *({"kind": kind, "method": "GET", "times": 1, "share": 0.9} for kind in ("reset", "truncate")),
            *(
                {"kind": "status", "status": 200, "body": body, "method": "GET", "times": 1}
                for body in ('{"id":["canary-name"]}', "canary-name is not JSON")
            ),
        )
        await segment.misbehave({"kind": "status", "status": 500, "times": 1, "body": "canary-name"})
        await gladly.conversation("canary-name", **PERSON)
        await segment.stored(2)
        login = f"{WEBHOOK_USERNAME}:{secrets.webhook_password}"
        right = {"Authorization": f"Basic {base64.b64encode(login.encode()).decode()}"}
        right[WEBHOOK_HEADER] = secrets.webhook_header
        answers = [
            await service.post("/webhooks/shop", b'{"type":"canary-name"', **right),
            await service.post("/webhooks/shop", b'["canary-name"]', **right),
            await service.post("/webhooks/shop", b"canary-name" * 50_000, **right),
            await service.post("/webhooks/shop", b"{}", **{**right, WEBHOOK_HEADER: "canary-wrong"}),
            await service.post("/webhooks/nowhere", b"canary-name", **right),
            await service.get("/webhooks/shop"),
            await service.get("/canary-name"),
            await service.look("/metrics"),
            await service.get("/readyz"),
        ]
        await _send_broken(service, secrets.webhook_header)
        assert await service.stop() == 0
        yield shop_world, [f"{status} {text}" for status, text in answers]


async def _send_broken(service: Service, secret: str) -> None:
    """Send a request that is no HTTP, with a secret in it."""
    host, port = service.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(f"POST /webhooks/shop HTTP/1.1\r\nHost: x\r\n{WEBHOOK_HEADER}: {secret}\x01\r\n\r\n".encode())
    assert (await reader.read(12)) == b"HTTP/1.0 400"
    writer.close()


async def test_neither_secrets_nor_personal_data_are_seen_outside(troubled: tuple[World, list[str]]) -> None:
    shop_world, answers = troubled
    data_dir = shop_world.service.data_dir

    logged, answered = shop_world.service.logged(), "\n".join(answers)
    stored = b"".join(path.read_bytes() for path in data_dir.rglob("*") if path.is_file())

    # It did log, at its most talkative, and what is no secret can be found there.
    assert all(word in logged for word in ("webhook_answered", "attempt_failed", "CONVERSATION/CLOSED"))
    for word in (*PERSONAL, "canary"):
        assert word not in logged
        assert word not in answered
    # The journal holds the events, and nobody else can read it; secrets it does not hold.
    assert b"canary-name" in stored
    assert b"-of-shop" not in stored
    assert data_dir.stat().st_mode & 0o077 == 0
    assert [path.name for path in data_dir.iterdir() if path.stat().st_mode & 0o077] == []
