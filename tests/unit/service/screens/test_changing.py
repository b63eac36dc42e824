"""Changing an organization that was declared by command: by the rules of the file, compare and set, and noted."""

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gladly_segment.config import Settings, load_settings
from gladly_segment.config.declared import all_settings, declare, open_settings
from gladly_segment.connect.workspace import bind_anew, key_use
from gladly_segment.core.credentials import WebhookCredentials, salted
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.organization import SegmentAccess
from gladly_segment.core.secret import Secret
from gladly_segment.debugger.settings.watched import Change, Changed, Outcome, Rejected, Stale
from gladly_segment.ports.registry import Declared
from gladly_segment.service.beside import FullRegistry, registering
from gladly_segment.service.connecting.turns import alone
from gladly_segment.service.screens.changing import Changing, version_of
from gladly_segment.service.vault import open_vault, vault_to_seal_with
from tests.support.clock import START, ManualClock

ACME = OrganizationId("acme")
KEY = Secret("canary-write-key")
SETTINGS: Mapping[str, Any] = {
    "gladly_user": "api@acme.example",
    "gladly_token": "canary-token",
    "segment_write_key": KEY.reveal(),
    "segment_region": "us",
    "max_backlog": 1_000,
    "privacy": {"deny": ["phone"]},
}
LOGIN = WebhookCredentials(logins=(salted("gladly-segment:p", b"salt"),))


class Stage:
    """The registry with acme in it, and somebody who changes it."""

    def __init__(self, registry: FullRegistry, settings: Settings) -> None:
        self.registry = registry
        self.settings = settings
        self.followed = 0
        self.changing = Changing(registry, lambda: settings, self._follow, ManualClock())

    async def declared(self) -> Declared:
        (declared,) = await self.registry.declared()
        return declared

    async def open(self) -> Mapping[str, object]:
        return open_settings(await self.declared())

    async def all(self) -> Mapping[str, Any]:
        return all_settings(await self.declared(), open_vault(self.settings))

    async def asked(self, *, may_change_key: bool = False) -> Change:
        version = version_of(await self.declared())
        return Change(organization=ACME, version=version, may_change_key=may_change_key, by="ann")

    async def change(self, *, may_change_key: bool = False, **typed: str) -> Outcome:
        named = {key.replace("__", "."): text for key, text in typed.items()}
        return await self.changing.change(await self.asked(may_change_key=may_change_key), named)

    async def replace(self, key: str, secret: str) -> Outcome:
        return await self.changing.replace(await self.asked(), key, Secret(secret), unchecked=True)

    async def trail(self) -> list[tuple[str, str, str]]:
        return [(each.by, each.what, each.detail) for each in await self.registry.actions(ACME, 10)]

    async def _follow(self) -> None:
        self.followed += 1


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    settings = load_settings().model_copy(update={"data_dir": tmp_path / "data"})
    async with registering(settings.data_dir) as registry:
        vault, _ = await vault_to_seal_with(settings, registry)
        await registry.declare(declare(ACME, SETTINGS, LOGIN, vault, START))
        await bind_anew(registry, key_use(ACME, _segment()), START)
        yield Stage(registry, settings)


def _segment() -> SegmentAccess:
    return SegmentAccess(host="https://api.segment.io", region="us", write_key=KEY)


def fields_of(outcome: Outcome) -> list[str]:
    assert isinstance(outcome, Rejected)
    return sorted(wrong.field for wrong in outcome.wrongs)


async def test_what_differs_is_changed_noted_by_its_name_and_followed(stage: Stage) -> None:
    outcome = await stage.change(max_backlog="5000", segment_region="us", gladly_share="0.5")

    assert outcome == Changed(("gladly_share", "max_backlog"))
    assert (await stage.open())["max_backlog"] == 5_000
    assert (await stage.open())["gladly_share"] == 0.5
    assert (await stage.trail())[0] == ("ann", "settings_changed", "gladly_share, max_backlog")
    assert stage.followed == 1


async def test_what_is_as_it_was_changes_nothing(stage: Stage) -> None:
    before, trail = await stage.declared(), await stage.trail()

    assert await stage.change(max_backlog="1000") == Changed(())

    assert await stage.declared() == before
    assert await stage.trail() == trail
    assert stage.followed == 0


async def test_secrets_and_webhook_credentials_stay_as_they_were(stage: Stage) -> None:
    before = await stage.declared()

    await stage.change(max_backlog="5000")

    after = await stage.declared()
    assert after.sealed == before.sealed
    assert b'"webhook"' in after.document
    assert msgspec.json.decode(after.document)["webhook"] == msgspec.json.decode(before.document)["webhook"]


async def test_an_empty_text_is_the_default(stage: Stage) -> None:
    await stage.change(max_backlog="", privacy__deny="")

    assert "max_backlog" not in await stage.open()
    assert (await stage.open()).get("privacy", {}) == {}


async def test_several_names_are_typed_with_commas_and_none_at_all_as_an_empty_list(stage: Stage) -> None:
    await stage.change(privacy__deny="email , phone,", privacy__allow_only_attributes="[]")

    assert (await stage.open())["privacy"] == {"deny": ["email", "phone"], "allow_only_attributes": []}


async def test_all_that_cannot_be_is_told_at_its_field_in_the_words_of_the_file(stage: Stage) -> None:
    outcome = await stage.change(max_backlog="-1", gladly_share="a lot", segment_region="mars")

    assert fields_of(outcome) == ["gladly_share", "max_backlog", "segment_region"]
    assert isinstance(outcome, Rejected)
    assert any("the setting organizations.acme.max_backlog is" in wrong.message for wrong in outcome.wrongs)
    assert (await stage.open())["max_backlog"] == 1_000


async def test_what_does_not_fit_together_is_told_without_any_secret(stage: Stage) -> None:
    outcome = await stage.change(privacy__hash="email")

    assert isinstance(outcome, Rejected)
    assert "hash_key" in outcome.wrongs[0].message
    assert "canary" not in str(outcome)


@pytest.mark.parametrize("key", ["gladly_token", "gladly_token_file", "webhook_passwords", "nothing", "privacy"])
async def test_neither_secrets_nor_files_nor_what_is_unknown_is_changed_as_text(stage: Stage, key: str) -> None:
    outcome = await stage.changing.change(await stage.asked(), {key: "/etc/passwd"})

    assert isinstance(outcome, Rejected)
    assert f"the setting {key} cannot be changed here" in outcome.wrongs[0].message


async def test_what_somebody_changed_meanwhile_is_left(stage: Stage) -> None:
    asked = await stage.asked()
    await stage.change(max_backlog="5000")

    assert await stage.changing.change(asked, {"max_backlog": "7000"}) == Stale()

    assert (await stage.open())["max_backlog"] == 5_000


async def test_what_somebody_changes_in_the_very_moment_is_left_and_the_key_bound_as_before(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    bindings = await stage.registry.bindings()

    async def lost(declared: Declared, *, was: Declared) -> bool:
        return False

    monkeypatch.setattr(stage.registry, "redeclare", lost)

    assert await stage.change(may_change_key=True, environment="staging") == Stale()
    assert await stage.registry.bindings() == bindings


async def test_another_place_for_the_key_needs_a_yes_and_is_bound_with_it(stage: Stage) -> None:
    refused = await stage.change(environment="staging")
    assert isinstance(refused, Rejected)
    assert refused.wrongs[0].reason == "wrong_workspace"
    assert (await stage.open()).get("environment") is None

    assert await stage.change(may_change_key=True, environment="staging") == Changed(("environment",))

    assert [each.environment for each in await stage.registry.bindings()] == ["staging"]
    noted = [(by, what) for by, what, _ in await stage.trail()][:2]
    assert noted == [("ann", "settings_changed"), ("ann", "write_key_changed")]


async def test_a_secret_is_sealed_and_noted_by_its_name_alone(stage: Stage) -> None:
    assert await stage.replace("gladly_token", "canary-new-token") == Changed(("gladly_token",))

    assert (await stage.all())["gladly_token"] == "canary-new-token"
    assert (await stage.trail())[0] == ("ann", "secret_replaced", "gladly_token")
    assert b"canary" not in (await stage.declared()).document + (await stage.declared()).sealed


async def test_a_secret_in_a_table_is_replaced_beside_what_is_there(stage: Stage) -> None:
    await stage.replace("privacy.hash_key", "canary-hash-key-that-is-long")
    await stage.replace("mirror_secret", "canary-mirror-secret")

    assert (await stage.all())["privacy"] == {"deny": ["phone"], "hash_key": "canary-hash-key-that-is-long"}
    assert (await stage.all())["mirror_secret"] == "canary-mirror-secret"


@pytest.mark.parametrize(("key", "secret"), [("privacy.hash_key", "short"), ("gladly_token", "")])
async def test_a_secret_that_cannot_be_is_refused_without_being_told(stage: Stage, key: str, secret: str) -> None:
    outcome = await stage.replace(key, secret)

    assert isinstance(outcome, Rejected)
    assert "canary" not in str(outcome)
    assert (await stage.all())["gladly_token"] == "canary-token"


async def test_what_is_no_secret_is_not_replaced_as_one(stage: Stage) -> None:
    assert isinstance(await stage.replace("max_backlog", "5"), Rejected)


async def test_while_somebody_connects_it_nobody_changes_it(stage: Stage) -> None:
    with alone(stage.settings.data_dir, ACME):
        outcome = await stage.change(max_backlog="5000")

    assert isinstance(outcome, Rejected)
    assert outcome.wrongs[0].reason == "under_way"
