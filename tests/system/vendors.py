"""The two simulators seen from outside: what is played there, how they misbehave, and their books."""

from typing import Any

import aiohttp
import msgspec

from gladly_segment.sandbox.audit import GladlyBooks, SegmentBooks
from gladly_segment.sandbox.shop.gladly_control import GladlyControl

WEBHOOK_EVENTS = (
    "CONVERSATION/CREATED",
    "CONVERSATION/CLOSED",
    "CONVERSATION/REOPENED",
    "CONVERSATION/TOPIC_ADDED",
    "CUSTOMER/MERGED",
    "CUSTOMER_PROFILE/CREATED",
    "CUSTOMER_PROFILE/DELETED",
    "CUSTOMER_PROFILE/UPDATED",
)

IDLE_TIMEOUT_S = 60
"""For deliveries that wait for their next attempt."""


class Faulty:
    """A simulator that goes wrong on demand."""

    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        self.url = url
        self._http = http

    async def misbehave(self, *rules: dict[str, Any]) -> None:
        """Let requests to the vendor's API go wrong as the rules say, until they are replaced."""
        async with self._http.post(f"{self.url}/control/faults", json={"rules": rules}) as answer:
            assert answer.status == 200, await answer.text()

    async def behave(self) -> None:
        async with self._http.delete(f"{self.url}/control/faults") as answer:
            assert answer.status == 204

    async def ledger(self) -> bytes:
        async with self._http.get(f"{self.url}/control/ledger") as answer:
            assert answer.status == 200
            return await answer.read()


class Gladly(Faulty):
    """One organization at Gladly."""

    def __init__(self, http: aiohttp.ClientSession, url: str, login: tuple[str, str]) -> None:
        super().__init__(http, url)
        self.play = GladlyControl(http, url)
        self._authorization = {"Authorization": aiohttp.encode_basic_auth(*login)}

    async def register(self, url: str, login: tuple[str, str], headers: dict[str, str]) -> None:
        """Have webhooks delivered to an address, which must answer the PING."""
        username, password = login
        webhook = {
            "url": url,
            "events": WEBHOOK_EVENTS,
            "credentials": {"username": username, "password": password},
            "headers": headers,
            "enabled": True,
        }
        target = f"{self.url}/api/v1/webhooks"
        async with self._http.post(target, json=webhook, headers=self._authorization) as answer:
            assert answer.status == 201, await answer.text()

    async def webhook(self) -> dict[str, Any]:
        """The only webhook, as the API shows it."""
        async with self._http.get(f"{self.url}/api/v1/webhooks", headers=self._authorization) as answer:
            (webhook,) = await answer.json()
            return webhook

    async def switch(self, webhook: str, *, enabled: bool) -> None:
        """Enable or disable a webhook, as somebody does by hand."""
        target, change = f"{self.url}/api/v1/webhooks/{webhook}", {"enabled": enabled}
        async with self._http.patch(target, json=change, headers=self._authorization) as answer:
            assert answer.status == 204, await answer.text()

    async def deliver(self, **order: Any) -> None:
        """Change how webhooks are delivered: `held`, `duplicate_share`, `shuffle_within_s`."""
        async with self._http.post(f"{self.url}/control/deliveries", json=order) as answer:
            assert answer.status == 200, await answer.text()

    async def all_delivered(self) -> None:
        """Wait until no webhook is held, under way or waiting for its next attempt."""
        query = {"timeout_s": IDLE_TIMEOUT_S}
        async with self._http.get(f"{self.url}/control/idle", params=query) as answer:
            assert await answer.json() == {"idle": True}

    async def books(self) -> GladlyBooks:
        return msgspec.json.decode(await self.ledger(), type=GladlyBooks)

    async def conversation(self, name: str = "Ann", *, closed: bool = True, **customer: Any) -> str:
        """Open a conversation of a customer of its own, and close it."""
        conversation = await self.play.open(await self.play.create_customer({"name": name, **customer}))
        if closed:
            await self.play.set_status(conversation, "CLOSED")
        return conversation


class Segment(Faulty):
    """A workspace at Segment."""

    async def stored(self, events: int, timeout_s: float = 30.0) -> list[dict[str, Any]]:
        """Wait until so many events are stored, and give all that are."""
        query = {"stored": str(events), "timeout_s": str(timeout_s)}
        async with self._http.get(f"{self.url}/control/await", params=query) as answer:
            assert (await answer.json())["reached"], f"{events} events did not arrive"
        return [each["event"] for each in msgspec.json.decode(await self.ledger())["stored"]]

    async def of(self, conversation: str, events: int) -> list[dict[str, Any]]:
        """Wait until so many events of a conversation are stored, and give all of its events in order."""
        stored = await self.stored(0)
        while len(found := [each for each in stored if each["properties"]["conversationId"] == conversation]) < events:
            stored = await self.stored(len(stored) + 1)
        return found

    async def bring(self, url: str, secret: str, **order: Any) -> dict[str, Any]:
        """Have the webhook destination bring all that is stored, but for what is ordered: `lose`, `double`, `batch`."""
        target, whole = f"{self.url}/control/destination", {"url": url, "secret": secret, **order}
        async with self._http.post(target, json=whole) as answer:
            return await answer.json()

    async def requests(self) -> list[dict[str, Any]]:
        return msgspec.json.decode(await self.ledger())["requests"]

    async def books(self) -> SegmentBooks:
        return msgspec.json.decode(await self.ledger(), type=SegmentBooks)
