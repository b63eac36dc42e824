"""A rotation ends with one key and loses nothing, wherever it is cut short and whatever others do meanwhile."""

import os
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import pytest

from gladly_segment.core.errors import InputError, VaultError
from gladly_segment.core.ids import OrganizationId
from gladly_segment.journals.sqlite import SqliteRegistry
from gladly_segment.ports.registry import Declared
from gladly_segment.vault import EnvelopeVault, Key, KeyFile, KeySources, KeyText, key_ids, load_keys, read_key_file
from gladly_segment.vault.rotation import Progress, key_use, rotate, rotate_towards
from tests.support.clock import START
from tests.unit.vault.conftest import SECRETS, key, sealed, write_key

NAMES = ("acme", "beta", "gamma")

CALLS_FOR_BOTH = 1 + len(NAMES) + 1
"""How often the registry is called to seal all for both keys; for one key afterwards as often."""

CALLS = 1 + 2 * CALLS_FOR_BOTH
"""How often for a whole rotation, which looks first whether another was begun."""


class KilledError(Exception):
    """The process ended here."""


class Between:
    """The registry port on another one: before a reading or writing of that number, something happens."""

    def __init__(self, registry: SqliteRegistry, call: int, happens: Callable[[], Awaitable[None]]) -> None:
        self._registry = registry
        self._calls_left = call
        self._happens = happens

    async def declared(self) -> Sequence[Declared]:
        await self._count()
        return await self._registry.declared()

    async def declare(self, declared: Declared) -> None:
        await self._registry.declare(declared)

    async def redeclare(self, declared: Declared, *, was: Declared) -> bool:
        return await self._registry.redeclare(declared, was=was)

    async def reseal(self, name: OrganizationId, *, was: bytes, sealed: bytes) -> bool:
        await self._count()
        return await self._registry.reseal(name, was=was, sealed=sealed)

    async def remove(self, name: OrganizationId) -> bool:
        return await self._registry.remove(name)

    async def version(self) -> int:
        return await self._registry.version()

    @property
    def reached(self) -> bool:
        return self._calls_left < 0

    async def _count(self) -> None:
        self._calls_left -= 1
        if self._calls_left == -1:
            await self._happens()


def give_away(file: Path) -> int:
    """Let a file be another user's, where this may be done, and tell whose it is."""
    if os.geteuid() == 0:
        os.chown(file, 1234, 1234)
    return owner_of(file)


def owner_of(file: Path) -> int:
    return file.stat().st_uid


async def killed() -> None:
    raise KilledError


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    return write_key(tmp_path / "secrets.key", key("old"))


@pytest.fixture
async def three(registry: SqliteRegistry) -> SqliteRegistry:
    """Three organizations sealed with the key `old`."""
    for name in NAMES:
        await registry.declare(sealed(name, "old"))
    return registry


async def opened_by(registry: SqliteRegistry, *keys: Key) -> bool:
    """Whether each of the keys opens all records."""
    for declared in await registry.declared():
        assert set(key_ids(declared.sealed, context=declared.name)) == {each.id for each in keys}
        for each in keys:
            ring = load_keys(KeySources(KeyText(each.text())))
            assert EnvelopeVault(ring).open(declared.sealed, context=declared.name) == SECRETS
    return True


def service_opens(sources: KeySources, records: Sequence[Declared]) -> bool:
    """Whether a service with these sources opens all records."""
    found = EnvelopeVault(load_keys(sources))
    return all(found.open(each.sealed, context=each.name) == SECRETS for each in records)


async def test_a_key_file_is_replaced_in_its_place(three: SqliteRegistry, key_file: Path) -> None:
    rotation = await rotate(three, KeySources(KeyFile(key_file)))

    new = read_key_file(key_file)
    assert new != key("old")
    assert (rotation.progress, rotation.key, rotation.records) == (Progress.DONE, new.id, 3)
    assert await opened_by(three, new)
    assert [each.name for each in key_file.parent.iterdir() if each.is_file()] == ["secrets.key"]


async def test_a_new_key_file_is_the_former_owners(three: SqliteRegistry, key_file: Path) -> None:
    owner = give_away(key_file)

    await rotate(three, KeySources(KeyFile(key_file)))

    assert owner_of(key_file) == owner


async def test_only_what_is_sealed_changes(three: SqliteRegistry, key_file: Path) -> None:
    before = [(each.name, each.document, each.changed_at) for each in await three.declared()]

    await rotate(three, KeySources(KeyFile(key_file)))

    assert [(each.name, each.document, each.changed_at) for each in await three.declared()] == before


async def test_what_a_link_leads_to_is_replaced(three: SqliteRegistry, key_file: Path) -> None:
    link = key_file.with_name("link")
    link.symlink_to(key_file)

    await rotate(three, KeySources(KeyFile(link)))

    assert link.is_symlink()
    assert await opened_by(three, read_key_file(key_file))


@pytest.mark.parametrize("call", range(CALLS))
async def test_killed_at_any_moment_the_service_opens_all_and_the_next_run_finishes(
    three: SqliteRegistry, key_file: Path, call: int
) -> None:
    sources = KeySources(KeyFile(key_file))
    between = Between(three, call, killed)
    with pytest.raises(KilledError):
        await rotate(between, sources)
    assert between.reached

    assert service_opens(sources, await three.declared())
    rotation = await rotate(three, sources)

    assert rotation.progress is Progress.DONE
    assert await opened_by(three, read_key_file(key_file))
    assert not key_file.with_name("secrets.key.new").exists()


async def test_a_rotation_that_was_cut_short_is_finished_before_another_begins(
    three: SqliteRegistry, key_file: Path
) -> None:
    sources = KeySources(KeyFile(key_file))
    with pytest.raises(KilledError):
        await rotate(Between(three, 5, killed), sources)
    coming = read_key_file(key_file.with_name("secrets.key.new"))

    await rotate(three, sources)

    assert read_key_file(key_file) == coming


async def test_a_key_of_another_file_opens_as_well_until_the_settings_name_it(
    three: SqliteRegistry, key_file: Path
) -> None:
    new_file = key_file.with_name("new.key")

    first = await rotate_towards(three, KeySources(KeyFile(key_file)), new_file)
    again = await rotate_towards(three, KeySources(KeyFile(key_file)), new_file)

    new = read_key_file(new_file)
    assert (first.progress, first.key, first.records, first.changed) == (Progress.BOTH_OPEN, new.id, 3, 3)
    assert (again.progress, again.changed) == (Progress.BOTH_OPEN, 0)
    assert read_key_file(key_file) == key("old")
    assert await opened_by(three, key("old"), new)


@pytest.mark.parametrize("named_again", [True, False])
async def test_once_the_settings_name_it_the_former_key_is_locked_out(
    three: SqliteRegistry, key_file: Path, named_again: bool
) -> None:
    new_file = key_file.with_name("new.key")
    await rotate_towards(three, KeySources(KeyFile(key_file)), new_file)
    changed = KeySources(KeyFile(new_file))

    done = await (rotate_towards(three, changed, new_file) if named_again else rotate(three, changed))

    assert (done.progress, done.changed) == (Progress.DONE, 3)
    assert await opened_by(three, read_key_file(new_file))


@pytest.mark.parametrize("call", range(CALLS_FOR_BOTH))
async def test_killed_on_the_way_to_another_file_both_settings_open_all(
    three: SqliteRegistry, key_file: Path, call: int
) -> None:
    new_file = write_key(key_file.with_name("new.key"), key("new"))
    between = Between(three, call, killed)
    with pytest.raises(KilledError):
        await rotate_towards(between, KeySources(KeyFile(key_file)), new_file)
    assert between.reached

    assert service_opens(KeySources(KeyFile(key_file)), await three.declared())
    assert service_opens(KeySources(KeyFile(new_file), (key_file,)), await three.declared())
    assert (await rotate(three, KeySources(KeyFile(new_file), (key_file,)))).progress is Progress.DONE
    assert await opened_by(three, key("new"))


async def test_settings_that_were_changed_first_are_followed(three: SqliteRegistry, key_file: Path) -> None:
    done = await rotate(three, KeySources(KeyText(key("new").text()), (key_file,)))

    assert (done.progress, done.changed) == (Progress.DONE, 3)
    assert await opened_by(three, key("new"))


async def test_a_key_that_is_no_file_is_not_replaced(three: SqliteRegistry) -> None:
    with pytest.raises(InputError, match="the key is not in a file"):
        await rotate(three, KeySources(KeyText(key("old").text())))

    assert await opened_by(three, key("old"))


async def test_nothing_changes_when_one_record_does_not_open(three: SqliteRegistry, key_file: Path) -> None:
    await three.declare(sealed("zeta", "lost"))
    before = await three.declared()

    with pytest.raises(VaultError, match="the secrets of zeta are sealed with the key"):
        await rotate(three, KeySources(KeyFile(key_file)))

    assert await three.declared() == before
    assert read_key_file(key_file) == key("old")


@pytest.mark.parametrize("call", range(CALLS))
async def test_what_others_change_meanwhile_is_kept_and_sealed_anew(
    three: SqliteRegistry, key_file: Path, call: int
) -> None:
    sources = KeySources(KeyFile(key_file))

    async def beta_changes_and_delta_comes() -> None:
        now = EnvelopeVault(load_keys(sources))
        for name in ("beta", "delta"):
            secret = now.seal(SECRETS, context=name)
            await three.declare(Declared(name=OrganizationId(name), document=b"[]", sealed=secret, changed_at=START))

    between = Between(three, call, beta_changes_and_delta_comes)
    await rotate(between, sources)
    assert between.reached

    records = {each.name: each.document for each in await three.declared()}
    assert records == {"acme": b"{}", "beta": b"[]", "delta": b"[]", "gamma": b"{}"}
    assert await opened_by(three, read_key_file(key_file))


async def test_without_records_a_key_is_replaced_all_the_same(registry: SqliteRegistry, key_file: Path) -> None:
    rotation = await rotate(registry, KeySources(KeyFile(key_file)))

    assert (rotation.progress, rotation.records, rotation.changed) == (Progress.DONE, 0, 0)
    assert read_key_file(key_file) != key("old")


async def test_the_use_of_keys_is_told(three: SqliteRegistry, key_file: Path) -> None:
    previous = write_key(key_file.with_name("previous"), key("previous"))
    await three.declare(sealed("delta", "previous"))
    await three.declare(sealed("zeta", "lost"))

    use = await key_use(three, KeySources(KeyFile(key_file), (previous,)))

    assert [each.id for each in use.keys] == [key("old").id, key("previous").id]
    assert use.records == {key("old").id: 3, key("previous").id: 1, key("lost").id: 1}
    assert use.closed == ("zeta",)
