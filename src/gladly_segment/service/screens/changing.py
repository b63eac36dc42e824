"""Changing an organization that was declared by command: compare and set, held to the same rules as the file."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final, cast

from gladly_segment.config import Settings
from gladly_segment.config.declared import all_settings, faults_of, redeclare
from gladly_segment.connect.looking import look_at_workspace
from gladly_segment.connect.workspace import OtherKey, OtherPlace, bind_anew, key_use
from gladly_segment.core.errors import (
    GladlySegmentError,
    JournalUnavailableError,
    SettingsError,
    WrongWorkspaceError,
)
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.secret import Secret
from gladly_segment.debugger.settings.watched import Change, Changed, Form, Outcome, Rejected, Stale
from gladly_segment.debugger.wrong import Wrong, wrong_of
from gladly_segment.ports.clock import Clock
from gladly_segment.ports.registry import Action, Declared
from gladly_segment.service.beside import FullRegistry
from gladly_segment.service.connecting.checks import see_gladly, see_source, send_test
from gladly_segment.service.connecting.declaration import Before
from gladly_segment.service.connecting.given import Given
from gladly_segment.service.connecting.turns import alone
from gladly_segment.service.screens.settings_shown import editable, form_of
from gladly_segment.service.vault import open_vault

_NAME_AT: Final = 1
_TOKEN, _WRITE_KEY = "gladly_token", "segment_write_key"
_PLACE: Final = ("environment", "segment_region", "segment_host")
"""What tells, beside the write key, where events go."""


class Changing:
    """Changes them, and notes who did; values of secrets are noted nowhere."""

    def __init__(
        self,
        registry: FullRegistry,
        settings: Callable[[], Settings],
        follow: Callable[[], Awaitable[None]],
        clock: Clock,
    ) -> None:
        """`follow` has the service go by what was changed."""
        self._registry = registry
        self._settings = settings
        self._follow = follow
        self._clock = clock

    async def declared(self, name: OrganizationId) -> Declared | None:
        """Give one as it is declared just now."""
        return next((each for each in await self._registry.declared() if each.name == name), None)

    async def change(self, change: Change, typed: Mapping[str, str]) -> Outcome:
        """See the port of the screen."""
        unknown = [key for key in typed if (found := editable(key)) is None or found.is_secret]
        if unknown:
            return Rejected(tuple(_unknown(key) for key in unknown))

        return await self.put(change, {key: _value(key, text) for key, text in typed.items()}, what="settings_changed")

    async def put(self, change: Change, values: Mapping[str, object], *, what: str) -> Outcome:
        """Put values, by their dotted keys, in the place of what is there; None takes one out. `what` is noted."""

        async def wished(before: Mapping[str, Any]) -> Mapping[str, Any]:
            return _with(before, values)

        return await self._guarded(change, wished, what=what)

    async def replace(self, change: Change, key: str, secret: Secret, *, unchecked: bool) -> Outcome:
        """See the port of the screen."""
        found = editable(key)
        if found is None or not found.is_secret:
            return Rejected((_unknown(key),))
        code = ""

        async def wished(before: Mapping[str, Any]) -> Mapping[str, Any]:
            nonlocal code
            after = _with(before, {key: secret.reveal() or None})
            if not unchecked and not faults_of(change.organization, after):
                code = await self._tried(change, key, after)
            return after

        outcome = await self._guarded(change, wished, what="secret_replaced", field=key)
        return Changed(outcome.keys, code) if isinstance(outcome, Changed) else outcome

    async def note(self, name: OrganizationId, by: str, what: str, detail: str = "") -> None:
        """Note who changed what."""
        action = Action(at=self._clock.now(), organization=name, by=by, what=what, detail=detail)
        await self._registry.note_action(action)

    async def _guarded(
        self,
        change: Change,
        wished: Callable[[Mapping[str, Any]], Awaitable[Mapping[str, Any]]],
        *,
        what: str,
        field: str = "",
    ) -> Outcome:
        try:
            with alone(self._settings().data_dir, change.organization):
                return await self._change(change, wished, what)
        except JournalUnavailableError:
            raise
        except GladlySegmentError as error:
            return Rejected((wrong_of(error, field or _field_of(error)),))

    async def _change(
        self, change: Change, wished: Callable[[Mapping[str, Any]], Awaitable[Mapping[str, Any]]], what: str
    ) -> Outcome:
        declared = await self.declared(change.organization)
        if declared is None or version_of(declared) != change.version:
            return Stale()
        vault = await asyncio.to_thread(open_vault, self._settings())
        before = all_settings(declared, vault)
        after = await wished(before)
        if faults := faults_of(change.organization, after):
            return Rejected(tuple(_wrong(fault) for fault in faults))
        changed = redeclare(declared, after, vault, self._clock.now())
        keys = tuple(_different(before, all_settings(changed, vault)))
        if not keys:
            return Changed(())
        bound = await self._bound(change, before, after)
        if not await self._registry.redeclare(changed, was=declared):
            if isinstance(bound, OtherKey | OtherPlace):
                await self._registry.bind(bound.binding)
            return Stale()
        await self.note(change.organization, change.by, what, ", ".join(keys))
        await self._follow()
        return Changed(keys)

    async def _bound(self, change: Change, before: Mapping[str, Any], after: Mapping[str, Any]) -> object:
        """Bind the write key to where it is to be used, which the service holds everybody to."""
        name, settings = change.organization, self._settings()
        former, wished = (Given({}, each).wished(name, settings).segment for each in (before, after))
        if former == wished:
            return None
        use = key_use(name, wished)
        look_at_workspace(await self._registry.bindings(), use, may_change=change.may_change_key)
        return await bind_anew(self._registry, use, self._clock.now(), by=change.by)

    async def _tried(self, change: Change, key: str, after: Mapping[str, Any]) -> str:
        """Ask the vendor that a secret is shown to; give the code of a test event, if one was sent."""
        name, settings, given = change.organization, self._settings(), Given({}, after)
        if key == _TOKEN:
            await see_gladly(name, given, settings)
        elif key == _WRITE_KEY:
            before = Before(bindings=await self._registry.bindings())
            seen = see_source(name, given, before, settings, may_change=change.may_change_key)
            return await send_test(name, seen.wished.segment)
        return ""


def version_of(declared: Declared) -> str:
    """Give what is other once somebody changed it."""
    changed_at = declared.changed_at.isoformat().encode()
    return hashlib.sha256(changed_at + b"\x00" + declared.document).hexdigest()


def _value(key: str, text: str) -> object:
    """Read a setting as it was typed; None for the default. What it may be is the models' to say."""
    text, found = text.strip(), editable(key)
    if not text or found is None:
        return None
    if form_of(found) is not Form.NAMES:
        return text
    return [] if text == "[]" else [each.strip() for each in text.replace("\n", ",").split(",") if each.strip()]


def _with(settings: Mapping[str, Any], values: Mapping[str, object]) -> Mapping[str, Any]:
    """Put values, by their dotted keys, in the place of what is there; None takes one out."""
    tables: dict[str, Any] = {
        key: dict(cast("Mapping[str, Any]", each)) if isinstance(each, Mapping) else each
        for key, each in settings.items()
    }
    for key, value in values.items():
        *path, last = key.split(".")
        table = tables.setdefault(path[0], {}) if path else tables
        if value is None:
            table.pop(last, None)
        else:
            table[last] = value
    return {key: each for key, each in tables.items() if each != {}}


def _different(before: Mapping[str, Any], after: Mapping[str, Any], prefix: str = "") -> Sequence[str]:
    found: list[str] = []
    for key in sorted(before.keys() | after.keys()):
        one, other = before.get(key), after.get(key)
        if isinstance(one, Mapping) or isinstance(other, Mapping):
            tables = [cast("Mapping[str, Any]", before.get(key) or {}), cast("Mapping[str, Any]", after.get(key) or {})]
            found += _different(*tables, prefix=f"{prefix}{key}.")
        elif one != other:
            found.append(f"{prefix}{key}")
    return found


def _wrong(fault: SettingsError) -> Wrong:
    # Where it is set in a file is no matter here.
    return Wrong(reason=fault.code, message=fault.message, hint="", field=".".join(fault.key[_NAME_AT + 1 :]))


def _unknown(key: str) -> Wrong:
    return Wrong(reason="settings", message=f"the setting {key} cannot be changed here", hint="", field="")


def _field_of(error: GladlySegmentError) -> str:
    return _PLACE[0] if isinstance(error, WrongWorkspaceError) else ""
