"""The control API: what a scenario plays, and the ledger it is judged by. No token, no request limit."""

from typing import Annotated

from aiohttp import web
from msgspec import UNSET, Meta, UnsetType
from msgspec.structs import replace

from gladly_segment.sandbox.gladly.delivery import DeliveryEngine
from gladly_segment.sandbox.gladly.errors import RefusedError
from gladly_segment.sandbox.gladly.ledger import Ledger, LedgerView
from gladly_segment.sandbox.gladly.records import (
    AgentId,
    ConversationAttribute,
    ConversationId,
    ConversationStatus,
    CustomerFields,
    CustomerId,
    InboxId,
    Record,
    TopicId,
)
from gladly_segment.sandbox.gladly.state import Organization
from gladly_segment.sandbox.gladly.wire import json_answer, read_body

DEFAULT_IDLE_TIMEOUT_S = 30.0


class _Order(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a scenario asks for; a misspelt field is refused."""


class NewAgent(_Order, frozen=True, kw_only=True):
    """Body of `POST /control/agents`."""

    name: str
    email_address: str


class NewTopic(_Order, frozen=True, kw_only=True):
    """Body of `POST /control/topics`."""

    name: str
    parent_id: TopicId | UnsetType = UNSET


class NewInbox(_Order, frozen=True, kw_only=True):
    """Body of `POST /control/inboxes`."""

    name: str


class MergeOrder(_Order, frozen=True, kw_only=True):
    """Body of `POST /control/customers/{id}/merge`."""

    into: CustomerId


class NewConversation(_Order, frozen=True, kw_only=True):
    """Body of `POST /control/conversations`. The agent need not be in the list: agents leave."""

    customer_id: CustomerId
    agent_id: AgentId | UnsetType = UNSET
    inbox_id: InboxId | UnsetType = UNSET
    custom_attributes: tuple[ConversationAttribute, ...] = ()


class StatusOrder(_Order, frozen=True, kw_only=True):
    """Body of `POST /control/conversations/{id}/status`."""

    status: ConversationStatus


class TopicsOrder(_Order, frozen=True, kw_only=True):
    """Body of `POST /control/conversations/{id}/topics`."""

    add: tuple[TopicId, ...] = ()
    remove: tuple[TopicId, ...] = ()


class AssignOrder(_Order, frozen=True, kw_only=True):
    """Body of `POST /control/conversations/{id}/assign`; null: to nobody."""

    agent_id: AgentId | None


class DeliveryOrder(_Order, frozen=True, kw_only=True, rename=None):
    """Body of `POST /control/deliveries`; what is left out stays as it is."""

    held: bool | UnsetType = UNSET
    duplicate_share: Annotated[float, Meta(ge=0, le=1)] | UnsetType = UNSET
    lose_share: Annotated[float, Meta(ge=0, le=1)] | UnsetType = UNSET
    shuffle_within_s: Annotated[float, Meta(ge=0)] | UnsetType = UNSET


class ControlApi:
    """Handlers below `/control`."""

    def __init__(self, *, organization: Organization, engine: DeliveryEngine, ledger: Ledger) -> None:
        self._organization = organization
        self._engine = engine
        self._ledger = ledger

    def routes(self) -> list[web.RouteDef]:
        """For the whole application."""
        return [
            web.post("/control/agents", self._add_agent),
            web.post("/control/topics", self._add_topic),
            web.post("/control/inboxes", self._add_inbox),
            web.post("/control/customers", self._create_customer),
            web.patch("/control/customers/{customer_id}", self._update_customer),
            web.delete("/control/customers/{customer_id}", self._delete_customer),
            web.post("/control/customers/{customer_id}/merge", self._merge_customer),
            web.post("/control/conversations", self._create_conversation),
            web.post("/control/conversations/{conversation_id}/status", self._set_status),
            web.post("/control/conversations/{conversation_id}/topics", self._change_topics),
            web.post("/control/conversations/{conversation_id}/assign", self._assign),
            web.post("/control/deliveries", self._configure_deliveries),
            web.get("/control/idle", self._wait_idle),
            web.get("/control/ledger", self._show_ledger),
        ]

    async def _add_agent(self, request: web.Request) -> web.Response:
        new = await read_body(request, NewAgent)
        return json_answer(self._organization.add_agent(new.name, new.email_address), status=201)

    async def _add_topic(self, request: web.Request) -> web.Response:
        new = await read_body(request, NewTopic)
        return json_answer(self._organization.add_topic(new.name, new.parent_id), status=201)

    async def _add_inbox(self, request: web.Request) -> web.Response:
        new = await read_body(request, NewInbox)
        return json_answer(self._organization.add_inbox(new.name), status=201)

    async def _create_customer(self, request: web.Request) -> web.Response:
        fields = await read_body(request, CustomerFields)
        return json_answer(self._organization.customers.create(fields), status=201)

    async def _update_customer(self, request: web.Request) -> web.Response:
        fields = await read_body(request, CustomerFields)
        return json_answer(self._organization.customers.update(_customer_id(request), fields))

    async def _delete_customer(self, request: web.Request) -> web.Response:
        force = request.query.get("force") == "true"
        self._organization.customers.delete(_customer_id(request), force=force)
        return web.Response(status=204)

    async def _merge_customer(self, request: web.Request) -> web.Response:
        order = await read_body(request, MergeOrder)
        return json_answer(self._organization.customers.merge(_customer_id(request), order.into))

    async def _create_conversation(self, request: web.Request) -> web.Response:
        new = await read_body(request, NewConversation)
        customer = self._organization.customers.get(new.customer_id)
        inbox_id = self._organization.default_inbox.id if new.inbox_id is UNSET else new.inbox_id
        conversation = self._organization.conversations.create(
            customer.id, inbox_id, new.agent_id, new.custom_attributes
        )
        return json_answer(conversation, status=201)

    async def _set_status(self, request: web.Request) -> web.Response:
        order = await read_body(request, StatusOrder)
        conversations = self._organization.conversations
        return json_answer(conversations.set_status(_conversation_id(request), order.status))

    async def _change_topics(self, request: web.Request) -> web.Response:
        order = await read_body(request, TopicsOrder)
        conversations = self._organization.conversations
        return json_answer(conversations.change_topics(_conversation_id(request), order.add, order.remove))

    async def _assign(self, request: web.Request) -> web.Response:
        order = await read_body(request, AssignOrder)
        agent_id = UNSET if order.agent_id is None else order.agent_id
        return json_answer(self._organization.conversations.assign(_conversation_id(request), agent_id))

    async def _configure_deliveries(self, request: web.Request) -> web.Response:
        order = await read_body(request, DeliveryOrder)
        self._engine.configure(replace(self._engine.settings, **order.given()))
        return json_answer(self._engine.settings)

    async def _wait_idle(self, request: web.Request) -> web.Response:
        return json_answer({"idle": await self._engine.wait_idle(_timeout_s(request))})

    async def _show_ledger(self, _: web.Request) -> web.Response:
        view = LedgerView(
            occurrences=tuple(self._ledger.occurrences),
            deliveries=tuple(self._ledger.deliveries),
            dropped=tuple(self._ledger.dropped),
            events=self._organization.log.all(),
            deletions=tuple(self._ledger.deletions),
            merges=tuple(self._ledger.merges),
            requests=tuple(self._ledger.requests),
            request_totals=self._ledger.request_totals(),
            customers=self._organization.customers.all(),
            conversations=self._organization.conversations.all(),
            seeded=self._organization.conversations.seeded_and_changed(),
            agents=tuple(self._organization.agents.values()),
        )
        return json_answer(view)


def _customer_id(request: web.Request) -> CustomerId:
    return CustomerId(request.match_info["customer_id"])


def _conversation_id(request: web.Request) -> ConversationId:
    return ConversationId(request.match_info["conversation_id"])


def _timeout_s(request: web.Request) -> float:
    text = request.query.get("timeout_s", str(DEFAULT_IDLE_TIMEOUT_S))
    try:
        return float(text)
    except ValueError as error:
        raise RefusedError.invalid("timeout_s", "timeout_s must be a number of seconds") from error
