"""The pages, from templates that hold no script and no style."""

from pathlib import Path
from typing import Final

import jinja2
import msgspec
from aiohttp import web

from gladly_segment import __version__
from gladly_segment.admin.access import FORM_TOKEN_FIELD, Visitor
from gladly_segment.admin.answers import Refused
from gladly_segment.admin.overview import FIGURES, Figure, ServiceStatus
from gladly_segment.transport.answers import Problem, refuse
from gladly_segment.transport.endpoints import HTML

_HERE: Final = Path(__file__).parent
_MEDIA_TYPES: Final = {".css": "text/css"}

STATIC_FILES: Final = {
    file.name: (file.read_bytes(), _MEDIA_TYPES[file.suffix]) for file in sorted((_HERE / "static").iterdir())
}
"""What `/static/` gives: content and media type by name."""

_templates: Final = jinja2.Environment(
    loader=jinja2.FileSystemLoader(_HERE / "templates"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_KNOWN_EVERYWHERE: Final = {"version": __version__, "form_token_field": FORM_TOKEN_FIELD}


class OverviewPage(msgspec.Struct, frozen=True, kw_only=True):
    """What the overview shows; `can_sign_out` is a session's."""

    visitor: Visitor
    status: ServiceStatus
    figures: tuple[Figure, ...] = FIGURES
    can_sign_out: bool

    @property
    def nothing_received(self) -> bool:
        """No event is in the journal."""
        return not any(each.received for each in self.status.organizations)


class LoginPage(msgspec.Struct, frozen=True):
    """The login form, with what was wrong with the last try."""

    problem: Problem | None = None


class ProblemPage(msgspec.Struct, frozen=True):
    """A refusal as a page."""

    problem: Problem
    status: int


def show(page: OverviewPage | LoginPage | ProblemPage, status: int = 200) -> web.Response:
    """Answer with a page; its template is named after it."""
    template = _templates.get_template(f"{type(page).__name__.removesuffix('Page').lower()}.html")
    return web.Response(text=template.render(page=page, **_KNOWN_EVERYWHERE), status=status, content_type=HTML)


def wants_page(request: web.BaseRequest) -> bool:
    """Tell whether it is a person who asks."""
    return HTML in request.headers.get("Accept", "")


def refusal(request: web.BaseRequest, refused: Refused) -> web.Response:
    """Answer with a problem, in the form that the caller reads."""
    if wants_page(request):
        response = show(ProblemPage(refused.problem, refused.status), refused.status)
    else:
        response = refuse(refused.problem, refused.status)
    response.headers.update(refused.headers)
    return response
