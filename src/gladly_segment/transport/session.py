"""Client sessions with bounded waits and connections."""

import aiohttp

from gladly_segment import __version__


def open_session(*, total_s: float, connections: int) -> aiohttp.ClientSession:
    """Open a session for one vendor; `total_s` bounds each request from start to the last byte of its answer."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit_per_host=connections, keepalive_timeout=30.0),
        timeout=aiohttp.ClientTimeout(total=total_s, sock_connect=min(5.0, total_s)),
        headers={"User-Agent": f"gladly-segment/{__version__}"},
        cookie_jar=aiohttp.DummyCookieJar(),
    )
