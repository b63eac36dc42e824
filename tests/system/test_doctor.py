"""`gladly-segment doctor` beside the real service and its vendors: it says what is wrong, and nothing else."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest

from tests.system.programs import MODULE
from tests.system.vendors import WEBHOOK_EVENTS
from tests.system.world import GLADLY_USER, World, world

WELL, WARNINGS, USAGE, ERRORS = 0, 1, 2, 3
CUSTOMER = "Canary Customer"
MAIL = "canary-customer@example.com"
GRAVE = ("warning", "error")


class Diagnosis:
    """What the command printed, and how it ended."""

    def __init__(self, status: int | None, out: str, err: str) -> None:
        self.status = status
        self.out = out
        self.err = err

    @property
    def findings(self) -> Sequence[dict[str, Any]]:
        return msgspec.json.decode(self.out)["findings"]

    @property
    def grave(self) -> list[str]:
        """The codes of warnings and errors, the gravest first."""
        return [each["code"] for each in self.findings if each["severity"] in GRAVE]

    def of(self, code: str) -> dict[str, Any]:
        (finding,) = [each for each in self.findings if each["code"] == code]
        return finding


async def doctor(running: World, *arguments: str, **variables: str) -> Diagnosis:
    """Run the command with the settings of the service."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("GLADLY_SEGMENT_")}
    ports = {
        "GLADLY_SEGMENT_SERVER__PORT": running.service.url.rpartition(":")[2],
        "GLADLY_SEGMENT_ADMIN__PORT": running.service.admin.rpartition(":")[2],
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, *MODULE, "doctor", *arguments),
        *("--config", str(running.service.directory / "gladly-segment.toml")),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**own, **ports, **variables},
    )
    out, err = await process.communicate()
    return Diagnosis(process.returncode, out.decode(), err.decode())


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[World]:
    """A world in which all is well."""
    async with world(tmp_path, "shop") as found:
        for file in (tmp_path / "gladly-segment.toml", tmp_path / "token-of-shop"):
            file.chmod(0o600)
        yield found


async def change_webhook(running: World, **fields: Any) -> None:
    """Change the webhook behind the service's back."""
    http, url = running.http, f"{running.shop.gladly.url}/api/v1/webhooks"
    headers = {"Authorization": aiohttp.encode_basic_auth(GLADLY_USER, running.shop.secrets.gladly_token)}
    async with http.get(url, headers=headers) as listed:
        (webhook,) = await listed.json()
    async with http.patch(f"{url}/{webhook['id']}", json=fields, headers=headers) as answer:
        assert answer.status == 204, await answer.text()


async def test_when_all_is_well_it_says_so(running: World) -> None:
    await running.shop.gladly.conversation()
    await running.shop.segment.stored(2)
    await running.service.settled("shop")

    found = await doctor(running, "--json")

    assert (found.status, found.err, found.grave) == (WELL, "", [])
    well = {each["check"] for each in found.findings if each["severity"] == "ok"}
    assert well == {
        "settings", "files", "disk", "journal", "service", "clock", "gladly", "segment", "webhook", "feed", "backlog",
        "dead_letters",
    }  # fmt: skip
    assert "Settings, App Developer Tools, Apps" in found.of("segment_app_hidden")["mend"]


async def test_for_people_the_last_line_is_the_verdict(running: World) -> None:
    found = await doctor(running, "--settings", COLUMNS="300")

    assert found.status == WELL
    assert found.out.splitlines()[-1].startswith("All is well.")
    assert f"{running.service.directory / 'gladly-segment.toml'}:" in found.out


async def test_a_service_that_is_down_is_what_is_wrong(running: World) -> None:
    await running.service.stop()

    found = await doctor(running, "--json")

    assert (found.status, found.grave) == (ERRORS, ["service_down"])
    assert found.of("service_down")["mend"] == "gladly-segment serve"


async def test_a_service_that_listens_elsewhere_is_what_is_wrong(running: World) -> None:
    found = await doctor(running, "--json", GLADLY_SEGMENT_SERVER__PORT="1")

    assert (found.status, found.grave) == (ERRORS, ["listener_silent"])
    assert "server.port" in found.of("listener_silent")["mend"]


async def test_a_disabled_webhook_is_what_is_wrong(running: World) -> None:
    await change_webhook(running, enabled=False)

    found = await doctor(running, "--json")

    assert (found.status, found.grave) == (ERRORS, ["webhook_disabled"])
    assert found.of("webhook_disabled")["organization"] == "shop"
    assert found.of("webhook_disabled")["mend"].startswith("Enable it in Gladly (Settings, Webhooks)")


async def test_a_webhook_that_asks_for_too_little_is_what_is_wrong(running: World) -> None:
    await change_webhook(running, events=[each for each in WEBHOOK_EVENTS if each != "CONVERSATION/CLOSED"])

    found = await doctor(running, "--json")

    assert (found.status, found.grave) == (ERRORS, ["webhook_events_missing"])
    assert "CONVERSATION/CLOSED" in found.of("webhook_events_missing")["what"]


async def test_a_token_that_gladly_refuses_is_what_is_wrong(running: World) -> None:
    found = await doctor(running, "--json", GLADLY_SEGMENT_ORGANIZATIONS__SHOP__GLADLY_USER="somebody@shop.example")

    assert (found.status, found.grave) == (ERRORS, ["gladly_token_refused"])


async def test_events_that_wait_for_a_refused_token_are_told_of_too(running: World) -> None:
    await running.shop.gladly.misbehave({"kind": "status", "status": 401, "path_prefix": "/api/v1/c"})
    await running.shop.gladly.conversation(closed=False)
    await running.service.until(1, "stage_held", stage="enrich")

    found = await doctor(running, "--json")

    assert (found.status, found.grave) == (ERRORS, ["enrich_held"])


@pytest.mark.parametrize(
    ("setting", "code"), [("GLADLY_URL", "gladly_unreachable"), ("SEGMENT_HOST", "segment_unreachable")]
)
async def test_a_wrong_host_is_what_is_wrong(running: World, setting: str, code: str) -> None:
    nobody = "http://127.0.0.1:1"

    found = await doctor(running, "--json", **{f"GLADLY_SEGMENT_ORGANIZATIONS__SHOP__{setting}": nobody})

    assert (found.status, found.grave) == (ERRORS, [code])
    assert nobody in found.of(code)["what"]


async def test_segment_at_the_place_of_gladly_is_what_is_wrong(running: World) -> None:
    segment = running.shop.segment.url

    found = await doctor(running, "--json", GLADLY_SEGMENT_ORGANIZATIONS__SHOP__GLADLY_URL=segment)

    assert (found.status, found.grave) == (ERRORS, ["gladly_misdirected"])


async def test_dead_letters_are_told_with_their_remedy(running: World) -> None:
    await running.shop.gladly.conversation(CUSTOMER, closed=False, customAttributes={"history": "x" * 40_000})
    await running.shop.gladly.all_delivered()
    await running.service.settled("shop")

    found = await doctor(running, "--json")

    assert (found.status, found.grave) == (WARNINGS, ["dead_letters"])
    assert "custom attributes smaller" in found.of("dead_letters")["mend"]
    assert found.of("dead_letters")["mend"].endswith("dead list --organization shop --cause event_too_large")


async def test_a_file_that_everybody_can_read_is_what_is_wrong(running: World) -> None:
    (running.service.directory / "token-of-shop").chmod(0o644)

    found = await doctor(running, "--json")

    assert (found.status, found.grave) == (WARNINGS, ["file_open_to_all"])


async def test_a_file_that_cannot_be_read_is_an_error_of_the_settings(running: World) -> None:
    (running.service.directory / "token-of-shop").unlink()

    found = await doctor(running, "--json")

    assert (found.status, found.out) == (USAGE, "")
    assert "gladly_token_file" in found.err
    assert "Traceback" not in found.err


async def test_an_organization_that_is_not_there_is_a_wrong_argument(running: World) -> None:
    found = await doctor(running, "--json", "--organization", "elsewhere")

    assert (found.status, found.out) == (USAGE, "")
    assert "there is no organization elsewhere" in found.err


@pytest.mark.parametrize(("ahead", "code", "status"), [(10, "clock_skewed", WARNINGS), (-90, "clock_wrong", ERRORS)])
async def test_a_clock_that_differs_from_a_vendor_s_is_what_is_wrong(
    running: World, ahead: int, code: str, status: int
) -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=ahead), usegmt=True)  # noqa: TID251 - a vendor's own
    answer = {"kind": "status", "status": 200, "headers": {"Date": date}, "body": "[]"}
    await running.shop.gladly.misbehave({**answer, "method": "GET", "path_prefix": "/api/v1/topics"})

    found = await doctor(running, "--json")

    assert (found.status, found.grave) == (status, [code])
    assert "Gladly" in found.of(code)["what"]


async def test_a_vendor_that_never_answers_does_not_hold_it_up(running: World) -> None:
    await running.shop.gladly.misbehave({"kind": "hang", "method": "GET"})

    found = await doctor(running, "--json")

    assert (found.status, found.grave) == (ERRORS, ["gladly_unreachable"])
    assert "no answer in time" in found.of("gladly_unreachable")["what"]


async def test_offline_nobody_is_asked(running: World) -> None:
    await running.shop.gladly.misbehave({"kind": "status", "status": 401})
    await running.shop.segment.misbehave({"kind": "status", "status": 501})

    found = await doctor(running, "--json", "--offline")

    assert (found.status, found.grave) == (WELL, [])
    assert found.of("left_out")["what"] == "the vendors could not be looked at, because --offline was given"


async def test_no_event_is_sent_unless_it_is_wished_for(running: World) -> None:
    await doctor(running, "--json")
    assert await running.shop.segment.requests() == []

    found = await doctor(running, "--json", "--send-test")

    assert found.status == WELL
    (event,) = await running.shop.segment.stored(1)
    assert event["event"] == "Gladly Segment Test"
    assert any(f"the code {event['properties']['code']} in" in each["what"] for each in found.findings)


@pytest.mark.parametrize("form", [("--json",), ("--settings",)])
async def test_neither_secrets_nor_customers_are_shown(running: World, form: tuple[str, ...]) -> None:
    secrets = msgspec.structs.astuple(running.shop.secrets)
    await running.shop.gladly.conversation(
        CUSTOMER, customAttributes={"history": "x" * 40_000}, emails=[{"original": MAIL, "normalized": MAIL}]
    )
    await running.shop.gladly.all_delivered()
    await running.service.settled("shop")
    await running.shop.gladly.misbehave({"kind": "status", "status": 401, "body": " ".join(secrets)})

    found = await doctor(running, *form, "--send-test")

    assert found.status == ERRORS
    shown = found.out + found.err
    assert [canary for canary in (*secrets, CUSTOMER, MAIL) if canary in shown] == []
    # They were there to be shown: the settings hold them, and so does the journal.
    settings = (running.service.directory / "gladly-segment.toml").read_text()
    assert all(secret in settings for secret in secrets[1:])
    assert CUSTOMER in (await running.shop.gladly.ledger()).decode()
