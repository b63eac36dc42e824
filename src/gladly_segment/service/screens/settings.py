"""The settings' screen on the running service."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from gladly_segment.config import Settings
from gladly_segment.config.declared import open_settings, webhook_of
from gladly_segment.connect.wish import WEBHOOK_USERNAME, Told
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.organization import Organization, Origin
from gladly_segment.core.secret import Secret
from gladly_segment.debugger.connect.watched import RunKind
from gladly_segment.debugger.settings.watched import (
    Change,
    OrganizationView,
    Outcome,
    Rejected,
    Setting,
    WebhookLogin,
)
from gladly_segment.ports.clock import Clock
from gladly_segment.ports.registry import Declared
from gladly_segment.service.beside import FullRegistry
from gladly_segment.service.connecting.renewing import renew
from gladly_segment.service.fleet import Fleet
from gladly_segment.service.roster import Roster, SettingsSource
from gladly_segment.service.screens.changing import Changing, version_of
from gladly_segment.service.screens.runs import Runs
from gladly_segment.service.screens.settings_shown import of_file, of_registry, of_service

_ACTIONS_SHOWN: Final = 10


class SettingsRoom:
    """What the screen is given."""

    def __init__(
        self,
        fleet: Fleet,
        roster: Roster,
        source: SettingsSource | None,
        registry: FullRegistry,
        runs: Runs,
        *,
        settings: Settings,
        clock: Clock,
    ) -> None:
        """`settings` are those that the service was started with; the roster's organizations follow the file."""
        self._fleet = fleet
        self._roster = roster
        self._source = source
        self._registry = registry
        self._runs = runs
        self._settings = settings
        self._changing = Changing(registry, lambda: roster.settings, fleet.refresh, clock)

    async def service(self) -> Sequence[Setting]:
        """See the port."""
        return await asyncio.to_thread(lambda: list(of_service(self._settings, self._file)))

    async def organization(self, name: OrganizationId) -> OrganizationView | None:
        """See the port."""
        found = next((each for each in self._fleet.organizations if each.name == name), None)
        if found is None:
            return None
        settings = self._roster.settings
        feed, actions = await self._registry.feed(name), await self._registry.actions(name, _ACTIONS_SHOWN)
        declared = None
        if found.origin is Origin.FILE:
            if name not in settings.organizations:
                return None
            shown = await asyncio.to_thread(lambda: list(of_file(name, settings, self._file)))
        else:
            declared = await self._changing.declared(name)
            if declared is None:
                return None
            shown = list(of_registry(found, open_settings(declared), settings))
        return OrganizationView(
            name=name,
            is_of_file=declared is None,
            is_paused=found.paused,
            version="" if declared is None else version_of(declared),
            changed_at=None if declared is None else declared.changed_at,
            settings=tuple(shown),
            webhook=_webhook(found, _username(name, declared, settings), feed.webhook_id),
            actions=tuple(actions),
        )

    async def change(self, change: Change, typed: Mapping[str, str]) -> Outcome:
        """See the port."""
        return await self._changing.change(change, typed)

    async def replace(self, change: Change, key: str, secret: Secret, *, unchecked: bool) -> Outcome:
        """See the port."""
        return await self._changing.replace(change, key, secret, unchecked=unchecked)

    async def renew(self, name: OrganizationId, by: str) -> str | Rejected:
        """See the port."""
        settings = self._roster.settings

        async def work(tell: Callable[[Told], None]) -> Path | None:
            made = await renew(name, settings, tell, by=by)
            await self._changing.note(name, by, "webhook_renewed")
            return made

        return self._runs.begin(RunKind.RENEW, name, work)

    @property
    def _file(self) -> Path | None:
        return self._source.file if self._source is not None else None


def _username(name: OrganizationId, declared: Declared | None, settings: Settings) -> str:
    if declared is None:
        return settings.organizations[name].webhook_username or ""
    return WEBHOOK_USERNAME if webhook_of(declared).logins else ""


def _webhook(organization: Organization, username: str, id_: str | None) -> WebhookLogin:
    return WebhookLogin(
        path=f"/webhooks/{organization.name}",
        username=username,
        passwords=len(organization.webhook.logins),
        headers=tuple(sorted(organization.webhook.headers)),
        id=id_ or "",
    )
