"""Which e-mail address and which phone number of a profile an event carries, and in which form."""

from typing import Any

import pytest

from gladly_segment.core.records import MappingNote
from gladly_segment.mapping.contact import email_of, phone_of
from tests.unit.builders import a_conversation, a_customer, facts, noted, sent


def email(address: str, **fields: Any) -> dict[str, Any]:
    return {"original": address, "normalized": address, **fields}


def phone(number: str, **fields: Any) -> dict[str, Any]:
    return {"original": number, **fields}


def phone_sent(*phones: dict[str, Any]) -> str | None:
    number, _ = phone_of(a_customer(phones=phones))
    return number


@pytest.mark.parametrize(
    ("emails", "chosen"),
    [
        ([email("a@example.com"), email("b@example.com", primary=True)], "b@example.com"),
        ([email("a@example.com"), email("b@example.com")], "a@example.com"),
        ([email("a@example.com", primary=False), email("b@example.com", primary=None)], "a@example.com"),
        ([email("a@example.com", primary=True), email("b@example.com", primary=True)], "a@example.com"),
        ([email("Ann@Example.com", normalized="ann@example.com")], "ann@example.com"),
        ([{"original": "Ann@Example.com"}], "Ann@Example.com"),
        ([email("Ann@Example.com", normalized=" ")], "Ann@Example.com"),
        ([email(""), email("b@example.com")], "b@example.com"),
        ([email("a@example.com"), email(" ", primary=True)], "a@example.com"),
        ([{}, {"primary": True}], None),
        ([], None),
    ],
)
def test_the_email_is_the_primary_else_the_first(emails: list[dict[str, Any]], chosen: str | None) -> None:
    assert email_of(a_customer(emails=emails)) == chosen


@pytest.mark.parametrize(
    ("phones", "chosen"),
    [
        (
            [phone("x", normalized="+14155550100"), phone("y", normalized="+442079460018", primary=True)],
            "+442079460018",
        ),
        ([phone("x", normalized="+14155550100"), phone("y", normalized="+442079460018")], "+14155550100"),
        ([phone("x", normalized="+14155550100"), phone("", primary=True)], "+14155550100"),
        ([phone(""), phone("(415) 555-0123")], "+14155550123"),
        ([], None),
    ],
)
def test_the_phone_is_the_primary_else_the_first(phones: list[dict[str, Any]], chosen: str | None) -> None:
    assert phone_of(a_customer(phones=phones)) == (chosen, False)


def test_gladlys_e164_form_is_taken_as_it_is() -> None:
    assert phone_sent(phone("(415) 555-0100", normalized=" +8613800138000 ", regionCode="US")) == "+8613800138000"


@pytest.mark.parametrize(
    ("original", "region", "e164"),
    [
        ("(415) 555-0123", None, "+14155550123"),
        ("1-415-555-0123", "", "+14155550123"),
        ("020 7946 0018", "GB", "+442079460018"),
        ("020 7946 0018", "gb", "+442079460018"),
        ("+44 20 7946 0018", "US", "+442079460018"),
        ("06 12 34 56 78", "FR", "+33612345678"),
        ("(415) 555-0123 ext. 7", None, "+14155550123"),
        ("tel:+1-415-555-0123", None, "+14155550123"),
        ("1-800-FLOWERS", None, "+18003569377"),
        ("٤١٥٥٥٥٠١٢٣", None, "+14155550123"),
    ],
)
def test_a_number_without_gladlys_form_is_read_in_its_region(original: str, region: str | None, e164: str) -> None:
    assert phone_sent(phone(original, regionCode=region)) == e164


@pytest.mark.parametrize("normalized", [None, "", "4155550123", "415-555-0123", "unknown"])
def test_a_normalised_form_that_is_not_e164_is_none(normalized: str | None) -> None:
    assert phone_sent(phone("(415) 555-0123", normalized=normalized)) == "+14155550123"


@pytest.mark.parametrize(
    "number",
    [
        phone("none"),
        phone("911"),
        phone("555-0123"),
        phone("+0123456789"),
        phone("1" * 300),
        phone("030 123456", regionCode="XX"),
        phone("unknown", normalized="n/a"),
        phone("+1 (415) 555-01234567890"),
    ],
)
def test_what_is_no_number_is_dropped_with_a_note(number: dict[str, Any]) -> None:
    known = facts(a_conversation(), a_customer(phones=[number]))

    assert "phone" not in sent("closed", known)["properties"]
    assert noted(known) == (MappingNote.PHONE_NOT_A_NUMBER,)


def test_a_primary_that_is_no_number_does_not_make_another_the_primary() -> None:
    known = a_customer(phones=[phone("(415) 555-0123"), phone("none", primary=True)])

    assert phone_of(known) == (None, True)
