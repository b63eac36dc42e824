"""What one attempt at a batch sends (Segment fact sheet, Tracking API)."""

import gzip
from typing import Any

import msgspec
import pytest

from gladly_segment.core.signals import BatchSent
from gladly_segment.ports.destination import Accepted
from gladly_segment.sandbox.segment.options import SegmentOptions
from gladly_segment.segment import SegmentClient
from tests.support.clock import ManualClock
from tests.support.observer import RecordingObserver
from tests.unit.segment.conftest import SHOP, NewClient, StartWorkspace, Workspace, track
from tests.unit.transport.servers import scripted_server

SMALL = 500
LARGE = 5_000


class Request(msgspec.Struct):
    line: str
    headers: dict[str, str]
    body: bytes


async def sent(new_client: NewClient, *payloads: bytes, attempt: int = 0, **account: Any) -> Request:
    """Send a batch to a server that takes down every byte."""
    async with scripted_server() as server:
        assert await new_client(server.url, **account).send(payloads, attempt=attempt) == Accepted(200, 0.0)
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    line, *headers = head.decode().split("\r\n")
    return Request(line, dict(each.split(": ", 1) for each in headers), body)


async def test_a_batch_is_accepted_and_stored_in_order(workspace: Workspace, client: SegmentClient) -> None:
    batch = [track(number, filler="x" * 40) for number in range(200)]

    outcome = await client.send(batch, attempt=0)

    assert outcome == Accepted(200, 0.0)
    assert await workspace.stored() == [f"m-{number}" for number in range(200)]
    assert (await workspace.books())["dropped"] == []


async def test_a_batch_goes_to_the_batch_endpoint_as_json(new_client: NewClient) -> None:
    request = await sent(new_client, track(1), track(2))

    assert request.line == "POST /v1/batch HTTP/1.1"
    assert request.headers["Content-Type"] == "application/json"
    assert request.body == b'{"batch":[%b,%b],"sentAt":"2026-03-01T12:00:00.000Z"}' % (track(1), track(2))


@pytest.mark.parametrize("path", ["", "/", "/segment", "/segment/"])
async def test_a_host_may_have_a_path(new_client: NewClient, path: str) -> None:
    async with scripted_server() as server:
        await new_client(server.url + path).send([track(1)], attempt=0)

    assert server.requests[0].startswith(f"POST {path.rstrip('/')}/v1/batch HTTP/1.1\r\n".encode())


async def test_sent_at_is_the_time_of_this_very_attempt(
    workspace: Workspace, client: SegmentClient, clock: ManualClock
) -> None:
    await workspace.misbehave(kind="status", status=500, times=1, after_handling=True)
    await client.send([track(1)], attempt=0)
    clock.advance(7.5)
    await client.send([track(2)], attempt=1)

    requests = (await workspace.books())["requests"]

    assert [each["sentAt"] for each in requests] == ["2026-03-01T12:00:00.000Z", "2026-03-01T12:00:07.500Z"]


async def test_a_small_body_goes_as_it_is(new_client: NewClient) -> None:
    request = await sent(new_client, track(1, filler="x" * SMALL))

    assert "Content-Encoding" not in request.headers
    assert request.body.startswith(b'{"batch":[')


async def test_a_large_body_goes_compressed(new_client: NewClient) -> None:
    payload = track(1, filler="x" * LARGE)

    request = await sent(new_client, payload)

    assert request.headers["Content-Encoding"] == "gzip"
    assert int(request.headers["Content-Length"]) == len(request.body) < LARGE
    assert msgspec.json.decode(gzip.decompress(request.body))["batch"] == [msgspec.json.decode(payload)]


async def test_segment_understands_a_compressed_batch(workspace: Workspace, client: SegmentClient) -> None:
    await client.send([track(1, filler="ü" * LARGE)], attempt=0)

    books = await workspace.books()

    assert [each["gzip"] for each in books["requests"]] == [True]
    assert books["stored"][0]["event"]["properties"] == {"filler": "ü" * LARGE}


@pytest.mark.parametrize(
    ("write_key", "login"), [("key", "Basic a2V5Og=="), ("schlüssel-€", "Basic c2NobMO8c3NlbC3igqw6")]
)
async def test_the_write_key_is_the_user_of_basic_credentials_without_password(
    new_client: NewClient, write_key: str, login: str
) -> None:
    request = await sent(new_client, track(1), write_key=write_key)

    assert request.headers["Authorization"] == login


async def test_a_host_that_takes_basic_credentials_only_takes_ours(
    start_workspace: StartWorkspace, new_client: NewClient
) -> None:
    workspace = await start_workspace(SegmentOptions(write_keys=("one", "two"), flavour="strict"))

    assert await new_client(workspace.url, write_key="two").send([track(1)], attempt=0) == Accepted(200, 0.0)
    assert [each["writeKey"] for each in (await workspace.books())["requests"]] == ["write key 2"]


@pytest.mark.parametrize(("attempt", "count"), [(0, None), (1, "1"), (17, "17")])
async def test_attempts_are_counted_from_the_second_on(new_client: NewClient, attempt: int, count: str | None) -> None:
    request = await sent(new_client, track(1), attempt=attempt)

    assert request.headers.get("X-Retry-Count") == count


async def test_a_request_carries_nothing_else(new_client: NewClient) -> None:
    request = await sent(new_client, track(1, filler="x" * LARGE), attempt=1)

    assert request.headers.keys() == {
        "Host",
        "Authorization",
        "Content-Type",
        "Content-Encoding",
        "Content-Length",
        "X-Retry-Count",
        "User-Agent",
        "Accept",
        "Accept-Encoding",
    }


async def test_every_attempt_is_told_of_without_its_content(
    workspace: Workspace, client: SegmentClient, observer: RecordingObserver
) -> None:
    await client.send([track(1, email="canary-20ad@shop.example"), track(2, filler="x" * LARGE)], attempt=0)
    await workspace.misbehave(kind="status", status=503)
    await client.send([track(3)], attempt=1)
    await workspace.misbehave(kind="reset")
    await client.send([track(3)], attempt=2)

    told = observer.of(BatchSent)

    assert [(each.organization, each.status, each.events) for each in told] == [
        (SHOP, 200, 2),
        (SHOP, 503, 1),
        (SHOP, 0, 1),
    ]
    assert told[0].body_bytes < LARGE < len(track(2, filler="x" * LARGE))
    assert told[1].body_bytes > len(track(3))
    assert "canary" not in repr(told)
