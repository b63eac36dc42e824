"""Which handler answers a request: the first whose endpoint has its method and path."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final, TypeAlias

import msgspec
from aiohttp import web

from gladly_segment.admin import answers
from gladly_segment.admin.access import Visitor
from gladly_segment.admin.answers import Refused
from gladly_segment.transport.endpoints import Endpoint

SOMEBODY: Final = "admin"


class Asked(msgspec.Struct, frozen=True):
    """A request, who sent it (None: a stranger, or it does not matter), and what its path names."""

    request: web.BaseRequest
    visitor: Visitor | None
    names: Mapping[str, str]

    @property
    def who(self) -> str:
        """Who it is, for the audit trail: the name that a proxy told, or that it was somebody with access."""
        return (self.visitor.name if self.visitor else "") or SOMEBODY


Handler: TypeAlias = Callable[[Asked], Awaitable[web.StreamResponse]]


class Route(msgspec.Struct, frozen=True):
    """What is published, and what is done there."""

    endpoint: Endpoint
    handler: Handler


class Routes:
    """All of a listener."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self._routes = [(_pattern(route.endpoint.path), route) for route in routes]

    def find(self, request: web.BaseRequest) -> tuple[Route, Mapping[str, str]]:
        """Give the route with what its path names. Raises Refused.

        The path is taken as it was sent: what a proxy before us may have read differently has no address here.
        """
        path = request.raw_path.partition("?")[0]
        there = [(route, found.groupdict()) for pattern, route in self._routes if (found := pattern.fullmatch(path))]
        if not there:
            raise Refused(answers.NOT_FOUND, 404)
        method = "GET" if request.method == "HEAD" else request.method
        for route, names in there:
            if route.endpoint.method == method:
                return route, names
        methods = {route.endpoint.method for route, _ in there}
        allowed = sorted(methods | {"HEAD"} if "GET" in methods else methods)
        raise Refused(answers.WRONG_METHOD, 405, headers={"Allow": ",".join(allowed)})


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(path)))
