"""The address that Gladly delivers an organization's webhooks to."""

import ipaddress
from typing import Final

from yarl import URL

from gladly_segment.core.errors import InputError
from gladly_segment.core.ids import OrganizationId

_EXAMPLE_HOST: Final = "https://hooks.example.com"


def webhook_address(text: str, organization: OrganizationId) -> str:
    """Check and complete the public url: https, or http to this machine alone; its path is `/webhooks/{organization}`.

    Without a path it gets that one. Raises InputError.
    """
    path = f"/webhooks/{organization}"
    hint = f"give one like {_EXAMPLE_HOST}{path}"
    try:
        url = URL(text.strip())
        host, _ = url.host, url.port
    except ValueError:
        raise InputError("the public url is no url", hint=hint) from None
    if url.scheme not in ("https", "http") or not host:
        raise InputError("the public url is no https url", hint=hint)
    if url.user is not None or url.password is not None or url.query_string or url.fragment:
        raise InputError("the public url has a login, a query or a fragment, which have no place in it", hint=hint)
    if url.scheme == "http" and not _is_loopback(host):
        raise InputError("the public url is not https: Gladly delivers to https only", hint=hint)
    if url.path not in ("", "/", path):
        raise InputError(f"the public url's path is {url.path}, and it must be {path}", hint=hint)
    return str(url.with_path(path))


def same_address(one: str, other: str) -> bool:
    """Tell whether two urls are the same to whoever delivers to them."""
    try:
        return _parts(URL(one)) == _parts(URL(other))
    except ValueError:
        return one == other


def shown_address(text: str) -> str:
    """Give a url without login and query, in which secrets may stand."""
    try:
        url = URL(text)
        return str(url.with_user(None).with_query(None).with_fragment(None)) if url.absolute else "?"
    except ValueError:
        return "?"


def _parts(url: URL) -> tuple[object, ...]:
    return url.scheme, url.host, url.port, url.path, url.query_string


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
