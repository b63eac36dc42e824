"""What becomes of one attempt: accepted, or a failure of the kind that the Segment fact sheet sorts it into."""

import asyncio
import socket
from datetime import timedelta
from email.utils import format_datetime

import pytest

from gladly_segment.core.failures import Failure, FailureKind
from gladly_segment.core.signals import BatchSent
from gladly_segment.ports.destination import Accepted
from gladly_segment.sandbox.segment.options import SegmentOptions
from gladly_segment.segment import SegmentClient
from tests.support.clock import START, ManualClock
from tests.support.observer import RecordingObserver
from tests.unit.segment.conftest import NewClient, StartWorkspace, Workspace, track
from tests.unit.transport.servers import answer, scripted_server

GIVE_UP_S = 0.3
"""Far shorter than an answer that drips or hangs."""

RETRIED = (408, 410, 460, 500, 502, 503, 504, 506, 520, 599)
"""And 429: "408, 410, 429, 460, 5xx except 501 and 505" (Segment fact sheet, retry)."""

KINDS = {
    FailureKind.UNAVAILABLE: RETRIED,
    FailureKind.THROTTLED: (429,),
    FailureKind.REFUSED: (400, 422),
    FailureKind.TOO_LARGE: (413,),
    FailureKind.UNAUTHORIZED: (401, 403),
    FailureKind.MISDIRECTED: (301, 302, 307, 308, 404, 405, 418, 501, 505),
}


async def failure_of(client: SegmentClient) -> Failure:
    outcome = await client.send([track(1)], attempt=0)
    assert isinstance(outcome, Failure)
    return outcome


@pytest.mark.parametrize("status", [200, 201, 202, 204])
async def test_every_2xx_is_an_acceptance(workspace: Workspace, client: SegmentClient, status: int) -> None:
    await workspace.misbehave(kind="status", status=status)

    assert await client.send([track(1)], attempt=0) == Accepted(status, 0.0)


async def test_an_acceptance_tells_how_long_it_took(
    client: SegmentClient, clock: ManualClock, observer: RecordingObserver, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticks = iter((1.0, 1.25))
    monkeypatch.setattr(clock, "monotonic", lambda: next(ticks))

    assert await client.send([track(1)], attempt=0) == Accepted(200, 0.25)

    assert [(each.status, each.seconds) for each in observer.of(BatchSent)] == [(200, 0.25)]


@pytest.mark.parametrize(("kind", "status"), [(kind, each) for kind, statuses in KINDS.items() for each in statuses])
async def test_every_other_status_is_sorted(
    workspace: Workspace, client: SegmentClient, kind: FailureKind, status: int
) -> None:
    await workspace.misbehave(kind="status", status=status, body='{"message":"canary-5e91"}')

    failure = await failure_of(client)

    assert (failure.kind, failure.status, failure.retry_after_s) == (kind, status, None)
    assert "canary" not in failure.detail


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_a_failure_and_not_followed(
    workspace: Workspace, client: SegmentClient, status: int
) -> None:
    await workspace.misbehave(kind="status", status=status, headers={"Location": "/v1/import"}, times=1)

    assert (await failure_of(client)).kind is FailureKind.MISDIRECTED
    assert [each["path"] for each in (await workspace.books())["requests"]] == ["/v1/batch"]


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7.0),
        ({"Retry-After": format_datetime(START + timedelta(seconds=90), usegmt=True)}, 90.0),
        ({"Retry-After": format_datetime(START - timedelta(seconds=90), usegmt=True)}, 0.0),
        ({"X-RateLimit-Reset": "11"}, 11.0),
        ({"Retry-After": "7", "X-RateLimit-Reset": "11"}, 7.0),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "Sun, 01 Mar 99999999999999999999 12:00:00 GMT"}, None),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
async def test_segments_wish_for_a_pause_is_passed_on(
    workspace: Workspace, client: SegmentClient, status: int, headers: dict[str, str], seconds: float | None
) -> None:
    await workspace.misbehave(kind="status", status=status, headers=headers)

    assert (await failure_of(client)).retry_after_s == seconds


async def test_too_many_requests_a_second_are_throttled_with_a_pause(
    start_workspace: StartWorkspace, new_client: NewClient
) -> None:
    workspace = await start_workspace(SegmentOptions(requests_per_s=0))

    failure = await failure_of(new_client(workspace.url))

    assert (failure.kind, failure.retry_after_s) == (FailureKind.THROTTLED, 1.0)


async def test_a_wrong_write_key_is_unauthorized_and_not_told(
    start_workspace: StartWorkspace, new_client: NewClient
) -> None:
    workspace = await start_workspace(SegmentOptions(flavour="strict"))

    failure = await failure_of(new_client(workspace.url, write_key="canary-3f60"))

    assert failure.kind is FailureKind.UNAUTHORIZED
    assert "canary" not in repr(failure)


async def test_bad_json_is_refused(workspace: Workspace, client: SegmentClient) -> None:
    outcome = await client.send([b'{"cut":'], attempt=0)

    assert outcome == Failure(FailureKind.REFUSED, "answered 400 (Bad Request)", 400)


@pytest.mark.parametrize("kind", ["hang", "drip"])
@pytest.mark.parametrize("accepted", [False, True], ids=["before", "after accepting"])
async def test_an_answer_that_does_not_come_in_time_is_none(
    workspace: Workspace, new_client: NewClient, kind: str, accepted: bool
) -> None:
    await workspace.misbehave(kind=kind, after_handling=accepted)

    failure = await failure_of(new_client(workspace.url, total_s=GIVE_UP_S))

    assert failure == Failure(FailureKind.UNREACHABLE, "no answer in time")
    assert await workspace.has_stored(int(accepted))


async def test_an_answer_that_breaks_off_is_none(workspace: Workspace, client: SegmentClient) -> None:
    await workspace.misbehave(kind="truncate", after_handling=True)

    assert await failure_of(client) == Failure(FailureKind.UNREACHABLE, "the answer broke off")


@pytest.mark.parametrize("accepted", [False, True], ids=["before", "after accepting"])
async def test_a_batch_sent_again_after_a_reset_is_stored_once(
    workspace: Workspace, client: SegmentClient, accepted: bool
) -> None:
    await workspace.misbehave(kind="reset", times=1, after_handling=accepted)

    first, second = await failure_of(client), await client.send([track(1)], attempt=1)

    assert first.kind is FailureKind.UNREACHABLE
    assert second == Accepted(200, 0.0)
    books = await workspace.books()
    assert [len(books["stored"]), len(books["duplicates"])] == [1, int(accepted)]


@pytest.mark.parametrize("junk", [b"", b"\r\n\r\n", b"SSH-2.0-OpenSSH_9.9\r\n", b"HTTP/1.1 2000000 Yes\r\n\r\n"])
async def test_a_host_that_speaks_no_http(new_client: NewClient, junk: bytes) -> None:
    async with scripted_server() as server:
        server.answer = junk

        assert (await failure_of(new_client(server.url))).kind is FailureKind.UNREACHABLE


async def test_an_answer_in_an_unreadable_encoding_is_none(new_client: NewClient) -> None:
    async with scripted_server() as server:
        server.answer = answer(200, b"not gzip", Content_Encoding="gzip")

        assert await failure_of(new_client(server.url)) == Failure(FailureKind.UNREACHABLE, "the answer broke off")


async def test_nobody_listens(new_client: NewClient) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    failure = await failure_of(new_client(f"http://127.0.0.1:{port}"))

    assert failure == Failure(FailureKind.UNREACHABLE, "the host refused the connection or could not be reached")


async def test_a_host_that_no_name_server_knows(new_client: NewClient) -> None:
    failure = await failure_of(new_client("http://nobody.invalid"))

    assert failure == Failure(FailureKind.UNREACHABLE, "the host's name could not be resolved")


async def test_a_cancelled_attempt_ends_at_once_and_tells_nothing(
    new_client: NewClient, observer: RecordingObserver
) -> None:
    async with scripted_server() as server:
        server.answering.clear()
        attempt = asyncio.create_task(new_client(server.url).send([track(1)], attempt=0))
        await server.asked()
        attempt.cancel()

        with pytest.raises(asyncio.CancelledError):
            await attempt

    assert observer.signals == []
