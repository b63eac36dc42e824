"""Who is let in: whoever shows the token, is signed in, or was signed in by a trusted proxy."""

import hashlib
import hmac
import math
import secrets
from enum import StrEnum
from typing import Final

import msgspec
import structlog
from aiohttp import web

from gladly_segment.admin import answers
from gladly_segment.admin.answers import Refused
from gladly_segment.admin.origin import SITE_HEADER, is_from_own_page, is_loopback_host, scheme_of
from gladly_segment.admin.sessions import LIFETIME_S, Session, Sessions
from gladly_segment.core.callers import Network
from gladly_segment.core.credentials import SALT_BYTES, salted
from gladly_segment.core.secret import Secret
from gladly_segment.core.throttle import Failures
from gladly_segment.ports.clock import Clock
from gladly_segment.transport.connection import caller, is_through_proxy

COOKIE: Final = "gladly_segment_session"
CHALLENGE: Final = {"WWW-Authenticate": 'Bearer realm="gladly-segment admin"'}
FORM_TOKEN_FIELD: Final = "form_token"  # noqa: S105 - its name
FORM_TOKEN_HEADER: Final = "X-Form-Token"  # noqa: S105 - its name

MOST_WRONG: Final = 5
"""So many wrong tokens at once; then one more for every `FORGIVEN_AFTER_S`."""

FORGIVEN_AFTER_S: Final = 30.0

_CALLERS_REMEMBERED: Final = 10_000


class AccessRules(msgspec.Struct, frozen=True, kw_only=True):
    """What lets in. Without token and header the listener is on loopback, and whoever reaches it is let in."""

    token: Secret | None = None
    trusted_user_header: str | None = None
    trusted_proxies: tuple[Network, ...] = ()

    @property
    def open_on_loopback(self) -> bool:
        """Nobody has to prove anything."""
        return self.token is None and self.trusted_user_header is None


class How(StrEnum):
    """What let somebody in."""

    BEARER = "bearer"
    SESSION = "session"
    PROXY = "proxy"
    LOOPBACK = "loopback"


class Visitor(msgspec.Struct, frozen=True):
    """Who was let in; `name` is there when a proxy told it.

    `form_token` must come back with everything that changes something; a bearer token, which no browser adds by
    itself, needs none.
    """

    how: How
    name: str = ""
    form_token: str | None = None


class Access:
    """Decides about requests. Every method raises Refused."""

    def __init__(self, rules: AccessRules, clock: Clock) -> None:
        self.rules = rules
        self._digest = salted(rules.token.reveal(), secrets.token_bytes(SALT_BYTES)) if rules.token else None
        self._key = secrets.token_bytes(32)
        self._clock = clock
        self._sessions = Sessions(clock)
        self._wrong = Failures(1 / FORGIVEN_AFTER_S, MOST_WRONG, _CALLERS_REMEMBERED)
        self._log: structlog.typing.FilteringBoundLogger = structlog.get_logger()

    def check_host(self, request: web.BaseRequest) -> None:
        """Refuse a page whose name was rebound to this machine's loopback address."""
        if self.rules.open_on_loopback:
            hosts = request.headers.getall("Host", ())
            if len(hosts) != 1 or not is_loopback_host(hosts[0]):
                raise Refused(answers.WRONG_HOST, 421)

    def visitor(self, request: web.BaseRequest) -> Visitor | None:
        """Tell who it is, or None for a stranger."""
        name = self._name_from_proxy(request)
        if name:
            return Visitor(How.PROXY, name, self._form_token_of(name))
        if self.rules.open_on_loopback:
            return Visitor(How.LOOPBACK, "", self._form_token_of(""))
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            self._check_token(request, token.strip())
            return Visitor(How.BEARER)
        session = self._sessions.find(request.cookies.get(COOKIE, ""))
        return Visitor(How.SESSION, "", session.form_token) if session is not None else None

    def check_change(self, request: web.BaseRequest, visitor: Visitor, form_token: str) -> None:
        """Refuse what another site made a browser send."""
        if visitor.form_token is None:
            return
        self.check_origin(request)
        if not hmac.compare_digest(_bytes(form_token), _bytes(visitor.form_token)):
            raise Refused(answers.NO_FORM_TOKEN, 403)

    def check_origin(self, request: web.BaseRequest) -> None:
        """Refuse what does not come from a page of this service."""
        if not is_from_own_page(request):
            raise Refused(answers.NOT_FROM_HERE, 403)

    def sign_in(self, request: web.BaseRequest, token: str) -> Session:
        """Begin a session for whoever knows the token."""
        self._check_token(request, token)
        return self._sessions.open()

    def sign_out(self, request: web.BaseRequest) -> None:
        """End the session, if there is one."""
        self._sessions.end(request.cookies.get(COOKIE, ""))

    def put_cookie(self, request: web.BaseRequest, response: web.Response, session: Session | None) -> None:
        """Give the browser its session, or take it away."""
        response.set_cookie(
            COOKIE,
            session.key if session else "",
            max_age=LIFETIME_S if session else 0,
            path="/",
            httponly=True,
            samesite="Strict",
            secure=scheme_of(request) == "https",
        )

    def _check_token(self, request: web.BaseRequest, token: str) -> None:
        now = self._clock.monotonic()
        wait_s = math.ceil(self._wrong.lacking_s(caller(request), now))
        if wait_s:
            # The right token is not let in either: otherwise guessing would go on as before.
            raise Refused(answers.TOO_MANY_ATTEMPTS, 429, {"Retry-After": str(wait_s)})
        if self._digest is None or not self._digest.matches(token):
            self._wrong.wait_s(caller(request), now)
            self._log.warning("wrong_admin_token")
            raise Refused(answers.WRONG_TOKEN, 401, CHALLENGE)

    def _name_from_proxy(self, request: web.BaseRequest) -> str:
        """Give the name that a trusted proxy tells; of a browser that reached it over https.

        A page rebound to this address can set any header but Sec-Fetch-Site, and gets none from its browser.
        """
        header = self.rules.trusted_user_header
        if header is None or SITE_HEADER not in request.headers or not is_through_proxy(request):
            return ""
        names = request.headers.getall(header, ())
        return names[0].strip() if len(names) == 1 else ""

    def _form_token_of(self, name: str) -> str:
        return hmac.new(self._key, _bytes(name), hashlib.sha256).hexdigest()


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
