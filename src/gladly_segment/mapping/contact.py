"""A customer profile's contact data as Segment shall see it (reference, fields; Gladly fact sheet, resources)."""

import re
from collections.abc import Iterable
from typing import Final, Protocol, TypeVar

import phonenumbers

from gladly_segment.core.entities import CustomerProfile, EmailAddress, PhoneNumber

_E164: Final = re.compile(r"\+[1-9]\d{1,14}", re.ASCII)
_DEFAULT_REGION: Final = "US"


class _Contact(Protocol):
    @property
    def original(self) -> str | None: ...
    @property
    def normalized(self) -> str | None: ...
    @property
    def primary(self) -> bool | None: ...


_ContactT = TypeVar("_ContactT", bound=_Contact)


def scalar(text: str | None) -> str | None:
    """Give a text without surrounding blanks, or None when there is nothing in it."""
    return (text or "").strip() or None


def email_of(customer: CustomerProfile) -> str | None:
    """Give the primary e-mail address, else the first; normalised as Gladly did it, where it did."""
    chosen = _primary_or_first(customer.emails or ())
    return None if chosen is None else _email_text(chosen)


def phone_of(customer: CustomerProfile) -> tuple[str | None, bool]:
    """Give the primary phone number in E.164, else the first, and whether one had to be dropped as no number."""
    chosen = _primary_or_first(customer.phones or ())
    if chosen is None:
        return None, False
    number = _e164(chosen)
    return number, number is None


def _primary_or_first(contacts: Iterable[_ContactT]) -> _ContactT | None:
    filled = [contact for contact in contacts if scalar(contact.normalized) or scalar(contact.original)]
    return next((contact for contact in filled if contact.primary), filled[0] if filled else None)


def _email_text(address: EmailAddress) -> str | None:
    return scalar(address.normalized) or scalar(address.original)


def _e164(phone: PhoneNumber) -> str | None:
    normalized = scalar(phone.normalized)
    if normalized and _E164.fullmatch(normalized):
        return normalized
    region = (scalar(phone.region_code) or _DEFAULT_REGION).upper()
    readings = (_read_number(text, region) for text in (normalized, scalar(phone.original)) if text)
    return next((number for number in readings if number), None)


def _read_number(text: str, region: str) -> str | None:
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    # Possible rather than valid: the tables of assigned ranges age faster than numbers are assigned.
    # A number that is only dialled locally lacks its area code: with a country code it would be another's.
    if phonenumbers.is_possible_number_with_reason(number) != phonenumbers.ValidationResult.IS_POSSIBLE:
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
