"""What the settings' screen publishes."""

from typing import Annotated, Final

import msgspec

from gladly_segment.admin import answers
from gladly_segment.admin.publishing import ConfirmedForm, change, page, refused, twin
from gladly_segment.core.ids import OrganizationId
from gladly_segment.debugger.answers import CHANGED_MEANWHILE, NOT_CONFIDENTIAL, SETTINGS_ARE_YOURS
from gladly_segment.debugger.settings.page import SettingsPage
from gladly_segment.transport.endpoints import HTML, JSON, Answer, Content


class SettingsQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which organization; `changed` and `code` are told after a change."""

    organization: OrganizationId | None = None
    changed: str = ""
    code: Annotated[str, msgspec.Meta(pattern="^[A-Z0-9]{0,12}$")] = ""


class ChangeForm(ConfirmedForm, frozen=True, kw_only=True):
    """New texts of settings by their keys; a form has them as `set:KEY`. Settings that are not named stay."""

    organization: OrganizationId
    version: str
    settings: dict[str, str] = msgspec.field(default_factory=dict[str, str])
    may_change_key: bool = False


class SecretForm(ConfirmedForm, frozen=True, kw_only=True):
    """A new secret; it is given back to nobody."""

    organization: OrganizationId
    version: str
    key: str
    secret: str = ""
    unchecked: bool = False
    may_change_key: bool = False


class RenewForm(ConfirmedForm, frozen=True, kw_only=True):
    """Whose webhook."""

    organization: OrganizationId


class Begun(msgspec.Struct, frozen=True):
    """What takes its time: look at `/connect/runs/{run}.json`."""

    run: str


_NO_SUCH_ORGANIZATION: Final = refused(404, "No such organization.", answers.NO_SUCH_ORGANIZATION)
_STALE: Final = refused(
    409, "It cannot be changed here, or was changed meanwhile.", SETTINGS_ARE_YOURS, CHANGED_MEANWHILE
)
_WRONG: Final = Answer(
    status=422, meaning="Something cannot be: `wrongs` say what.", contents=(Content(JSON, SettingsPage), Content(HTML))
)
_NOT_CONFIDENTIAL: Final = refused(403, "Others could read it on its way.", NOT_CONFIDENTIAL)

SETTINGS: Final = twin(
    "/settings.json",
    "All settings with value, default, origin and meaning.",
    SettingsPage,
    _NO_SUCH_ORGANIZATION,
    query=SettingsQuery,
)
SETTINGS_PAGE: Final = page("/settings", "The settings as a page.", _NO_SUCH_ORGANIZATION, query=SettingsQuery)
CHANGE: Final = change(
    "/settings/change",
    "Change settings of an organization that was declared by command.",
    SettingsPage,
    _NO_SUCH_ORGANIZATION,
    _STALE,
    _WRONG,
    takes=ChangeForm,
)
SECRET: Final = change(
    "/settings/secret",
    "Replace a secret of an organization that was declared by command.",
    SettingsPage,
    _NOT_CONFIDENTIAL,
    _NO_SUCH_ORGANIZATION,
    _STALE,
    _WRONG,
    takes=SecretForm,
)
RENEW: Final = change(
    "/settings/webhook",
    "Give an organization's webhook new credentials.",
    Begun,
    _NO_SUCH_ORGANIZATION,
    _STALE,
    _WRONG,
    takes=RenewForm,
)
