"""The commands that the doctor names do mend what it found, and connect and doctor agree on what is right."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.system.connecting import OTHER_KEY, TOKEN, USER, WRITE_KEY, Bench, bench
from tests.system.programs import start

WELL, ERRORS = 0, 3


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Bench]:
    """A service, and one organization that was connected by command."""
    async with bench(tmp_path) as ready:
        variables = {name: value for name, value in ready.variables.items() if name.startswith("GLADLY_SEGMENT_")}
        service = await start("serve", log=tmp_path / "service.log", variables=variables)
        try:
            connected = await ready.connect()
            assert connected.status == 0, connected
            yield ready
        finally:
            await service.kill()


async def doctor(shop: Bench) -> tuple[int, list[dict[str, Any]]]:
    """Run it, and give the exit status with what is wrong."""
    ended = await shop.run("doctor", "--json")
    assert ended.err == ""
    findings = msgspec.json.decode(ended.out)["findings"]
    return ended.status, [each for each in findings if each["severity"] in ("warning", "error")]


async def test_what_was_just_connected_is_well(shop: Bench) -> None:
    assert await doctor(shop) == (WELL, [])


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"enabled": False}, "webhook_disabled"),
        ({"events": ["CONVERSATION/CREATED"]}, "webhook_events_missing"),
    ],
)
async def test_what_mends_a_webhook_is_the_command_that_it_names(
    shop: Bench, fields: dict[str, Any], code: str
) -> None:
    (webhook,) = await shop.webhooks()
    await shop.change(webhook["id"], **fields)

    status, findings = await doctor(shop)
    assert status == ERRORS
    finding = next(each for each in findings if each["code"] == code)
    program, *arguments = finding["mend"].partition(";")[0].split()
    assert program == "gladly-segment"
    mended = await shop.run(*arguments)

    assert mended.status == 0, mended
    assert await doctor(shop) == (WELL, [])


async def test_a_webhook_that_was_deleted_is_registered_again_by_the_command_that_it_names(shop: Bench) -> None:
    (webhook,) = await shop.webhooks()
    await shop.change(webhook["id"], enabled=False)
    await shop.delete(webhook["id"])

    status, (finding,) = await doctor(shop)
    assert (status, finding["code"], finding["mend"]) == (ERRORS, "webhook_missing", "gladly-segment connect shop")
    mended = await shop.run(*finding["mend"].split()[1:], "--public-url", f"http://127.0.0.1:{shop.port}")

    assert mended.status == 0, mended
    assert await doctor(shop) == (WELL, [])


async def test_nothing_that_is_sealed_is_shown(shop: Bench) -> None:
    ended = await shop.run("doctor", "--settings")

    assert [secret for secret in (TOKEN, WRITE_KEY, OTHER_KEY) if secret in ended.out + ended.err] == []
    assert USER not in ended.out
