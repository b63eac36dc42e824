"""Privacy as it is set: what it means for events, and what cannot be meant."""

from pathlib import Path
from typing import Any, Final

import pytest
from pydantic import ValidationError

from gladly_segment.config.declared import from_settings
from gladly_segment.config.privacy import PrivacySettings
from gladly_segment.core.errors import SettingsError
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.privacy import PrivacyPolicy, Treatment
from gladly_segment.core.secret import Secret
from gladly_segment.mapping.privacy import ALWAYS_SENT, TREATABLE
from tests.unit.config.conftest import Load, organization

KEY: Final = "canary-key-0123456789"


def complaint(**values: Any) -> str:
    with pytest.raises(ValidationError) as error:
        PrivacySettings.model_validate(values)
    [found] = error.value.errors(include_input=False)
    return found["msg"].removeprefix("Value error, ")


def test_without_settings_there_are_no_rules() -> None:
    assert PrivacySettings().policy() == PrivacyPolicy()


def test_settings_become_rules() -> None:
    settings = PrivacySettings.model_validate(
        {
            "deny": ["phone"],
            "hash": "email",
            "deny_attributes": ["birthday"],
            "hash_attributes": ["loyaltyId"],
            "hash_key": KEY,
        }
    )

    assert settings.policy() == PrivacyPolicy(
        properties={"phone": Treatment.DENY, "email": Treatment.HASH},
        custom_attributes={"birthday": Treatment.DENY, "loyaltyId": Treatment.HASH},
        hash_key=Secret(KEY),
    )


@pytest.mark.parametrize("only", [["tier"], []])
def test_of_attributes_only_those_named_may_be_allowed(only: list[str]) -> None:
    policy = PrivacySettings.model_validate({"allow_only_attributes": only}).policy()

    assert policy.of_attribute("tier") is (Treatment.ALLOW if only else Treatment.DENY)
    assert policy.of_attribute("birthday") is Treatment.DENY


def test_what_is_hashed_may_stand_beside_what_only_is_allowed() -> None:
    policy = PrivacySettings.model_validate(
        {"allow_only_attributes": ["tier"], "hash_attributes": ["loyaltyId"], "hash_key": KEY}
    ).policy()

    assert policy.of_attribute("loyaltyId") is Treatment.HASH


@pytest.mark.parametrize("setting", ["deny", "hash"])
@pytest.mark.parametrize("name", sorted(TREATABLE))
def test_every_other_property_may_be_named(setting: str, name: str) -> None:
    PrivacySettings.model_validate({setting: [name], "hash_key": KEY})


@pytest.mark.parametrize("setting", ["deny", "hash"])
@pytest.mark.parametrize("name", sorted(ALWAYS_SENT))
def test_what_every_event_needs_cannot_be_named(setting: str, name: str) -> None:
    told = complaint(**{setting: [name], "hash_key": KEY})

    assert told == f"{setting} names {name}, which every event needs as it is; remove it"


@pytest.mark.parametrize(
    ("name", "nearest"), [("phon", "phone"), ("e-mail", "email"), ("customer_name", "customerName"), ("zzz", "")]
)
def test_an_unknown_property_is_named_with_the_nearest(name: str, nearest: str) -> None:
    told = complaint(deny=[name])

    assert told.startswith(f"deny names {name}, which is no property of an event; did you mean {nearest}")
    assert told.endswith("?")


def test_custom_attributes_are_treated_one_by_one() -> None:
    assert "use deny_attributes, hash_attributes or allow_only_attributes" in complaint(deny=["customAttributes"])


@pytest.mark.parametrize(
    "twice",
    [
        {"deny": ["email"], "hash": ["email"]},
        {"deny_attributes": ["email"], "hash_attributes": ["email"]},
        {"hash_attributes": ["email"], "allow_only_attributes": ["email"]},
    ],
    ids=" ".join,
)
def test_nothing_is_treated_in_two_ways(twice: dict[str, list[str]]) -> None:
    assert complaint(**twice, hash_key=KEY).endswith(" email is treated in two ways; keep one of them")


def test_the_same_name_said_twice_is_no_contradiction() -> None:
    PrivacySettings.model_validate({"deny": ["email", "email"], "hash_attributes": ["email"], "hash_key": KEY})


def test_to_deny_some_and_to_allow_only_others_contradict() -> None:
    assert "remove deny_attributes" in complaint(deny_attributes=["birthday"], allow_only_attributes=["tier"])


@pytest.mark.parametrize("setting", ["hash", "hash_attributes"])
def test_a_hash_needs_a_key(setting: str) -> None:
    assert complaint(**{setting: ["email"]}).startswith("what is hashed needs a hash_key or hash_key_file")


@pytest.mark.parametrize("key", ["", "canary-key-1234", " canary-key-1234 "])
def test_a_short_key_is_refused_and_not_shown(key: str) -> None:
    told = complaint(hash_key=key)

    assert told.startswith("hash_key has less than 16 characters")
    assert "canary" not in told


def test_a_key_may_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(f"{KEY}\n", encoding="utf-8")

    settings = PrivacySettings.model_validate({"hash": ["email"], "hash_key_file": str(tmp_path / "key")})

    assert settings.policy().hash_key == Secret(KEY)


def test_a_key_is_not_shown() -> None:
    settings = PrivacySettings.model_validate({"hash": ["email"], "hash_key": KEY})

    shown = [repr(settings), settings.model_dump_json(), repr(settings.policy())]
    assert KEY not in "\n".join(shown)


def test_an_unknown_setting_is_refused() -> None:
    assert complaint(denied=["phone"]) == "Extra inputs are not permitted"


def test_an_organization_has_a_table_of_its_own_for_it(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLADLY_SEGMENT_ORGANIZATIONS__ACME__PRIVACY__HASH", '["email"]')
    monkeypatch.setenv("GLADLY_SEGMENT_ORGANIZATIONS__ACME__PRIVACY__HASH_KEY", KEY)

    settings = load(f'{organization()}\n[organizations.acme.privacy]\ndeny = ["phone"]\n')

    made = from_settings(OrganizationId("acme"), settings.organizations["acme"], settings)
    assert made.privacy == PrivacyPolicy(
        properties={"phone": Treatment.DENY, "email": Treatment.HASH}, hash_key=Secret(KEY)
    )


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ('deny = ["phon"]', "organizations.acme.privacy: deny names phon, which is no property of an event; did you"),
        ('hash = ["email"]', "organizations.acme.privacy: what is hashed needs a hash_key or hash_key_file"),
        ("denied = []", "the setting organizations.acme.privacy.denied is unknown; did you mean deny?"),
        ("deny = 5", "the setting organizations.acme.privacy.deny is 5, which cannot be"),
        ('hash_key_file = "gone"', "organizations.acme.privacy: hash_key_file names gone, which cannot be read"),
        (f'hash_key = ["{KEY}"]', "the setting organizations.acme.privacy.hash_key is ********, which cannot be"),
    ],
)
def test_what_is_wrong_is_told_in_one_sentence(load: Load, table: str, sentence: str) -> None:
    with pytest.raises(SettingsError) as error:
        load(f"{organization()}\n[organizations.acme.privacy]\n{table}\n")

    assert error.value.message.startswith(sentence)
    assert KEY not in error.value.message + error.value.hint
