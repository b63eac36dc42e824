"""Secrets are seen nowhere, and personal data only where somebody asks for the event itself."""

import asyncio
import base64
import gzip
import hashlib
import hmac
import html
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from urllib.parse import quote

import pytest
import pytest_asyncio

from gladly_segment.admin import endpoints
from gladly_segment.transport.endpoints import Endpoint
from tests.system.canaries import (
    ADMIN_TOKEN,
    AGENT,
    EVERYTHING,
    HEADER,
    MIRROR_SECRET,
    OTHER_WRITE_KEY,
    PASSWORD,
    PERSON,
    PERSONAL,
    SECRETS,
    TOKEN,
    TREATED,
    WRITE_KEY,
    Canary,
    found,
)
from tests.system.watched import Watched, watched
from tests.system.world import WEBHOOK_HEADER, WEBHOOK_USERNAME

pytestmark = pytest.mark.asyncio(loop_scope="module")

GOSSIP = " ".join(canary.text for canary in EVERYTHING)
"""What a vendor that repeats all it was ever told would answer."""

SHOWN_TO_WHO_ASKS = ("explain", "dead show", "dead list --json")
"""The event itself, which is what these commands are for."""


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def troubled(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Watched]:
    """A service after a day on which everything went wrong once, and all that was said of it."""
    async with watched(tmp_path_factory.mktemp("canaries")) as world:
        await _vendors_fail_and_gossip(world)
        await _a_dead_letter(world)
        await _strangers_knock(world)
        await _gladly_leads_astray(world)
        await _pages_are_looked_at(world)
        await _an_operator_looks(world)
        await _settings_are_wrong(world)
        await world.service.stop()
        await _it_crashes(world)
        world.said["log"] = world.service.logged()
        yield world


async def _vendors_fail_and_gossip(world: Watched) -> None:
    agent = await world.gladly.play.add_agent(AGENT)
    customer = await world.gladly.play.create_customer(PERSON)
    await world.gladly.misbehave(
        *({"kind": kind, "method": "GET", "times": 3, "share": 0.9} for kind in ("reset", "truncate")),
        {"kind": "status", "status": 503, "body": GOSSIP, "method": "GET", "times": 1},
        {"kind": "status", "status": 200, "body": GOSSIP, "method": "GET", "times": 1},
        {"kind": "status", "status": 200, "body": f'{{"id":["{GOSSIP}"]}}', "method": "GET", "times": 1},
    )
    await world.segment.misbehave(
        {"kind": "status", "status": 500, "body": GOSSIP, "times": 1},
        {"kind": "status", "status": 429, "headers": {"Retry-After": WRITE_KEY.text}, "body": GOSSIP, "times": 1},
    )
    world.delivered, *_ = [await world.gladly.play.open(customer, agent) for _ in range(6)]
    await world.segment.stored(6)


async def _a_dead_letter(world: Watched) -> None:
    await world.segment.misbehave({"kind": "status", "status": 400, "body": GOSSIP, "times": 1})
    await world.gladly.play.open(await world.gladly.play.create_customer(PERSON))
    await world.service.until(1, "dead_letters", organization="shop")


async def _strangers_knock(world: Watched) -> None:
    login = base64.b64encode(f"{WEBHOOK_USERNAME}:{PASSWORD.text}".encode()).decode()
    right = {"Authorization": f"Basic {login}", WEBHOOK_HEADER: HEADER.text}
    said, in_url, service = GOSSIP.encode(), quote(GOSSIP, safe=""), world.service.url
    await world.ask(f"{service}/webhooks/shop", b'{"type":"' + said, **right)
    await world.ask(f"{service}/webhooks/shop", said * 2_000, **right)
    await world.ask(f"{service}/webhooks/shop", said, **{**right, WEBHOOK_HEADER: f"{HEADER.text} "})
    await world.ask(f"{service}/webhooks/shop", said, Authorization=f"Bearer {TOKEN.text}")
    await world.ask(f"{service}/webhooks/{in_url}", said, **right)
    await world.ask(f"{service}/{in_url}?{in_url}")
    await _tell_the_mirror(world)
    await _send_broken(world)
    event = b'{"id":"e1","type":"CONVERSATION/CREATED","timestamp":"2026-03-01T12:00:00.000Z","content":%s}'
    await world.ask(f"{service}/webhooks/refused", event % b'{"conversationId":"c1","customerId":"u1"}', **right)
    await world.service.until(1, "stage_held", organization="refused")


async def _tell_the_mirror(world: Watched) -> None:
    address, said = f"{world.service.url}/mirror/shop", GOSSIP.encode()
    event = b'{"messageId":"gladly-%040x","properties":{"email":"%s"}}' % (1, said)
    signature = hmac.new(MIRROR_SECRET.value, event, hashlib.sha1).hexdigest()
    assert await world.ask(address, event, **{"X-Signature": signature}) == 200
    await world.ask(address, said, **{"X-Signature": MIRROR_SECRET.text})
    await world.ask(address, said, **{"X-Signature": hmac.new(MIRROR_SECRET.value, said, hashlib.sha1).hexdigest()})


async def _gladly_leads_astray(world: Watched) -> None:
    away = {"Location": f"/?{quote(GOSSIP, safe='')}"}
    await world.gladly.misbehave({"kind": "status", "status": 302, "headers": away, "body": GOSSIP, "method": "GET"})
    await world.gladly.play.open(await world.gladly.play.create_customer(PERSON))
    await world.service.until(1, "stage_held", organization="shop")


async def _pages_are_looked_at(world: Watched) -> None:
    admin, in_url = world.service.admin, quote(GOSSIP, safe="")
    for endpoint in vars(endpoints).values():
        if isinstance(endpoint, Endpoint) and endpoint.method == "GET":
            await world.ask(admin + endpoint.path.replace("{file}", in_url))
    form = {"Content-Type": "application/x-www-form-urlencoded", "Origin": admin}
    assert await world.ask(f"{admin}/login", f"token={quote(ADMIN_TOKEN.text, safe='')}".encode(), **form) == 303
    assert await world.ask(f"{admin}/login", f"token={in_url}".encode(), **form) == 401
    await world.ask(f"{admin}/organizations/{in_url}/pause", b"{}", **{"Content-Type": "application/json"})
    await world.ask(f"{admin}/{in_url}?{in_url}")
    await world.ask(f"{admin}/metrics", Authorization=f"Bearer {GOSSIP}")


async def _send_broken(world: Watched) -> None:
    """Send a request that is no HTTP, with secrets in it."""
    host, port = world.service.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(f"POST /webhooks/shop HTTP/1.1\r\nHost: x\r\n{WEBHOOK_HEADER}: {GOSSIP}\x01\r\n\r\n".encode())
    world.said["answer to what is no HTTP"] = (await reader.read()).decode()
    writer.close()


async def _an_operator_looks(world: Watched) -> None:
    listed = await world.command("dead", "list", "--json")
    number = listed.partition('"number":')[2].partition(",")[0]
    await world.commands(
        ("explain", world.delivered),
        ("explain", world.delivered, "--json"),
        ("dead", "list"),
        ("dead", "show", number),
        ("dead", "show", number, "--json"),
        ("organizations", "list"),
        ("organizations", "show", "shop"),
        ("organizations", "show", "shop", "--json"),
        ("doctor",),
        ("doctor", "--json"),
        ("mirror", "--since", "1h"),
        ("events", "export", "--format", "csv", "--text", "nobody-at-all"),
        ("secrets", "status"),
        ("backup", str(world.directory / "journal.backup")),
        ("secrets", "rotate", "--new-key-file", str(world.directory / "new.key")),
    )


async def _settings_are_wrong(world: Watched) -> None:
    elsewhere = f'data_dir = "{world.directory / "no-data"}"\n'
    command = f'{elsewhere}[secrets]\nkey_command = ["{sys.executable}", "-c", "%s"]\n'
    gossip = " ".join(canary.text for canary in SECRETS)
    right = _read(world.directory / "gladly-segment.toml")
    wrong = {
        "it is no secrets key": f'{elsewhere}[secrets]\nkey = "{gossip}"\n',
        "ended with 1: ********": command % f"import sys; sys.exit({gossip!r})",
        "printed cannot be used": command % f"print({gossip!r})",
        "is not TOML": f'[organizations.acme]\ngladly_token = "{TOKEN.text}\n',
        "is unknown": f'[organizations.acme]\ngladly_tokn = "{TOKEN.text}"\n',
        "there is a colon in it": right.replace(OTHER_WRITE_KEY.text, f"{OTHER_WRITE_KEY.text}:{TOKEN.text}"),
    }
    files = [_written(world.directory / f"wrong-{number}.toml", text) for number, text in enumerate(wrong.values())]
    said = await world.commands(*(("secrets", "status", "--config", str(file)) for file in files))
    assert [complaint for complaint, each in zip(wrong, said, strict=True) if complaint not in each] == []


def _read(file: Path) -> str:
    return file.read_text()


def _written(file: Path, content: str) -> Path:
    file.write_text(content)
    return file


async def _it_crashes(world: Watched) -> None:
    await world.gladly.behave()
    customer = await world.gladly.play.create_customer(PERSON)
    await world.crash(world.gladly.play.open(customer))


async def test_it_went_wrong_as_intended(troubled: Watched) -> None:
    logged = troubled.said["log"]

    for word in (
        "webhook_answered",
        "attempt_failed",
        "stage_held",
        "302",
        "unreachable",
        "malformed",
        "throttled",
        "parked",
    ):
        assert word in logged, word
    # The key was changed beside it, and it noticed nothing.
    assert "settings_trouble" not in logged
    assert "error" in troubled.said["doctor"]
    assert "Traceback" in troubled.said["a crash"]
    assert "a.library" in troubled.said["a crash"]
    assert "a fault that nobody foresaw" in troubled.said["a crash"]
    assert troubled.collector.authorizations == {"canary/collector-token&1+x"}
    assert len(troubled.traces()) > 0


async def test_secrets_are_said_to_nobody(troubled: Watched) -> None:
    heard = {what: found(SECRETS, said) for what, said in troubled.said.items()}

    assert {what: names for what, names in heard.items() if names} == {}


async def test_secrets_are_neither_stored_nor_backed_up_nor_traced(troubled: Watched) -> None:
    kept = {name: found(SECRETS, content) for name, content in troubled.stored().items()}
    traced = [found(SECRETS, trace) for trace in troubled.traces()]

    assert {name: names for name, names in kept.items() if names} == {}
    assert traced == [[]] * len(traced)


async def test_what_is_searched_is_what_there_is_to_find(troubled: Watched) -> None:
    events = [name for name, content in troubled.stored().items() if found(PERSONAL, content)]
    conversation = Canary("conversation", troubled.delivered.encode())

    assert {name.rpartition("/")[2] for name in events} >= {"journal.sqlite", "journal.backup", "history.sqlite"}
    assert any(found([conversation], trace) for trace in troubled.traces())


async def test_personal_data_are_shown_only_to_who_asks_for_the_event(troubled: Watched) -> None:
    heard = {what: found(PERSONAL, said) for what, said in troubled.said.items()}

    shown = {what for what, names in heard.items() if names}
    assert [what for what in shown if not what.startswith(SHOWN_TO_WHO_ASKS)] == []
    # There they are, and would have been found elsewhere.
    assert {what.partition(" ")[0] for what in shown} == {"explain", "dead"}


async def test_what_privacy_rules_keep_back_is_nowhere_whoever_asks(troubled: Watched) -> None:
    said = [what for what, said in troubled.said.items() if found(TREATED, said)]
    stored = [name for name, content in troubled.stored().items() if found(TREATED, content)]

    assert (said, stored) == ([], [])
    assert '"loyalty"' in troubled.said["explain " + troubled.delivered]


async def test_personal_data_are_not_traced(troubled: Watched) -> None:
    assert [found([*PERSONAL, *TREATED], trace) for trace in troubled.traces()] == [[]] * len(troubled.traces())


FORMS: dict[str, Callable[[bytes], bytes]] = {
    "as it is": lambda value: value,
    "in capitals": bytes.upper,
    "in a url": lambda value: quote(value, safe="").encode(),
    "in a page": lambda value: html.escape(value.decode()).encode(),
    "in hexadecimal digits": lambda value: value.hex().upper().encode(),
    **{
        f"in a login {before} bytes after its start": lambda value, before=before: base64.b64encode(
            b"user:xyz"[:before] + value + b"!"
        )
        for before in range(8)
    },
    "in base64 for urls": lambda value: base64.urlsafe_b64encode(b":" + value),
}


@pytest.mark.parametrize("form", FORMS)
async def test_a_planted_leak_is_found(form: str) -> None:
    for canary in EVERYTHING:
        leak = b'{"event":"webhook_answered","detail":"' + FORMS[form](canary.value) + b'","level":"info"}\n'

        assert found(EVERYTHING, leak) == [canary.name]
        assert found(EVERYTHING, gzip.compress(leak)) == [canary.name]


async def test_a_leak_planted_in_what_was_said_is_found(troubled: Watched) -> None:
    for what, said in troubled.said.items():
        assert TOKEN.name in found(SECRETS, f"{said}{TOKEN.text}"), what


async def test_what_is_no_canary_is_not_found() -> None:
    assert found(EVERYTHING, "canary" * 1_000 + base64.b64encode(b"canary" * 99).decode()) == []
