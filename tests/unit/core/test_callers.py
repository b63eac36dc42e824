"""Whose address is believed, and who counts as one caller."""

from ipaddress import ip_address, ip_network

import pytest

from gladly_segment.core.callers import address_behind, caller_of, is_among, read_address

PROXIES = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("  203.0.113.7\t", "203.0.113.7"),
        ("203.0.113.7:4711", "203.0.113.7"),
        ("2001:db8::7", "2001:db8::7"),
        ("[2001:db8::7]", "2001:db8::7"),
        ("[2001:db8::7]:4711", "2001:db8::7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("fe80::1%eth0", "fe80::1%eth0"),
    ],
)
def test_an_address_is_read_with_or_without_a_port(text: str, address: str) -> None:
    assert read_address(text) == ip_address(address)


@pytest.mark.parametrize(
    "text", ["", " ", "unknown", "_hidden", "203.0.113", "203.0.113.999", "1.2.3.4.5", "x:1", "²03.0.113.7"]
)
def test_what_is_no_address_is_none(text: str) -> None:
    assert read_address(text) is None


@pytest.mark.parametrize(
    ("peer", "forwarded", "believed"),
    [
        # Nobody but our own proxies is believed.
        ("203.0.113.7", ["198.51.100.1"], "203.0.113.7"),
        ("203.0.113.7", [], "203.0.113.7"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", ["203.0.113.7"], "203.0.113.7"),
        # What stands left of the first stranger is that stranger's invention.
        ("10.0.0.1", ["198.51.100.1, 203.0.113.7"], "203.0.113.7"),
        ("10.0.0.1", ["198.51.100.1", "203.0.113.7"], "203.0.113.7"),
        ("10.0.0.1", ["203.0.113.7, 10.0.0.2, 10.0.0.3"], "203.0.113.7"),
        ("10.0.0.1", ["10.9.9.9, 10.0.0.2"], "10.9.9.9"),
        ("fd00::1", ["2001:db8::7"], "2001:db8::7"),
        # What cannot be read ends the reading.
        ("10.0.0.1", ["203.0.113.7, unknown"], "10.0.0.1"),
        ("10.0.0.1", ["203.0.113.7,, 10.0.0.2"], "10.0.0.2"),
        ("10.0.0.1", [""], "10.0.0.1"),
    ],
)
def test_the_last_address_in_front_of_our_proxies_is_believed(peer: str, forwarded: list[str], believed: str) -> None:
    assert address_behind(ip_address(peer), forwarded, PROXIES) == ip_address(believed)


def test_an_address_is_among_networks_of_its_own_kind_only() -> None:
    assert is_among(ip_address("10.1.2.3"), PROXIES)
    assert is_among(ip_address("fd00::1"), PROXIES)
    assert not is_among(ip_address("11.0.0.1"), PROXIES)
    assert not is_among(ip_address("10.1.2.3"), ())


def test_a_network_of_64_bits_is_one_caller_and_an_ipv4_address_too() -> None:
    one, same, other = (caller_of(ip_address(each)) for each in ("2001:db8::1", "2001:db8::ffff:1", "2001:db8:0:1::1"))
    assert one == same == "2001:db8::/64"
    assert other != one
    assert caller_of(ip_address("203.0.113.7")) != caller_of(ip_address("203.0.113.8"))
    assert caller_of(ip_address("fe80::1%eth0")) == "fe80::/64"
