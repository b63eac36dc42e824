"""The Gladly simulator's control API, as a scenario uses it."""

from typing import Literal

import aiohttp
import msgspec

from gladly_segment.sandbox.shop.customers import CustomerFields, JsonValue


class ControlError(Exception):
    """The simulator refused an order: the scenario is wrong."""


class _Resource(msgspec.Struct):
    id: str


class GladlyControl:
    """Orders to the simulator at `url`. Raises ControlError when one is refused."""

    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        self._http = http
        self._base = f"{url}/control"

    async def add_agent(self, name: str) -> str:
        """Add an agent and return its id."""
        email = f"{name.replace(' ', '.').lower()}@shop.example"
        return await self._create("agents", {"name": name, "emailAddress": email})

    async def add_topic(self, name: str, parent_id: str | None = None) -> str:
        """Add a topic and return its id."""
        return await self._create("topics", {"name": name, **({"parentId": parent_id} if parent_id else {})})

    async def add_inbox(self, name: str) -> str:
        """Add an inbox and return its id."""
        return await self._create("inboxes", {"name": name})

    async def create_customer(self, fields: CustomerFields) -> str:
        """Create a customer and return its id."""
        return await self._create("customers", fields)

    async def change_customer(self, customer_id: str, fields: CustomerFields) -> None:
        """Replace some of a customer's fields."""
        await self._order("PATCH", f"customers/{customer_id}", fields)

    async def delete_customer(self, customer_id: str) -> None:
        """Delete a customer whose conversations are all closed."""
        await self._order("DELETE", f"customers/{customer_id}", None)

    async def merge(self, source: str, target: str) -> None:
        """Merge the customer `source` into `target`."""
        await self._order("POST", f"customers/{source}/merge", {"into": target})

    async def open(self, customer_id: str, agent_id: str | None = None, inbox_id: str | None = None) -> str:
        """Open a conversation and return its id."""
        optional: CustomerFields = {"agentId": agent_id, "inboxId": inbox_id}
        given = {name: value for name, value in optional.items() if value is not None}
        return await self._create("conversations", {"customerId": customer_id, **given})

    async def set_status(self, conversation_id: str, status: Literal["OPEN", "WAITING", "CLOSED"]) -> None:
        """Close, reopen or let a conversation wait."""
        await self._order("POST", f"conversations/{conversation_id}/status", {"status": status})

    async def change_topics(self, conversation_id: str, add: list[str], remove: list[str]) -> None:
        """Set topics and take others off."""
        body: CustomerFields = {"add": list[JsonValue](add), "remove": list[JsonValue](remove)}
        await self._order("POST", f"conversations/{conversation_id}/topics", body)

    async def assign(self, conversation_id: str, agent_id: str | None) -> None:
        """Give a conversation to an agent, or to nobody."""
        await self._order("POST", f"conversations/{conversation_id}/assign", {"agentId": agent_id})

    async def hold_deliveries(self, *, held: bool) -> None:
        """Hold back all new webhook deliveries, or let them go."""
        await self._order("POST", "deliveries", {"held": held})

    async def _create(self, resource: str, body: JsonValue) -> str:
        return msgspec.json.decode(await self._order("POST", resource, body), type=_Resource).id

    async def _order(self, method: str, path: str, body: JsonValue) -> bytes:
        async with self._http.request(method, f"{self._base}/{path}", data=msgspec.json.encode(body)) as answer:
            content = await answer.read()
            if not answer.ok:
                raise ControlError(f"{method} {path}: {answer.status} {content.decode(errors='replace')}")
            return content
