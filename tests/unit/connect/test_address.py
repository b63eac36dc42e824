"""The public url: https, this organization's path, and nothing else in it."""

import pytest

from gladly_segment.connect.address import same_address, shown_address, webhook_address
from gladly_segment.core.errors import InputError
from tests.unit.connect.doubles import ADDRESS, SHOP


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("https://hooks.shop.example", ADDRESS),
        ("https://hooks.shop.example/", ADDRESS),
        (f"  {ADDRESS}\n", ADDRESS),
        ("https://HOOKS.shop.example:8443", "https://hooks.shop.example:8443/webhooks/shop"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/webhooks/shop"),
        ("http://[::1]:8080/webhooks/shop", "http://[::1]:8080/webhooks/shop"),
        ("http://localhost:8080", "http://localhost:8080/webhooks/shop"),
    ],
)
def test_it_is_completed(given: str, address: str) -> None:
    assert webhook_address(given, SHOP) == address


@pytest.mark.parametrize(
    ("given", "what"),
    [
        ("http://hooks.shop.example", "not https"),
        ("http://10.0.0.1", "not https"),
        ("ftp://hooks.shop.example", "no https url"),
        ("hooks.shop.example/webhooks/shop", "no https url"),
        ("https:///webhooks/shop", "no https url"),
        ("https://[broken", "no url"),
        ("https://hooks.shop.example:99999", "no url"),
        ("https://hooks.shop.example/webhooks/other", "/webhooks/other"),
        ("https://hooks.shop.example/webhooks/shop/", "/webhooks/shop/"),
        (f"{ADDRESS}?key=canary", "login, a query or a fragment"),
        ("https://user:canary@hooks.shop.example", "login, a query or a fragment"),
        (f"{ADDRESS}#canary", "login, a query or a fragment"),
        ("", "no https url"),
    ],
)
def test_what_cannot_work_is_refused_with_an_example(given: str, what: str) -> None:
    with pytest.raises(InputError) as error:
        webhook_address(given, SHOP)

    assert what in error.value.message
    assert "/webhooks/shop" in error.value.hint
    assert "canary" not in error.value.message + error.value.hint


def test_two_texts_may_be_one_address() -> None:
    assert same_address(ADDRESS, "https://hooks.shop.example:443/webhooks/shop")
    assert not same_address(ADDRESS, f"{ADDRESS}-two")
    assert not same_address("https://[broken", ADDRESS)


def test_an_address_is_shown_without_what_may_be_secret() -> None:
    assert shown_address("https://user:canary@hooks.shop.example/x?canary=1#canary") == "https://hooks.shop.example/x"
    assert shown_address("https://[broken") == "?"
    assert shown_address("relative") == "?"
