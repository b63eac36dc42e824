"""Which page made a browser send a request, and by which scheme it reached us."""

from ipaddress import ip_address
from typing import Final

from aiohttp import web

from gladly_segment.transport.connection import is_through_proxy

SITE_HEADER: Final = "Sec-Fetch-Site"
"""Set by browsers alone, and only on https or towards localhost; no page can set or remove it."""

_OF_PROXIES: Final = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Proto")


def scheme_of(request: web.BaseRequest) -> str:
    """Tell whether the browser speaks `https` or `http`."""
    if request.secure:
        return "https"
    return "https" if is_through_proxy(request) and request.headers.get("X-Forwarded-Proto") == "https" else "http"


def is_confidential(request: web.BaseRequest) -> bool:
    """Tell whether nobody on its way can read a request: it came over https, or has not left this machine.

    Whoever hands a request on says so in `X-Forwarded-For`; then it came from elsewhere.
    """
    if scheme_of(request) == "https":
        return True
    is_handed_on = any(header in request.headers for header in _OF_PROXIES)
    hosts = (request.headers.get("Host", ""), f"[{request.remote or ''}]")
    return not is_handed_on and all(is_loopback_host(host) for host in hosts)


def is_from_own_page(request: web.BaseRequest) -> bool:
    """Tell whether a page of this very service made a browser send the request.

    A form on our pages is sent with `Origin: null`, because they give no referrer: where the browser tells the
    site, that counts.
    """
    site = request.headers.getall(SITE_HEADER, ())
    if site:
        return site == ["same-origin"]
    return request.headers.get("Origin", "") == f"{scheme_of(request)}://{request.headers.get('Host', '')}"


def is_loopback_host(host: str) -> bool:
    """Tell whether a `Host` header names this machine itself, whatever the port: any other may be rebound to it."""
    name = host.rpartition(":")[0] if not host.endswith("]") and ":" in host else host
    try:
        return name.lower() == "localhost" or ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return False
