"""The vendor's API, reading side: resources and the Events API (Gladly fact sheet)."""

from aiohttp import web

from gladly_segment.sandbox.gladly.errors import RefusedError
from gladly_segment.sandbox.gladly.events import ENTITIES
from gladly_segment.sandbox.gladly.options import GladlyOptions
from gladly_segment.sandbox.gladly.records import AgentId, ConversationId, CustomerId, TopicId
from gladly_segment.sandbox.gladly.state import Organization
from gladly_segment.sandbox.gladly.times import NS_PER_S, parse_rfc3339
from gladly_segment.sandbox.gladly.wire import json_answer

MAX_CONVERSATIONS_LISTED = 100


class RestApi:
    """Handlers below `/api/v1`."""

    def __init__(self, *, organization: Organization, options: GladlyOptions) -> None:
        self._organization = organization
        self._lag_ns = int(options.events_lag_s * NS_PER_S / options.time_factor)
        self._window_ns = int(options.events_window_s * NS_PER_S)

    def routes(self) -> list[web.RouteDef]:
        """For the application mounted at `/api/v1`."""
        return [
            web.get("/conversations/{conversation_id}", self._conversation),
            web.get("/conversations/{conversation_id}/items", self._items),
            web.get("/customers/{customer_id}/conversations", self._conversations_of_customer),
            web.get("/customer-profiles/{customer_id}", self._customer),
            web.get("/agents", self._agents),
            web.get("/agents/{agent_id}", self._agent),
            web.get("/topics", self._topics),
            web.get("/topics/{topic_id}", self._topic),
            web.get("/inboxes", self._inboxes),
            web.get("/events", self._events),
        ]

    async def _conversation(self, request: web.Request) -> web.Response:
        conversation_id = ConversationId(request.match_info["conversation_id"])
        return json_answer(self._organization.conversations.get(conversation_id))

    async def _items(self, request: web.Request) -> web.Response:
        conversation_id = ConversationId(request.match_info["conversation_id"])
        return json_answer(self._organization.conversations.items(conversation_id))

    async def _conversations_of_customer(self, request: web.Request) -> web.Response:
        customer_id = CustomerId(request.match_info["customer_id"])
        self._organization.customers.get(customer_id)
        conversations = self._organization.conversations.of_customer(customer_id)
        answer = json_answer(conversations[:MAX_CONVERSATIONS_LISTED])
        if len(conversations) > MAX_CONVERSATIONS_LISTED:
            answer.headers["Gladly-Limited-Data"] = "true"
        return answer

    async def _customer(self, request: web.Request) -> web.Response:
        return json_answer(self._organization.customers.get(CustomerId(request.match_info["customer_id"])))

    async def _agents(self, _: web.Request) -> web.Response:
        return json_answer(tuple(self._organization.agents.values()))

    async def _agent(self, request: web.Request) -> web.Response:
        agent = self._organization.agents.get(AgentId(request.match_info["agent_id"]))
        if agent is None:
            raise RefusedError.not_exist("agent")
        return json_answer(agent)

    async def _topics(self, _: web.Request) -> web.Response:
        return json_answer(tuple(self._organization.topics.values()))

    async def _topic(self, request: web.Request) -> web.Response:
        topic = self._organization.topics.get(TopicId(request.match_info["topic_id"]))
        if topic is None:
            raise RefusedError.not_exist("topic")
        return json_answer(topic)

    async def _inboxes(self, _: web.Request) -> web.Response:
        return json_answer(tuple(self._organization.inboxes.values()))

    async def _events(self, request: web.Request) -> web.Response:
        now_ns = self._organization.log.present_ns()
        start_ns = _time_parameter(request, "startAt", default_ns=None)
        end_ns = _time_parameter(request, "endAt", default_ns=now_ns)
        if start_ns < now_ns - self._window_ns:
            raise RefusedError.invalid("startAt", f"startAt must be within the last {self._window_ns // NS_PER_S} s")
        if end_ns <= start_ns:
            raise RefusedError.invalid("startAt", "endAt must occur after startAt")
        visible_ns = min(end_ns, now_ns - self._lag_ns)
        events = self._organization.log.between(start_ns, visible_ns, _entities(request))
        lines = b"".join(recorded.body + b"\n" for recorded in events)
        return web.Response(body=lines, content_type="application/x-jsonlines")


def _time_parameter(request: web.Request, name: str, *, default_ns: int | None) -> int:
    text = request.query.get(name)
    if text is None and default_ns is not None:
        return default_ns
    if not text:
        raise RefusedError.invalid(name, f"{name} cannot be blank", code="blank")
    try:
        return parse_rfc3339(text)
    except ValueError as error:
        raise RefusedError.invalid(name, f"{name} is {error}") from error


def _entities(request: web.Request) -> frozenset[str]:
    entities = frozenset(request.query.getall("entities", []))
    if not entities:
        raise RefusedError.invalid("entities", "entities cannot be blank", code="blank")
    if unknown := entities - ENTITIES:
        raise RefusedError.invalid("entities", f"unknown entities: {', '.join(sorted(unknown))}")
    return entities
