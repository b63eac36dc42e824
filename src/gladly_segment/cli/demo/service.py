"""The service in the demo: its settings file, its webhook at Gladly, and what it tells of itself."""

import asyncio
import secrets
from pathlib import Path

import aiohttp
import msgspec

from gladly_segment.cli.demo.metrics_text import MetricsText
from gladly_segment.cli.demo.processes import DemoError, Started

ORGANIZATION = "shop"
WEBHOOK_USERNAME = "gladly"
WEBHOOK_EVENTS = (
    "CONVERSATION/CREATED",
    "CONVERSATION/CLOSED",
    "CONVERSATION/REOPENED",
    "CONVERSATION/TOPIC_ADDED",
    "CONVERSATION/TOPIC_REMOVED",
    "CONVERSATION_ASSIGNEE/UPDATED",
    "CONVERSATION_STATUS/UPDATED",
    "CUSTOMER/MERGED",
    "CUSTOMER_PROFILE/CREATED",
    "CUSTOMER_PROFILE/DELETED",
    "CUSTOMER_PROFILE/UPDATED",
)

SETTLING_TIMEOUT_S = 60.0
POLL_INTERVAL_S = 0.2


class Secrets(msgspec.Struct, frozen=True):
    """Made for one run."""

    gladly_user: str
    gladly_token: str
    webhook_password: str
    segment_write_key: str


class ServiceProgress(msgspec.Struct, frozen=True):
    """What the service's metrics say: receipts still to settle, and how many ended as (outcome, reason)."""

    pending: int
    settled: dict[tuple[str, str], int]


def new_secrets() -> Secrets:
    """Draw secrets nobody else knows."""
    return Secrets("api@shop.example", secrets.token_hex(16), secrets.token_hex(16), secrets.token_hex(16))


def write_settings(directory: Path, known: Secrets, *, gladly_url: str, segment_url: str) -> Path:
    """Write the service's settings file into `directory`, as a user would, and return its path."""
    path = directory / "gladly-segment.toml"
    path.write_text(f"""\
data_dir = {_quoted(str(directory / "data"))}

[server]
port = 0

[admin]
port = 0

[organizations.{ORGANIZATION}]
gladly_url = {_quoted(gladly_url)}
gladly_user = {_quoted(known.gladly_user)}
gladly_token = {_quoted(known.gladly_token)}
segment_write_key = {_quoted(known.segment_write_key)}
segment_host = {_quoted(segment_url)}
webhook_username = {_quoted(WEBHOOK_USERNAME)}
webhook_passwords = [{_quoted(known.webhook_password)}]
""")
    return path


async def register_webhook(http: aiohttp.ClientSession, known: Secrets, *, gladly_url: str, service_url: str) -> None:
    """Register and enable the service's webhook at Gladly, whose PING it must answer. Raises DemoError."""
    webhook = {
        "name": "gladly-segment",
        "url": f"{service_url}/webhooks/{ORGANIZATION}",
        "events": WEBHOOK_EVENTS,
        "credentials": {"username": WEBHOOK_USERNAME, "password": known.webhook_password},
        "enabled": True,
    }
    headers = {"Authorization": aiohttp.encode_basic_auth(known.gladly_user, known.gladly_token)}
    async with http.post(f"{gladly_url}/api/v1/webhooks", json=webhook, headers=headers) as answer:
        if not answer.ok:
            raise DemoError(f"Gladly refused the webhook: {answer.status} {await answer.text()}")


async def wait_until_settled(http: aiohttp.ClientSession, service: Started) -> ServiceProgress:
    """Wait until the service has nothing pending, or for `SETTLING_TIMEOUT_S`. Raises DemoError if it ends."""
    deadline = asyncio.get_running_loop().time() + SETTLING_TIMEOUT_S
    while (progress := await read_progress(http, service)).pending:
        if asyncio.get_running_loop().time() > deadline:
            break
        await asyncio.sleep(POLL_INTERVAL_S)
    return progress


async def read_progress(http: aiohttp.ClientSession, service: Started) -> ServiceProgress:
    """Read the service's metrics. Raises DemoError if it has ended."""
    service.check()
    async with http.get(f"{service.admin}/metrics") as answer:
        answer.raise_for_status()
        metrics = MetricsText(await answer.text())
    return ServiceProgress(sum(metrics.pending().values()), metrics.settled())


def _quoted(text: str) -> str:
    # A JSON string is a TOML string.
    return msgspec.json.encode(text).decode()
