"""What the registry's ports promise; each case cites its sentence by its name."""

from datetime import UTC, datetime

from msgspec.structs import replace

from gladly_segment.core.ids import OrganizationId
from gladly_segment.journals.sqlite import SqliteRegistry
from gladly_segment.ports.registry import Action, Binding, Declared, Feed
from tests.conformance.registry.conftest import Open

ACME, BETA = OrganizationId("acme"), OrganizationId("beta")
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def declared(name: OrganizationId, document: bytes = b"{}") -> Declared:
    return Declared(name=name, document=document, sealed=b"\x00sealed", changed_at=NOON)


def binding(fingerprint: str, organization: OrganizationId = ACME, region: str = "us") -> Binding:
    return Binding(
        fingerprint=fingerprint, organization=organization, environment="production", region=region, bound_at=NOON
    )


async def test_what_is_declared_is_given_by_name(registry: SqliteRegistry) -> None:
    await registry.declare(declared(BETA))
    await registry.declare(declared(ACME))

    assert await registry.declared() == [declared(ACME), declared(BETA)]


async def test_a_declaration_takes_the_place_of_the_one_of_its_name(registry: SqliteRegistry) -> None:
    await registry.declare(declared(ACME))
    await registry.declare(declared(ACME, b'{"a":1}'))

    assert await registry.declared() == [declared(ACME, b'{"a":1}')]


async def test_what_is_declared_outlives_the_connection(registry: SqliteRegistry, opened: Open) -> None:
    await registry.declare(declared(ACME))

    async with opened() as another:
        assert await another.declared() == [declared(ACME)]


async def test_a_declaration_is_changed_only_if_nobody_changed_it_meanwhile(registry: SqliteRegistry) -> None:
    first, second = declared(ACME), declared(ACME, b'{"a":1}')
    assert not await registry.redeclare(second, was=first)
    await registry.declare(first)

    assert not await registry.redeclare(second, was=replace(first, document=b"another"))
    assert not await registry.redeclare(second, was=replace(first, sealed=b"another"))
    assert await registry.declared() == [first]

    assert await registry.redeclare(second, was=first)
    assert await registry.declared() == [second]


async def test_secrets_are_sealed_anew_only_if_nobody_changed_them_meanwhile(registry: SqliteRegistry) -> None:
    await registry.declare(declared(ACME))

    assert not await registry.reseal(ACME, was=b"another", sealed=b"new")
    assert not await registry.reseal(BETA, was=b"\x00sealed", sealed=b"new")
    assert await registry.declared() == [declared(ACME)]

    assert await registry.reseal(ACME, was=b"\x00sealed", sealed=b"new")
    assert await registry.declared() == [replace(declared(ACME), sealed=b"new")]


async def test_removing_takes_the_pause_and_the_feed_along_and_leaves_the_binding(registry: SqliteRegistry) -> None:
    await registry.declare(declared(ACME))
    await registry.pause(ACME, paused=True)
    await registry.note_feed(Feed(organization=ACME, webhook_id="w1"))
    await registry.bind(binding("key"))

    assert await registry.remove(ACME)
    assert not await registry.remove(ACME)

    assert await registry.declared() == []
    assert await registry.paused() == frozenset()
    assert await registry.feed(ACME) == Feed(organization=ACME)
    assert await registry.bindings() == [binding("key")]


async def test_removing_one_leaves_the_others(registry: SqliteRegistry) -> None:
    await registry.declare(declared(ACME))
    await registry.declare(declared(BETA))
    await registry.pause(BETA, paused=True)

    await registry.remove(ACME)

    assert [each.name for each in await registry.declared()] == [BETA]
    assert await registry.paused() == {BETA}


async def test_a_change_by_another_connection_is_another_version(registry: SqliteRegistry, opened: Open) -> None:
    before = await registry.version()
    async with opened() as another:
        await another.pause(ACME, paused=True)

    assert await registry.version() != before


async def test_ones_own_change_is_no_other_version(registry: SqliteRegistry) -> None:
    before = await registry.version()
    await registry.pause(ACME, paused=True)

    assert await registry.version() == before


async def test_a_pause_stands_until_it_is_taken_back(registry: SqliteRegistry) -> None:
    await registry.pause(ACME, paused=True)
    await registry.pause(ACME, paused=True)
    assert await registry.paused() == {ACME}

    await registry.pause(ACME, paused=False)
    assert await registry.paused() == frozenset()


async def test_a_place_has_one_write_key(registry: SqliteRegistry) -> None:
    await registry.bind(binding("old"))
    await registry.bind(binding("elsewhere", region="eu"))
    await registry.bind(binding("new"))

    assert [each.fingerprint for each in await registry.bindings()] == ["elsewhere", "new"]


async def test_a_write_key_has_one_place(registry: SqliteRegistry) -> None:
    await registry.bind(binding("key"))
    await registry.bind(binding("key", BETA))

    assert await registry.bindings() == [binding("key", BETA)]


async def test_a_feed_is_as_it_was_noted_last(registry: SqliteRegistry) -> None:
    assert await registry.feed(ACME) == Feed(organization=ACME)
    feed = Feed(organization=ACME, webhook_id="w1", whole_until=NOON, disabled_since=NOON)

    await registry.note_feed(feed)
    assert await registry.feed(ACME) == feed

    await registry.note_feed(replace(feed, disabled_since=None))
    assert await registry.feed(ACME) == replace(feed, disabled_since=None)


async def test_actions_are_given_newest_first_and_by_organization(registry: SqliteRegistry) -> None:
    first = Action(at=NOON, organization=ACME, by="person", what="paused")
    second = Action(at=NOON, organization=None, by="service", what="rotated", detail="2 records")
    third = Action(at=NOON, organization=ACME, by="person", what="resumed")
    for action in (first, second, third):
        await registry.note_action(action)

    assert await registry.actions(None, 2) == [third, second]
    assert await registry.actions(ACME, 10) == [third, first]
