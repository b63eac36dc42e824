"""What was given to be connected with, over what is known from before."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from gladly_segment.config import Settings
from gladly_segment.config.declared import organization_of
from gladly_segment.core.credentials import WebhookCredentials
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.organization import Organization
from gladly_segment.core.secret import Secret

NEEDED: Final = ("gladly_user", "gladly_token", "segment_write_key", "segment_region")
"""What nobody can be connected without."""


class Given(msgspec.Struct, frozen=True):
    """Settings of the organization by their keys: those that were given, over those that are known from before."""

    settings: Mapping[str, str | Secret]
    known: Mapping[str, Any] = {}

    def has(self, key: str) -> bool:
        """Tell whether a setting is there; a host of one's own needs no region."""
        there = self.settings.keys() | self.known.keys()
        return key in there or (key == "segment_region" and "segment_host" in there)

    def over(self, known: Mapping[str, Any]) -> "Given":
        """Put what was given over what is known."""
        return Given(self.settings, known)

    def but(self, **more: str | Secret) -> "Given":
        """Put other values in their place."""
        return Given({**self.settings, **more}, self.known)

    def all(self) -> Mapping[str, Any]:
        """Give the settings as `declare` takes them."""
        revealed = {key: value.reveal() if isinstance(value, Secret) else value for key, value in self.settings.items()}
        return {**self.known, **revealed}

    def wished(self, organization: OrganizationId, service: Settings) -> Organization:
        """Give the organization that they make. Raises SettingsError."""
        return organization_of(organization, self.all(), WebhookCredentials(), service)
