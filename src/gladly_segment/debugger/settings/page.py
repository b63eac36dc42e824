"""What the settings' screen shows, and its JSON twin has: never a secret."""

from collections.abc import Mapping, Sequence

import msgspec

from gladly_segment.debugger.settings.watched import Form, OrganizationView, Setting
from gladly_segment.debugger.wrong import Wrong


class SettingsPage(msgspec.Struct, frozen=True, kw_only=True):
    """Settings of the service, and of an organization where one is chosen.

    `typed` is what was refused, by key. `changed` are keys that were changed just now; `code` is that of a test event.
    """

    organization: OrganizationView | None
    service: tuple[Setting, ...]
    wrongs: tuple[Wrong, ...] = ()
    typed: Mapping[str, str] = {}
    changed: tuple[str, ...] = ()
    code: str = ""
    is_confidential: bool = True

    @property
    def open_settings(self) -> Sequence[Setting]:
        """Those of the organization that are shown."""
        return [each for each in self._settings if each.form is not Form.SECRET]

    @property
    def secrets(self) -> Sequence[Setting]:
        """Those that are not."""
        return [each for each in self._settings if each.form is Form.SECRET]

    @property
    def asks_for_key(self) -> bool:
        """Somebody has to say that events may go elsewhere."""
        return any(each.reason == "wrong_workspace" for each in self.wrongs)

    def wrong_at(self, key: str) -> Wrong | None:
        """Give what is wrong at a field."""
        return next((each for each in self.wrongs if each.field == key), None)

    def text_of(self, setting: Setting) -> str:
        """Give what stands in a field."""
        return self.typed.get(setting.key, setting.typed)

    @property
    def _settings(self) -> Sequence[Setting]:
        return self.organization.settings if self.organization is not None else ()
