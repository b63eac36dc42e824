"""Looking at the vendors: bounded in time, and what cannot be seen is told."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import msgspec
import pytest

from gladly_segment.core.errors import CallFailedError
from gladly_segment.core.failures import Failure, FailureKind
from gladly_segment.core.organization import Organization
from gladly_segment.doctor.looking import (
    Vendors,
    look_at_organizations,
)
from gladly_segment.doctor.looking.requests import ask
from gladly_segment.doctor.observations import (
    Reached,
    Unreached,
    Unseen,
)
from gladly_segment.ports.registry import Feed
from gladly_segment.ports.webhooks import Webhook
from gladly_segment.service.clock import SystemClock
from tests.support.organizations import an_organization
from tests.unit.doctor.builders import ACME, webhook
from tests.unit.doctor.conftest import Vendor

NOBODY = "http://127.0.0.1:1"
FEED = Feed(organization=ACME)


async def test_an_answer_tells_its_clock_and_its_rate(vendor: Vendor, http: aiohttp.ClientSession) -> None:
    vendor.headers = {
        "Date": "Sun, 01 Mar 2026 12:00:00 GMT",
        "Ratelimit-Limit-Second": "10",
        "Ratelimit-Remaining-Second": "7",
    }

    seen = await ask(http, vendor.url, SystemClock())

    assert isinstance(seen, Reached)
    assert (seen.status, seen.limit, seen.left) == (200, 10, 7)
    assert seen.date == datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert timedelta() <= seen.answered_at - seen.sent_at < timedelta(seconds=30)


@pytest.mark.parametrize("nonsense", ["yesterday", "", "-1"])
async def test_headers_that_make_no_sense_count_as_none(
    vendor: Vendor, http: aiohttp.ClientSession, nonsense: str
) -> None:
    vendor.headers = {"Date": nonsense, "Ratelimit-Limit-Second": nonsense}

    seen = await ask(http, vendor.url, SystemClock())

    assert isinstance(seen, Reached)
    assert (seen.date, seen.limit) == (None, None)


@pytest.mark.parametrize(
    ("body", "usable"), [(b"[]", True), (b'[{"id":"t"}]', True), (b"{}", False), (b"<html>", False), (b"\xff", False)]
)
async def test_what_is_no_list_is_of_no_use(
    vendor: Vendor, http: aiohttp.ClientSession, body: bytes, usable: bool
) -> None:
    vendor.body = body

    seen = await ask(http, vendor.url, SystemClock(), wants_list=True)

    assert isinstance(seen, Reached)
    assert seen.usable is usable


async def test_a_redirect_is_not_followed(vendor: Vendor, http: aiohttp.ClientSession) -> None:
    vendor.status, vendor.headers = 302, {"Location": "/elsewhere"}

    seen = await ask(http, vendor.url, SystemClock())

    assert isinstance(seen, Reached)
    assert (seen.status, vendor.asked) == (302, ["/"])


async def test_where_nobody_listens_that_is_told(http: aiohttp.ClientSession) -> None:
    seen = await ask(http, NOBODY, SystemClock())

    assert seen == Unreached("the host refused the connection or could not be reached")


class Listed:
    """The webhooks port, as far as the doctor uses it."""

    def __init__(self, failure: Failure | None = None) -> None:
        self._failure = failure

    async def all(self) -> Sequence[Webhook]:
        if self._failure is not None:
            raise CallFailedError(self._failure)
        return [webhook()]


def at(vendor_url: str, segment_url: str) -> Organization:
    shop = an_organization()
    return msgspec.structs.replace(
        shop,
        gladly=msgspec.structs.replace(shop.gladly, url=vendor_url),
        segment=msgspec.structs.replace(shop.segment, host=segment_url),
    )


def asking(http: aiohttp.ClientSession, failure: Failure | None = None) -> Vendors:
    listed: Any = Listed(failure)
    return Vendors(http=http, clock=SystemClock(), webhooks=lambda _: listed)


async def test_both_vendors_are_asked_and_segment_once_for_all(vendor: Vendor, http: aiohttp.ClientSession) -> None:
    pairs = [(at(vendor.url, f"{vendor.url}/segment/"), FEED)] * 3

    seen = await look_at_organizations(pairs, asking(http), within_s=30)

    assert sorted(vendor.asked) == ["/api/v1/topics"] * 3 + ["/segment/v1/batch"]
    assert [each.webhooks for each in seen] == [[webhook()]] * 3
    assert all(isinstance(each.segment, Reached) for each in seen)


async def test_a_vendor_that_hangs_takes_nobody_else_s_time(vendor: Vendor, http: aiohttp.ClientSession) -> None:
    pairs = [(at(f"{vendor.url}/hang", vendor.url), FEED), (at(vendor.url, vendor.url), FEED)]

    hanging, well = await look_at_organizations(pairs, asking(http), within_s=2)

    assert hanging.gladly == hanging.webhooks == Unseen("there was no time left")
    assert isinstance(well.gladly, Reached)


async def test_without_a_token_that_counts_the_webhooks_are_not_asked_for(
    vendor: Vendor, http: aiohttp.ClientSession
) -> None:
    vendor.status = 401

    (seen,) = await look_at_organizations([(at(vendor.url, vendor.url), FEED)], asking(http), within_s=30)

    assert seen.webhooks == Unseen("Gladly's API cannot be asked", expected=True)


async def test_webhooks_that_cannot_be_listed_are_told_of(vendor: Vendor, http: aiohttp.ClientSession) -> None:
    refused = asking(http, Failure(FailureKind.UNAUTHORIZED, "answered 403 (Forbidden)", 403))

    (seen,) = await look_at_organizations([(at(vendor.url, vendor.url), FEED)], refused, within_s=30)

    assert seen.webhooks == Unseen("Gladly's webhooks API answered 403 (Forbidden)")


async def test_offline_nobody_is_asked() -> None:
    (seen,) = await look_at_organizations([(an_organization(), FEED)], None, within_s=30)

    assert seen.gladly == seen.segment == seen.webhooks == Unseen("--offline was given", expected=True)


async def test_without_organizations_there_is_nothing_to_look_at(http: aiohttp.ClientSession) -> None:
    assert await look_at_organizations([], asking(http), within_s=30) == []
