"""How many webhooks an organization may send, how many events may wait, and how often one may fail."""

from ipaddress import ip_network

import pytest

from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.signals import WebhookAnswered
from gladly_segment.receive import Doors
from gladly_segment.transport.listener import Bounds
from tests.support.clock import ManualClock
from tests.support.journals import counts
from tests.support.observer import RecordingObserver
from tests.unit.receive.conftest import (
    CLOSED,
    EASY,
    LOGIN,
    NEXT_PASSWORD,
    OTHER_SHOP,
    SHOP,
    USERNAME,
    Answer,
    Reception,
    StartReception,
    basic,
    door,
)

WRONG = (USERNAME, "wrong")
PING = b'{"type":"PING"}'
BEHIND_PROXY = Bounds(trusted_proxies=(ip_network("127.0.0.0/8"),))


def opened(**limits: float) -> Doors:
    """The doors of two shops, only one of which has limits."""
    doors = Doors()
    doors.replace({SHOP: door(EASY, **limits), OTHER_SHOP: door(EASY)})  # type: ignore[reportArgumentType]
    return doors


async def statuses(reception: Reception, times: int, **request: object) -> list[int]:
    return [(await reception.post(PING, **request)).status for _ in range(times)]  # type: ignore[reportArgumentType]


async def test_above_its_rate_an_organization_is_answered_429_with_the_time_to_wait(
    start_reception: StartReception, clock: ManualClock
) -> None:
    reception = await start_reception(doors=opened(webhooks_per_s=20.0))

    # Two seconds' worth may come at once.
    assert await statuses(reception, 41) == [200] * 40 + [429]
    answer = await reception.post(PING)
    assert (answer.code, answer.headers["Retry-After"]) == ("too_many_webhooks", "1")

    clock.advance(0.5)
    assert await statuses(reception, 11) == [200] * 10 + [429]


async def test_even_the_smallest_rate_lets_ten_come_at_once(
    start_reception: StartReception, clock: ManualClock
) -> None:
    reception = await start_reception(doors=opened(webhooks_per_s=0.1))

    assert await statuses(reception, 11) == [200] * 10 + [429]
    answer = await reception.post(PING)
    assert answer.headers["Retry-After"] == "10"
    clock.advance(10)
    assert (await reception.post(PING)).status == 200


async def test_what_comes_above_the_rate_is_neither_read_nor_recorded_and_is_counted(
    start_reception: StartReception, observer: RecordingObserver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gladly_segment.transport.connection._LINGER_S", 0.01)
    reception = await start_reception(doors=opened(webhooks_per_s=1.0))
    await statuses(reception, 10)

    # The body never comes: whoever waited for it would not answer.
    answer = await reception.raw(
        b"POST /webhooks/shop HTTP/1.1\r\nHost: x\r\n" + LOGIN + b"Content-Length: 100\r\n\r\n"
    )

    assert answer.startswith(b"HTTP/1.1 429 ")
    assert b"\r\nConnection: close\r\n" in answer
    assert (await reception.post(CLOSED)).status == 429
    assert await counts(reception.journal) == {}
    assert [(each.organization, each.status) for each in observer.of(WebhookAnswered)][-2:] == [(SHOP, 429)] * 2


async def test_one_organizations_flood_costs_another_nothing(start_reception: StartReception) -> None:
    reception = await start_reception(doors=opened(webhooks_per_s=1.0))

    assert (await statuses(reception, 30)).count(429) == 20
    assert await statuses(reception, 30, organization=OTHER_SHOP) == [200] * 30


async def test_wrong_credentials_use_up_nothing_of_the_rate(start_reception: StartReception) -> None:
    reception = await start_reception(doors=opened(webhooks_per_s=1.0))

    assert set(await statuses(reception, 15, auth=WRONG)) == {401}
    assert await statuses(reception, 10) == [200] * 10


async def test_a_flood_gets_no_new_allowance_by_a_change_of_something_else(start_reception: StartReception) -> None:
    doors = opened(webhooks_per_s=1.0)
    reception = await start_reception(doors=doors)
    await statuses(reception, 10)

    doors.replace({SHOP: door(basic(NEXT_PASSWORD), webhooks_per_s=1.0)})
    assert await statuses(reception, 1, auth=(USERNAME, NEXT_PASSWORD)) == [429]
    doors.replace({SHOP: door(basic(NEXT_PASSWORD), webhooks_per_s=2.0)})
    assert await statuses(reception, 1, auth=(USERNAME, NEXT_PASSWORD)) == [200]
    doors.replace({SHOP: door(basic(NEXT_PASSWORD))})
    assert await statuses(reception, 30, auth=(USERNAME, NEXT_PASSWORD)) == [200] * 30


async def test_doors_open_and_close_while_it_runs(start_reception: StartReception) -> None:
    doors = Doors()
    reception = await start_reception(doors=doors)
    assert (await reception.post(PING)).status == 404

    doors.replace({SHOP: door(EASY)})
    assert (await reception.post(PING)).status == 200
    doors.replace({OTHER_SHOP: door(EASY)})
    assert (await reception.post(PING)).status == 404
    assert (await reception.post(PING, organization=OTHER_SHOP)).status == 200


@pytest.mark.parametrize(("waiting", "status"), [(None, 200), (0, 200), (4, 200), (5, 503), (500, 503)])
async def test_above_its_backlog_an_organizations_events_are_answered_503(
    start_reception: StartReception, waiting: int | None, status: int
) -> None:
    pending: dict[OrganizationId, int | None] = {SHOP: waiting, OTHER_SHOP: 1_000_000}
    reception = await start_reception(doors=opened(backlog=5), pending=pending.get)

    answer = await reception.post(CLOSED)

    assert answer.status == status
    if status == 503:
        assert (answer.code, answer.headers["Retry-After"]) == ("backlog_full", "30")
        assert await counts(reception.journal) == {}
    # A ping waits for nothing, and another organization's backlog is its own.
    assert (await reception.post(PING)).status == 200
    assert (await reception.post(CLOSED, organization=OTHER_SHOP)).status == 200


async def test_after_too_many_failures_an_address_is_answered_429(
    start_reception: StartReception, clock: ManualClock
) -> None:
    reception = await start_reception()

    assert await statuses(reception, 21, auth=WRONG) == [401] * 20 + [429]
    answer = await reception.post(auth=WRONG)
    assert (answer.code, answer.headers["Retry-After"]) == ("too_many_failures", "5")
    assert answer.headers["Connection"] == "close"

    clock.advance(5)
    assert await statuses(reception, 2, auth=WRONG) == [401, 429]


async def test_failing_in_any_way_counts_and_is_answered_alike(start_reception: StartReception) -> None:
    reception = await start_reception()
    await statuses(reception, 10, auth=WRONG)
    await statuses(reception, 10, organization="nowhere")

    answers = [await reception.post(auth=WRONG), await reception.post(auth=None, organization="nowhere")]

    assert [each.status for each in answers] == [429, 429]
    assert answers[0].body == answers[1].body
    assert without_date(answers[0]) == without_date(answers[1])


async def test_right_credentials_are_let_in_however_many_failures_their_address_had(
    start_reception: StartReception,
) -> None:
    reception = await start_reception()
    await statuses(reception, 60, auth=WRONG)

    assert await statuses(reception, 30) == [200] * 30
    assert await statuses(reception, 1, auth=WRONG) == [429]


async def test_behind_a_trusted_proxy_each_address_has_its_own_failures(start_reception: StartReception) -> None:
    reception = await start_reception(bounds=BEHIND_PROXY)
    one, other = {"X-Forwarded-For": "203.0.113.7"}, {"X-Forwarded-For": "203.0.113.8"}

    assert await statuses(reception, 21, auth=WRONG, headers=one) == [401] * 20 + [429]
    assert await statuses(reception, 1, auth=WRONG, headers=other) == [401]
    invented = {"X-Forwarded-For": "198.51.100.1, 203.0.113.7"}
    assert await statuses(reception, 1, auth=WRONG, headers=invented) == [429]


async def test_of_a_stranger_x_forwarded_for_is_not_believed(start_reception: StartReception) -> None:
    reception = await start_reception()

    answers = [
        (await reception.post(PING, auth=WRONG, headers={"X-Forwarded-For": f"203.0.113.{number}"})).status
        for number in range(21)
    ]

    assert answers == [401] * 20 + [429]


async def test_ipv6_addresses_of_one_network_are_one_caller(start_reception: StartReception) -> None:
    reception = await start_reception(bounds=BEHIND_PROXY)

    answers = [
        (await reception.post(PING, auth=WRONG, headers={"X-Forwarded-For": f"2001:db8::{number:x}"})).status
        for number in range(21)
    ]

    assert answers == [401] * 20 + [429]


def without_date(answer: Answer) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name != "Date"}
