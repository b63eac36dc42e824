"""The pages, from templates that hold no script and no style."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final, cast

import jinja2
import msgspec
from aiohttp import web

from gladly_segment import __version__
from gladly_segment.admin.access import FORM_TOKEN_FIELD
from gladly_segment.admin.answers import Refused
from gladly_segment.transport.answers import Problem, refuse
from gladly_segment.transport.endpoints import HTML

_HERE: Final = Path(__file__).parent
TEMPLATES: Final = _HERE / "templates"
"""What the templates behind the door build on."""

MEDIA_TYPES: Final = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".txt": "text/plain"}


class StaticFile(msgspec.Struct, frozen=True):
    """What a page is made of."""

    content: bytes
    media_type: str


def static_files(folder: Path) -> Mapping[str, StaticFile]:
    """Read a folder, and those in it, by the names of the files alone."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {file.name: StaticFile(file.read_bytes(), MEDIA_TYPES[file.suffix]) for file in files}


def templates_in(*folders: Path) -> jinja2.Environment:
    """Make pages from the templates of these folders, and from those of the door."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader([*folders, TEMPLATES]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    known = cast("dict[str, object]", made.globals)
    known.update(version=__version__, form_token_field=FORM_TOKEN_FIELD)
    return made


STATIC_FILES: Final = static_files(_HERE / "static")
_templates: Final = templates_in()


class LoginPage(msgspec.Struct, frozen=True):
    """The login form, with what was wrong with the last try."""

    problem: Problem | None = None


class ProblemPage(msgspec.Struct, frozen=True):
    """A refusal as a page."""

    problem: Problem
    status: int


def show(page: LoginPage | ProblemPage, status: int = 200) -> web.Response:
    """Answer with a page; its template is named after it."""
    template = _templates.get_template(f"{type(page).__name__.removesuffix('Page').lower()}.html")
    return web.Response(text=template.render(page=page), status=status, content_type=HTML)


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


def see_other(path: str) -> web.Response:
    """Send a browser on."""
    return web.Response(status=303, headers={"Location": path})
