"""Who calls: the address that can be believed, and what counts as one caller."""

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final, NewType, TypeAlias

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

Caller = NewType("Caller", str)
"""An IPv4 address, or the /64 of an IPv6 one: whoever has one of its addresses has them all."""

UNKNOWN: Final = Caller("unknown")
"""Of whoever is gone before it could be asked for."""

_IPV6_SITE_BITS: Final = 64


def read_address(text: str) -> Address | None:
    """Read an address, maybe with a port; IPv4 in the clothes of IPv6 is IPv4. None when it is no address."""
    bare = text.strip()
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        address = ip_address(bare)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def is_among(address: Address, networks: Sequence[Network]) -> bool:
    """Tell whether an address is in one of these networks."""
    return any(address in network for network in networks)


def address_behind(peer: Address, forwarded: Iterable[str], trusted: Sequence[Network]) -> Address:
    """Give the last address in front of our proxies, as the values of `X-Forwarded-For` name it.

    They are read from the end, where our own proxies wrote; what stands further left may be anybody's invention.
    """
    found = peer
    for hop in reversed(",".join(forwarded).split(",")):
        if not is_among(found, trusted):
            break
        address = read_address(hop)
        if address is None:
            break
        found = address
    return found


def caller_of(address: Address) -> Caller:
    """Tell whom an address belongs to."""
    if isinstance(address, IPv4Address):
        return Caller(str(address))
    return Caller(str(IPv6Network((int(address), _IPV6_SITE_BITS), strict=False)))
