"""What is done at the addresses of the settings."""

from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import urlencode

import msgspec
from aiohttp import web

from gladly_segment.admin import answers
from gladly_segment.admin.answers import Refused
from gladly_segment.admin.given import form_of, query_of, read_fields
from gladly_segment.admin.origin import is_confidential
from gladly_segment.admin.pages import see_other
from gladly_segment.admin.routes import Asked, Route
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.secret import Secret
from gladly_segment.debugger.answers import CHANGED_MEANWHILE, NOT_CONFIDENTIAL, SETTINGS_ARE_YOURS
from gladly_segment.debugger.frame import Frames, Screen
from gladly_segment.debugger.settings import endpoints
from gladly_segment.debugger.settings.page import SettingsPage
from gladly_segment.debugger.settings.watched import (
    Change,
    Changed,
    OrganizationView,
    Outcome,
    Rejected,
    Settable,
    Stale,
)
from gladly_segment.transport.answers import answer
from gladly_segment.transport.endpoints import FORM

_FIELD: Final = "set:"
_UNPROCESSABLE: Final = 422
_CONFLICT: Final = 409


class SettingsHandlers:
    """All of them."""

    def __init__(self, frames: Frames, settable: Settable) -> None:
        self._frames = frames
        self._settable = settable

    def routes(self) -> Sequence[Route]:
        """Give each with its endpoint."""
        return (
            Route(endpoints.SETTINGS, self.settings),
            Route(endpoints.SETTINGS_PAGE, self.settings_page),
            Route(endpoints.CHANGE, self.change),
            Route(endpoints.SECRET, self.secret),
            Route(endpoints.RENEW, self.renew),
        )

    async def settings(self, asked: Asked) -> web.Response:
        """Give the settings."""
        return answer(await self._read(asked))

    async def settings_page(self, asked: Asked) -> web.Response:
        """Show the settings."""
        return self._show(asked, await self._read(asked))

    async def change(self, asked: Asked) -> web.Response:
        """Change settings."""
        form = await form_of(asked.request, endpoints.ChangeForm)
        typed = {**form.settings, **await _typed(asked)}
        await self._changeable(form.organization)
        change = Change(
            organization=form.organization,
            version=form.version,
            may_change_key=form.may_change_key,
            by=asked.who,
        )
        return await self._answer(asked, change, await self._settable.change(change, typed), typed)

    async def secret(self, asked: Asked) -> web.Response:
        """Replace a secret."""
        form = await form_of(asked.request, endpoints.SecretForm)
        if not is_confidential(asked.request):
            raise Refused(NOT_CONFIDENTIAL, 403)
        await self._changeable(form.organization)
        change = Change(
            organization=form.organization,
            version=form.version,
            may_change_key=form.may_change_key,
            by=asked.who,
        )
        secret = Secret(form.secret.strip())
        outcome = await self._settable.replace(change, form.key, secret, unchecked=form.unchecked)
        return await self._answer(asked, change, outcome, {})

    async def renew(self, asked: Asked) -> web.Response:
        """Give the webhook new credentials."""
        form = await form_of(asked.request, endpoints.RenewForm)
        await self._changeable(form.organization)
        run = await self._settable.renew(form.organization, asked.who)
        if isinstance(run, Rejected):
            change = Change(organization=form.organization, version="", may_change_key=False, by=asked.who)
            return await self._answer(asked, change, run, {})
        if asked.request.content_type == FORM:
            return see_other(f"/connect/runs/{run}")
        return answer(endpoints.Begun(run))

    async def _read(self, asked: Asked) -> SettingsPage:
        query = query_of(asked.request, endpoints.SettingsQuery)
        page = await self._page(asked, query.organization)
        known = {each.key for each in page.organization.settings} if page.organization else set[str]()
        changed = tuple(key for key in query.changed.split(",") if key in known)
        return msgspec.structs.replace(page, changed=changed, code=query.code)

    async def _page(self, asked: Asked, name: OrganizationId | None) -> SettingsPage:
        return SettingsPage(
            organization=await self._found(name) if name else None,
            service=tuple(await self._settable.service()),
            is_confidential=is_confidential(asked.request),
        )

    async def _answer(self, asked: Asked, change: Change, outcome: Outcome, typed: Mapping[str, str]) -> web.Response:
        is_form = asked.request.content_type == FORM
        match outcome:
            case Changed(keys, code):
                if is_form:
                    told = {"organization": change.organization, "changed": ",".join(keys), "code": code}
                    return see_other(f"/settings?{urlencode({key: each for key, each in told.items() if each})}")
                page = await self._page(asked, change.organization)
                return answer(msgspec.structs.replace(page, changed=keys, code=code))
            case Rejected(wrongs):
                page = await self._page(asked, change.organization)
                page = msgspec.structs.replace(page, wrongs=wrongs, typed=typed)
                return self._show(asked, page, _UNPROCESSABLE) if is_form else answer(page, _UNPROCESSABLE)
            case Stale():
                raise Refused(CHANGED_MEANWHILE, _CONFLICT)

    def _show(self, asked: Asked, page: SettingsPage, status: int = 200) -> web.Response:
        chosen = page.organization.name if page.organization else None
        return self._frames.show(
            asked, page, template="settings.html", screen=Screen.SETTINGS, chosen=chosen, status=status
        )

    async def _changeable(self, name: OrganizationId) -> None:
        if (await self._found(name)).is_of_file:
            raise Refused(SETTINGS_ARE_YOURS, _CONFLICT)

    async def _found(self, name: OrganizationId) -> OrganizationView:
        found = await self._settable.organization(name)
        if found is None:
            raise Refused(answers.NO_SUCH_ORGANIZATION, 404)
        return found


async def _typed(asked: Asked) -> Mapping[str, str]:
    fields = await read_fields(asked.request)
    return {name.removeprefix(_FIELD): texts[-1] for name, texts in fields.items() if name.startswith(_FIELD)}
