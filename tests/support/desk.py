"""The admin listener on a real socket, and somebody who asks it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from ipaddress import ip_network
from typing import Any

import aiohttp
import msgspec
from multidict import CIMultiDictProxy
from yarl import URL

from gladly_segment.admin import AccessRules, Admin, Shown
from gladly_segment.core.errors import JournalUnavailableError
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.secret import Secret

TOKEN = "canary-admin-token-of-the-test"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
SHOP = OrganizationId("shop")
OTHER_SHOP = OrganizationId("other-shop")
USER_HEADER = "X-Forwarded-Email"
LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
FROM_PAGE = {"Sec-Fetch-Site": "same-origin"}
"""What a browser adds to what one of our own pages sends."""

OF_TOKEN = AccessRules(token=Secret(TOKEN), trusted_proxies=LOOPBACK)
OF_PROXY = AccessRules(trusted_user_header=USER_HEADER, trusted_proxies=LOOPBACK)
OPEN = AccessRules(trusted_proxies=LOOPBACK)


class Answer(msgspec.Struct):
    status: int
    headers: CIMultiDictProxy[str]
    text: str

    @property
    def json(self) -> Any:
        assert self.headers["Content-Type"].startswith("application/json")
        return msgspec.json.decode(self.text)

    @property
    def code(self) -> str:
        return self.json["error"]["code"]

    @property
    def location(self) -> str:
        assert self.status == 303
        return self.headers["Location"]

    @property
    def session(self) -> dict[str, str]:
        """The cookie that was set, as a browser sends it back."""
        return {"Cookie": self.headers["Set-Cookie"].partition(";")[0]}

    @property
    def form_token(self) -> str:
        """What the page's forms hold."""
        return self.text.partition('name="form_token" value="')[2].partition('"')[0]


class WatchedService:
    """The port of what is watched, with whatever a test makes of it."""

    def __init__(self) -> None:
        self.shown = [Shown(SHOP, paused=False), Shown(OTHER_SHOP, paused=True)]
        self.by = ""
        self.works = True
        self.broken = False

    def organizations(self) -> Sequence[Shown]:
        return self.shown

    async def metrics(self) -> tuple[bytes, str]:
        await self.probe()
        return b"gladly_segment_journal_bytes 5\n", "text/plain; version=0.0.4; charset=utf-8"

    async def probe(self) -> None:
        if self.broken:
            raise ZeroDivisionError("canary-detail")
        if not self.works:
            raise JournalUnavailableError("the disk is full")

    async def pause(self, name: OrganizationId, *, paused: bool, by: str) -> None:
        await self.probe()
        self.by = by
        self.shown = [Shown(each.name, paused) if each.name == name else each for each in self.shown]

    @property
    def paused(self) -> set[str]:
        return {each.name for each in self.shown if each.paused}


class Desk:
    """The admin listener on a real socket."""

    def __init__(self, admin: Admin, url: str, http: aiohttp.ClientSession) -> None:
        self.admin = admin
        self.url = url
        self._http = http

    async def ask(
        self, method: str, path: str | URL, headers: Mapping[str, str] | None = None, **request: Any
    ) -> Answer:
        """Ask; the path of a URL is sent as it stands."""
        url = path if isinstance(path, URL) else self.url + path
        asking = self._http.request(method, url, headers=headers, allow_redirects=False, **request)
        async with asking as response:
            return Answer(response.status, response.headers, await response.text())

    async def get(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        return await self.ask("GET", path, headers)

    async def post(self, path: str, headers: Mapping[str, str] | None = None, **form: str) -> Answer:
        return await self.ask("POST", path, headers, data=form)

    async def sign_in(self, token: str = TOKEN, headers: Mapping[str, str] | None = None) -> Answer:
        return await self.post("/login", {**FROM_PAGE, **(headers or {})}, token=token)


Open = Callable[[AccessRules], Awaitable[Desk]]
