"""Organizations as the service runs them: from the settings, or from the registry with its sealed secrets."""

import os
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from pydantic import SecretStr, ValidationError

from gladly_segment.config.explain import explain_each, explain_organization, no_organization_name
from gladly_segment.config.organization import (
    MIRROR_SECRET,
    SECRETS,
    AnyOrganizationSettings,
    OrganizationSettings,
)
from gladly_segment.config.settings import Settings
from gladly_segment.config.values import ORGANIZATION_NAME
from gladly_segment.core.credentials import SALT_BYTES, WebhookCredentials, webhook_credentials
from gladly_segment.core.errors import SettingsError
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.organization import (
    GladlyAccess,
    Limits,
    Organization,
    Origin,
    Retention,
    SegmentAccess,
)
from gladly_segment.core.secret import Secret
from gladly_segment.ports.registry import Declared
from gladly_segment.ports.vault import Vault

_SALT: Final = os.urandom(SALT_BYTES)
"""One for the process: the digests of unchanged settings stay equal, and nobody else ever sees them."""


_HASH_KEY: Final = "privacy.hash_key"
_WEBHOOK: Final = "webhook_"
_SEALED_FIELDS: Final[dict[str, Any]] = {
    **dict.fromkeys((*SECRETS, MIRROR_SECRET), True),
    "privacy": {"hash_key": True},
}


class _Document(msgspec.Struct, frozen=True):
    settings: dict[str, Any]
    webhook: WebhookCredentials


def from_settings(name: OrganizationId, found: OrganizationSettings, service: Settings) -> Organization:
    """Give an organization of the settings file or the environment."""
    return _organization(name, Origin.FILE, found, _credentials(found, lambda: _SALT), service)


def declare(
    name: OrganizationId,
    settings: Mapping[str, Any],
    webhook: WebhookCredentials,
    vault: Vault,
    now: datetime,
) -> Declared:
    """Make what the registry keeps of an organization: `settings` are those of `AnyOrganizationSettings`, secrets too.

    Secrets are sealed, of webhook credentials there are only digests. Raises SettingsError.
    """
    if not ORGANIZATION_NAME.fullmatch(name):
        raise no_organization_name(name)
    found = _validated(name, settings)
    document = _Document(found.model_dump(mode="json", exclude_unset=True, exclude=_SEALED_FIELDS), webhook)
    secrets = {SECRETS[0]: _secret(found.gladly_token), SECRETS[1]: _secret(found.segment_write_key)}
    if found.mirror_secret is not None:
        secrets[MIRROR_SECRET] = _secret(found.mirror_secret)
    if found.privacy.hash_key is not None:
        secrets[_HASH_KEY] = _secret(found.privacy.hash_key)
    sealed = vault.seal(secrets, context=name)
    return Declared(name=name, document=msgspec.json.encode(document), sealed=sealed, changed_at=now)


def declare_file(
    name: OrganizationId,
    values: Mapping[str, Any],
    vault: Vault,
    now: datetime,
    *,
    draw_salt: Callable[[int], bytes],
) -> Declared:
    """Make what the registry keeps of an organization's table as it stands in a settings file. Raises SettingsError."""
    try:
        found = OrganizationSettings.model_validate(values)
    except ValidationError as error:
        raise explain_organization(name, error) from None
    webhook = _credentials(found, lambda: draw_salt(SALT_BYTES))
    return declare(
        name, {key: each for key, each in values.items() if not key.startswith(_WEBHOOK)}, webhook, vault, now
    )


def redeclare(declared: Declared, settings: Mapping[str, Any], vault: Vault, now: datetime) -> Declared:
    """Give a declaration with other settings, which are those of `declare`; its webhook credentials stay.

    Secrets that did not change stay sealed as they are. Raises SettingsError or VaultError.
    """
    changed = declare(declared.name, settings, webhook_of(declared), vault, now)
    if _secrets(changed, vault) == _secrets(declared, vault):
        return msgspec.structs.replace(changed, sealed=declared.sealed)
    return changed


def from_registry(declared: Declared, vault: Vault, service: Settings) -> Organization:
    """Give a declared organization. Raises VaultError or SettingsError."""
    return organization_of(declared.name, all_settings(declared, vault), webhook_of(declared), service)


def organization_of(
    name: OrganizationId, settings: Mapping[str, Any], webhook: WebhookCredentials, service: Settings
) -> Organization:
    """Give an organization as `declare` would keep it, keeping nothing. Raises SettingsError."""
    return _organization(name, Origin.REGISTRY, _validated(name, settings), webhook, service)


def faults_of(name: OrganizationId, settings: Mapping[str, Any]) -> Sequence[SettingsError]:
    """Tell everything that is wrong with the settings of an organization, as `declare` takes them."""
    try:
        AnyOrganizationSettings.model_validate(settings)
    except ValidationError as error:
        return explain_each(name, error)
    return ()


def all_settings(declared: Declared, vault: Vault) -> Mapping[str, Any]:
    """Give the settings of a declared organization with its secrets, as `declare` takes them. Raises VaultError."""
    secrets = _secrets(declared, vault)
    hash_key = secrets.pop(_HASH_KEY, None)
    settings: dict[str, Any] = {**open_settings(declared), **secrets}
    if hash_key is not None:
        settings["privacy"] = {**settings.get("privacy", {}), "hash_key": hash_key}
    return settings


def webhook_of(declared: Declared) -> WebhookCredentials:
    """Give the digests of a declared organization's webhook credentials."""
    return msgspec.json.decode(declared.document, type=_Document).webhook


def open_settings(declared: Declared) -> Mapping[str, object]:
    """Give the settings of a declared organization without its secrets, as they were declared."""
    return msgspec.json.decode(declared.document, type=_Document).settings


def _secrets(declared: Declared, vault: Vault) -> dict[str, str]:
    return {key: secret.reveal() for key, secret in vault.open(declared.sealed, context=declared.name).items()}


def _credentials(found: OrganizationSettings, draw_salt: Callable[[], bytes]) -> WebhookCredentials:
    return webhook_credentials(
        username=found.webhook_username,
        passwords=[_secret(each) for each in found.webhook_passwords],
        headers={header: [_secret(each) for each in values] for header, values in found.webhook_headers.items()},
        draw_salt=draw_salt,
    )


def _secret(value: SecretStr) -> Secret:
    return Secret(value.get_secret_value())


def _validated(name: OrganizationId, values: Mapping[str, object]) -> AnyOrganizationSettings:
    try:
        return AnyOrganizationSettings.model_validate(values)
    except ValidationError as error:
        raise explain_organization(name, error) from None


def _organization(
    name: OrganizationId,
    origin: Origin,
    found: AnyOrganizationSettings,
    webhook: WebhookCredentials,
    service: Settings,
) -> Organization:
    return Organization(
        name=name,
        origin=origin,
        gladly=GladlyAccess(
            url=found.gladly_url or f"https://{name}.gladly.com",
            user=found.gladly_user,
            token=_secret(found.gladly_token),
            share=found.gladly_share,
        ),
        segment=SegmentAccess(
            host=found.segment_url,
            region=found.segment_region,
            environment=found.environment,
            write_key=_secret(found.segment_write_key),
        ),
        webhook=webhook,
        limits=Limits(
            enrich_max_age=timedelta(hours=found.enrich_max_age_h),
            deliver_max_age=timedelta(hours=found.deliver_max_age_h),
            backlog=found.max_backlog,
            webhooks_per_s=found.max_webhooks_per_s,
        ),
        retention=Retention(
            ended=timedelta(days=found.retention_days or service.retention_days),
            dead=timedelta(days=found.dead_letter_retention_days or service.dead_letter_retention_days),
            content=timedelta(days=found.content_retention_days or service.content_retention_days),
        ),
        events=frozenset(found.events),
        mirror=None if found.mirror_secret is None else _secret(found.mirror_secret),
        privacy=found.privacy.policy(),
    )
