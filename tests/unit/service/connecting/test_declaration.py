"""The organization's entry in the registry while it is being connected."""

import os
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from gladly_segment.config import Settings, load_settings
from gladly_segment.config.declared import all_settings, declare_file
from gladly_segment.core.credentials import WebhookCredentials, salted
from gladly_segment.core.ids import OrganizationId
from gladly_segment.ports.registry import Feed
from gladly_segment.service.beside import FullRegistry, registering
from gladly_segment.service.connecting.declaration import RegistryDeclaration, look_before
from gladly_segment.service.vault import open_vault, vault_to_seal_with
from tests.support.clock import START, ManualClock

ACME = OrganizationId("acme")
TABLE: Mapping[str, Any] = {
    "gladly_user": "api@acme.example",
    "gladly_token": "canary-token",
    "segment_write_key": "canary-write-key",
    "gladly_share": 0.5,
    "privacy": {"hash_key": "canary-hash-key-of-32-characters.", "hash": ["email"]},
}
NEW = WebhookCredentials(logins=(salted("gladly-segment:new", b"salt"),))


def settings_of(directory: Path) -> Settings:
    return load_settings().model_copy(update={"data_dir": directory / "data"})


@asynccontextmanager
async def entry(
    directory: Path, wished: Mapping[str, Any]
) -> AsyncGenerator[tuple[RegistryDeclaration, FullRegistry, Settings]]:
    settings = settings_of(directory)
    before = await look_before(ACME, settings)
    async with registering(settings.data_dir) as registry:
        yield (
            RegistryDeclaration(ACME, wished, before, registry=registry, settings=settings, clock=ManualClock()),
            registry,
            settings,
        )


async def declare_by_file(directory: Path) -> None:
    settings = settings_of(directory)
    async with registering(settings.data_dir) as registry:
        vault, _ = await vault_to_seal_with(settings, registry)
        table = {**TABLE, "webhook_username": "gladly", "webhook_passwords": ["p"]}
        await registry.declare(declare_file(ACME, table, vault, START, draw_salt=os.urandom))


async def test_looking_makes_nothing(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)

    assert (await look_before(ACME, settings)).declared is None
    assert not settings.data_dir.exists()


async def test_what_is_declared_is_read_back_with_all_its_secrets(tmp_path: Path) -> None:
    async with entry(tmp_path, TABLE) as (declaration, registry, settings):
        assert declaration.known is None
        await declaration.declare(NEW)
        await registry.note_feed(Feed(organization=ACME, webhook_id="w-1"))
        assert declaration.made_key == tmp_path / "data.key"

    before = await look_before(ACME, settings)
    assert dict(before.settings) == dict(TABLE)
    assert (before.webhook, before.webhook_id) == (NEW, "w-1")
    assert b"canary" not in (tmp_path / "data" / "journal.sqlite").read_bytes()


async def test_a_first_declaration_is_taken_back_as_a_whole(tmp_path: Path) -> None:
    async with entry(tmp_path, TABLE) as (declaration, registry, _):
        await declaration.declare(NEW)
        await declaration.restore()

        assert await registry.declared() == []


async def test_a_former_declaration_is_restored_as_it_was(tmp_path: Path) -> None:
    await declare_by_file(tmp_path)
    async with entry(tmp_path, {**TABLE, "gladly_token": "another"}) as (declaration, registry, settings):
        (former,) = await registry.declared()
        assert declaration.known is not None
        assert not declaration.known.is_as_wished

        await declaration.declare(NEW)
        (changed,) = await registry.declared()
        assert all_settings(changed, open_vault(settings))["gladly_token"] == "another"
        assert all_settings(changed, open_vault(settings))["privacy"] == TABLE["privacy"]

        await declaration.restore()
        assert await registry.declared() == [former]


async def test_what_is_wished_already_is_recognised(tmp_path: Path) -> None:
    await declare_by_file(tmp_path)
    async with entry(tmp_path, TABLE) as (declaration, _, _):
        assert declaration.known is not None
        assert declaration.known.is_as_wished
