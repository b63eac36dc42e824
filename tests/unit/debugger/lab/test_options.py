"""Options go into the form and come back out of it; the settings understand what is shown of them."""

import tomllib
from datetime import UTC, datetime
from typing import Any
from unittest.mock import Mock

import msgspec
import pytest

from gladly_segment.config import load_settings
from gladly_segment.config.declared import organization_of
from gladly_segment.core.credentials import WebhookCredentials
from gladly_segment.core.errors import SettingsError
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.occurrence import EventKind
from gladly_segment.core.organization import Organization
from gladly_segment.core.privacy import PrivacyPolicy
from gladly_segment.core.secret import Secret
from gladly_segment.debugger.lab import MappingOptions, options_of
from gladly_segment.service.screens.lab import LabRoom
from tests.support.organizations import an_organization

ACME = OrganizationId("acme")
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
KEY = "canary-hash-key-0123"
HASHING = msgspec.structs.replace(an_organization(), privacy=PrivacyPolicy(hash_key=Secret(KEY)))
OPTIONS = [
    MappingOptions(),
    MappingOptions(events=(EventKind.CLOSED,)),
    MappingOptions(deny=("email", "phone"), hash=("customerName",)),
    MappingOptions(deny_attributes=("a b", 'quote"d', "ü\\n"), hash_attributes=("tier",)),
    MappingOptions(hash_attributes=("tier",), allow_only_attributes=("locale",)),
    MappingOptions(allow_only_attributes=()),
]


@pytest.fixture
def room() -> LabRoom:
    nobody: Any = Mock(spec=[])
    return LabRoom(load_settings(), nobody, nobody, events=nobody, receipts=nobody, curator=nobody)


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_what_an_organization_would_run_with_gives_the_same_options(room: LabRoom, options: MappingOptions) -> None:
    assert options_of(room.variant(HASHING, options)) == options


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_the_toml_to_paste_means_the_options(room: LabRoom, options: MappingOptions) -> None:
    table = tomllib.loads(room.toml(ACME, options))["organizations"]["acme"]

    privacy = {**table.get("privacy", {}), "hash_key": KEY}
    others = {"gladly_user": "-", "gladly_token": "-", "segment_write_key": "-"}
    pasted = organization_of(ACME, {**table, **others, "privacy": privacy}, WebhookCredentials(), load_settings())

    assert options_of(pasted) == options


def test_a_variant_is_the_organization_but_for_its_rules(room: LabRoom) -> None:
    variant = room.variant(HASHING, MappingOptions(events=(EventKind.CLOSED,), hash=("email",)))

    same = msgspec.structs.replace(variant, events=HASHING.events, privacy=HASHING.privacy)
    assert same == HASHING
    assert variant.privacy.hash_key == Secret(KEY)


@pytest.mark.parametrize(
    ("organization", "options", "words"),
    [
        (HASHING, MappingOptions(events=()), "organizations.acme.events"),
        (HASHING, MappingOptions(deny=("emial",)), "did you mean email?"),
        (HASHING, MappingOptions(deny=("conversationId",)), "deny names conversationId"),
        (HASHING, MappingOptions(deny=("email",), hash=("email",)), "email is treated in two ways"),
        (HASHING, MappingOptions(deny_attributes=("a",), allow_only_attributes=()), "remove deny_attributes"),
        (an_organization(), MappingOptions(hash=("email",)), "hash_key"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_what_cannot_be_is_told_as_by_the_settings(
    room: LabRoom, organization: Organization, options: MappingOptions, words: str
) -> None:
    with pytest.raises(SettingsError) as error:
        room.variant(organization, options)

    assert words in error.value.message
