"""One bounded request, and what its answer tells beside its content."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

import aiohttp
import msgspec

from gladly_segment.doctor.observations import Answer, Reached, Unreached
from gladly_segment.ports.clock import Clock
from gladly_segment.transport.failures import ForeignError, failure_of

_COUNT: Final = re.compile(r"[0-9]{1,9}")

_list: Final = msgspec.json.Decoder(tuple[msgspec.Raw, ...])


async def ask(
    http: aiohttp.ClientSession,
    url: str,
    clock: Clock,
    *,
    headers: Mapping[str, str] | None = None,
    wants_list: bool = False,
    verify: bool = True,
) -> Answer:
    """Send a GET, without following redirects; with `wants_list`, a body that is no JSON list is not usable.

    Without `verify` any certificate will do.
    """
    sent_at = clock.now()
    try:
        async with http.get(url, headers=headers, allow_redirects=False, ssl=verify) as response:
            answered_at = clock.now()
            body = await response.read() if wants_list else b""
            return Reached(
                status=response.status,
                sent_at=sent_at,
                answered_at=answered_at,
                date=_date(response.headers.get("Date")),
                limit=_count(response.headers.get("Ratelimit-Limit-Second")),
                left=_count(response.headers.get("Ratelimit-Remaining-Second")),
                usable=not wants_list or _is_list(body),
            )
    except ForeignError as error:
        return Unreached(failure_of(error).detail)


def _date(header: str | None) -> datetime | None:
    try:
        date = parsedate_to_datetime(header or "")
    except (ValueError, TypeError, OverflowError):
        return None
    return date if date.tzinfo is not None else date.replace(tzinfo=UTC)


def _count(header: str | None) -> int | None:
    return int(header) if header is not None and _COUNT.fullmatch(header) else None


def _is_list(body: bytes) -> bool:
    try:
        _list.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return True
