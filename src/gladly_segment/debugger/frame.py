"""What all screens have around them: navigation, the organization that was chosen, who looks."""

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Final

import msgspec
from aiohttp import web

from gladly_segment.admin.access import How, Visitor
from gladly_segment.admin.pages import StaticFile, static_files, templates_in
from gladly_segment.admin.routes import Asked
from gladly_segment.core.ids import OrganizationId
from gladly_segment.transport.endpoints import HTML

_HERE: Final = Path(__file__).parent

STATIC: Final[Mapping[str, StaticFile]] = static_files(_HERE / "static")
"""Styles, scripts and the vendored libraries, by name."""


class Screen(StrEnum):
    """Where somebody is."""

    OVERVIEW = "overview"
    EVENTS = "events"
    COMPLETENESS = "completeness"
    DEAD = "dead"
    LAB = "lab"
    SETTINGS = "settings"
    CONNECT = "connect"


class Place(msgspec.Struct, frozen=True):
    """A way in the navigation; `key` goes there when it is pressed after a `g`."""

    screen: Screen
    path: str
    text: str
    key: str


PLACES: Final = (
    Place(Screen.OVERVIEW, "/", "Overview", "o"),
    Place(Screen.EVENTS, "/events", "Events", "e"),
    Place(Screen.COMPLETENESS, "/completeness", "Completeness", "p"),
    Place(Screen.DEAD, "/dead", "Dead letters", "d"),
    Place(Screen.LAB, "/lab", "Mapping lab", "l"),
    Place(Screen.SETTINGS, "/settings", "Settings", "s"),
    Place(Screen.CONNECT, "/connect", "Connect", "c"),
)


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """What the frame's template shows. `chosen` is None for all organizations."""

    screen: Screen
    places: Sequence[Place] = PLACES
    organizations: Sequence[OrganizationId]
    chosen: OrganizationId | None
    visitor: Visitor
    can_sign_out: bool


class Frames:
    """Puts pages into the frame."""

    def __init__(self, organizations: Callable[[], Sequence[OrganizationId]]) -> None:
        """`organizations` names all that are known just now."""
        self._organizations = organizations
        self._templates = templates_in(_HERE / "templates")

    def show(
        self,
        asked: Asked,
        page: msgspec.Struct,
        *,
        template: str,
        screen: Screen,
        chosen: OrganizationId | None = None,
        status: int = 200,
    ) -> web.Response:
        """Answer with a page; its template finds it as `page`, and the frame as `frame`."""
        visitor = asked.visitor or Visitor(How.BEARER)
        frame = Frame(
            screen=screen,
            organizations=sorted(self._organizations()),
            chosen=chosen,
            visitor=visitor,
            can_sign_out=visitor.how is How.SESSION,
        )
        text = self._templates.get_template(template).render(page=page, frame=frame)
        return web.Response(text=text, status=status, content_type=HTML)

    def text(self, page: msgspec.Struct, *, template: str) -> str:
        """Give a part of a page that is the same for everybody, without the frame."""
        return self._templates.get_template(template).render(page=page)

    def fragment(self, asked: Asked, page: msgspec.Struct, *, template: str) -> web.Response:
        """Answer with a part of a page, without the frame."""
        text = self._templates.get_template(template).render(page=page, visitor=asked.visitor or Visitor(How.BEARER))
        return web.Response(text=text, content_type=HTML)
