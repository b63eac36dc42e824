"""Organizations come, change, stand still and go while the service runs; nobody else notices."""

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path

import aiohttp
import msgspec

from gladly_segment.sandbox.segment.options import SegmentOptions
from gladly_segment.sandbox.segment.server import start_segment
from tests.system.programs import MODULE
from tests.system.world import GLADLY_USER, WEBHOOK_USERNAME, Secrets, World, world

LOOKS = 400
MANY = 1_000
WAITING = 3
"""Of one conversation: its customer's profile, its opening and its closing."""


async def command(running: World, *arguments: str) -> str:
    """Run `gladly-segment organizations …` beside the service."""
    config = ("--config", str(running.service.directory / "gladly-segment.toml"))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, *MODULE, "organizations", *arguments, *config), stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate()
    assert process.returncode == 0
    return said.decode()


async def ping(running: World, password: str) -> int:
    login = {"Authorization": aiohttp.encode_basic_auth(WEBHOOK_USERNAME, password)}
    header = {"X-Webhook-Key": running.shop.secrets.webhook_header}
    return (await running.service.post("/webhooks/shop", b'{"type": "PING"}', **login, **header))[0]


async def until(reached: Callable[[], bool]) -> None:
    for _ in range(LOOKS):
        if reached():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it did not come to that")


def write(file: Path, text: str) -> None:
    file.write_text(text)


def change(running: World, edit: Callable[[str], str]) -> None:
    settings = running.service.directory / "gladly-segment.toml"
    settings.write_text(edit(settings.read_text()))


def without(name: str) -> Callable[[str], str]:
    def edit(text: str) -> str:
        before, _, after = text.partition(f"[organizations.{name}]")
        return before + "".join(after.partition("\n[")[1:])

    return edit


async def test_one_that_leaves_the_settings_is_known_no_more_and_one_that_enters_is_served(tmp_path: Path) -> None:
    async with world(tmp_path, "first", "second") as running:
        settings = (tmp_path / "gladly-segment.toml").read_text()
        login = aiohttp.encode_basic_auth(WEBHOOK_USERNAME, Secrets.of("second").webhook_password)
        credentials = {"Authorization": login, "X-Webhook-Key": Secrets.of("second").webhook_header}

        change(running, without("second"))
        await until(lambda: '"removed"' in running.service.logged())
        assert (await running.service.post("/webhooks/second", b'{"type": "PING"}', **credentials))[0] == 404

        change(running, lambda _: settings)
        await until(lambda: running.service.logged().count('"added"') == 3)
        assert (await running.service.post("/webhooks/second", b'{"type": "PING"}', **credentials))[0] == 200

        for shop in running.shops.values():
            await shop.gladly.conversation()
            await shop.segment.stored(2)
        assert running.service.logged().count('"changed"') == 0


async def test_new_credentials_count_from_then_on(tmp_path: Path) -> None:
    async with world(tmp_path, "shop") as running:
        change(running, lambda text: text.replace(running.shop.secrets.webhook_password, "another-password"))
        await until(lambda: '"changed"' in running.service.logged())

        assert await ping(running, running.shop.secrets.webhook_password) == 401
        assert await ping(running, "another-password") == 200


async def test_another_write_key_waits_for_somebody_to_say_that_it_is_meant(tmp_path: Path) -> None:
    async with world(tmp_path, "shop") as running:
        change(running, lambda text: text.replace(running.shop.secrets.segment_write_key, "another-write-key"))
        await until(lambda: "settings_trouble" in running.service.logged())

        await running.shop.gladly.conversation()
        await running.shop.gladly.all_delivered()

        assert (await running.service.account("shop")).pending == WAITING
        assert "--change-write-key" in running.service.logged()


async def test_a_paused_organization_keeps_what_comes_and_goes_on_where_it_stood(tmp_path: Path) -> None:
    async with world(tmp_path, "shop") as running:
        assert await command(running, "pause", "shop") == "shop is paused; its events wait\n"
        await running.service.until(1, "paused", organization="shop")

        await running.shop.gladly.conversation()
        await running.shop.gladly.all_delivered()
        assert (await running.service.account("shop")).pending == WAITING

        await command(running, "resume", "shop")
        await running.shop.segment.stored(2)
        report = await running.audit()
        assert report.ok, report


async def test_a_paused_organization_stays_paused_after_a_restart(tmp_path: Path) -> None:
    async with world(tmp_path, "shop") as running:
        await command(running, "pause", "shop")
        await running.service.stop()
        await running.service.start()

        await running.shop.gladly.conversation()
        await running.shop.gladly.all_delivered()

        assert (await running.service.account("shop")).pending == WAITING
        assert msgspec.json.decode(await command(running, "list", "--json"))["paused"]


async def test_one_declared_by_command_is_served_within_a_moment_and_gone_when_removed(tmp_path: Path) -> None:
    async with world(tmp_path, "shop", "second") as running:
        file, second = tmp_path / "second.toml", running.shops["second"]
        table = running.service.directory / "gladly-segment.toml"
        write(file, table.read_text().partition("[organizations.second]\n")[2])
        change(running, without("second"))
        await until(lambda: '"removed"' in running.service.logged())

        await command(running, "add", "second", str(file))
        await until(lambda: running.service.logged().count('"added"') == 3)

        await second.gladly.conversation()
        await second.segment.stored(2)
        for secret in msgspec.structs.astuple(second.secrets):
            assert secret not in await command(running, "show", "second")
        await command(running, "remove", "second", "--yes")
        await until(lambda: running.service.logged().count('"removed"') == 2)
        assert (await running.service.post("/webhooks/second", b"{}"))[0] == 404


async def test_a_write_key_of_another_organization_is_not_used(tmp_path: Path) -> None:
    async with world(tmp_path, "shop", "second") as running:
        stolen = Secrets.of("second").segment_write_key
        change(running, lambda text: text.replace(stolen, Secrets.of("shop").segment_write_key))
        await until(lambda: "settings_trouble" in running.service.logged())

        await running.shops["second"].gladly.conversation()
        await running.shops["second"].gladly.all_delivered()

        assert (await running.service.account("second")).pending == WAITING
        assert Secrets.of("shop").segment_write_key not in running.service.logged()


async def test_a_thousand_organizations_are_served_by_one_process(tmp_path: Path) -> None:
    keys = tuple(f"write-key-{number}" for number in range(MANY))
    segment = await start_segment(SegmentOptions(requests_per_s=100_000, write_keys=keys))
    organizations = tmp_path / "organizations"
    organizations.mkdir()
    try:
        async with world(tmp_path, "shop", rate_limit_per_s=100_000) as running:
            shop = running.shop
            conversation = await shop.gladly.conversation(closed=False)
            customer = next(each["userId"] for each in await shop.segment.stored(1))
            for number in range(MANY):
                (organizations / f"shop-{number}.toml").write_text(
                    f'gladly_url = "{shop.gladly.url}"\ngladly_user = "{GLADLY_USER}"\ngladly_share = 1.0\n'
                    f'gladly_token = "{shop.secrets.gladly_token}"\nsegment_host = "{segment.url}"\n'
                    f'segment_write_key = "{keys[number]}"\nwebhook_headers = {{ X-Key = "key-{number}" }}\n'
                )
            change(running, lambda text: f'organizations_dir = "{organizations}"\n{text}')
            await until(lambda: running.service.logged().count('"added"') == MANY + 1)

            content = {"customerId": customer, "conversationId": conversation}
            event = msgspec.json.encode({"type": "CONVERSATION/CREATED", "id": "e", "content": content})
            places = asyncio.Semaphore(50)

            async def tell(number: int) -> None:
                async with places:
                    path, key = f"/webhooks/shop-{number}", {"X-Key": f"key-{number}"}
                    assert (await running.service.post(path, event, **key))[0] == 200

            await asyncio.gather(*map(tell, range(MANY)))

            async with running.http.get(f"{segment.url}/control/await?stored={MANY}&timeout_s=60") as answer:
                assert (await answer.json())["reached"]
            async with running.http.get(f"{segment.url}/control/ledger") as answer:
                stored = (await answer.json())["stored"]
            assert len({each["event"]["messageId"] for each in stored}) == MANY
            assert (await running.service.post("/webhooks/shop-1", event, **{"X-Key": "key-2"}))[0] == 401
    finally:
        await segment.stop()
