"""Connections: how many there may be, how long they may do nothing, whose word is believed, and what is no HTTP."""

import asyncio
import zlib
from ipaddress import ip_network

import pytest

from gladly_segment.core.signals import TurnedAway, TurnedAwayFor
from gladly_segment.transport.listener import Bounds
from tests.support.observer import RecordingObserver
from tests.unit.transport.place import BODY_BYTES, GET, LAST_GET, OpenPlace, Place, answered, until_end

HEAD = b"POST / HTTP/1.1\r\nHost: x\r\n"
WAITING = b"GET /waits HTTP/1.1\r\nHost: x\r\n\r\n"
OK = b"HTTP/1.1 200 "


@pytest.mark.parametrize("sent", [b"", b"\r\n", HEAD, HEAD + b"X-Slow: lo", b"P", GET[:20]])
async def test_whoever_does_not_bring_a_request_in_time_is_ended(
    place: Place, observer: RecordingObserver, monkeypatch: pytest.MonkeyPatch, sent: bytes
) -> None:
    monkeypatch.setattr("gladly_segment.transport.connection._HEADER_WITHIN_S", 0.02)

    assert await place.raw(sent) == b""

    assert observer.of(TurnedAway) == [TurnedAway(TurnedAwayFor.SLOW)]


async def test_bytes_that_trickle_buy_no_time(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gladly_segment.transport.connection._HEADER_WITHIN_S", 0.1)

    reader, writer = await place.connect(HEAD)
    ended = asyncio.create_task(reader.read())
    while not ended.done():
        writer.write(b"X-Slow: loris\r\n")
        await asyncio.wait((ended,), timeout=0.01)

    assert ended.exception() is not None or ended.result() == b""


async def test_the_next_request_of_a_connection_must_come_in_time_too(
    place: Place, observer: RecordingObserver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gladly_segment.transport.connection._HEADER_WITHIN_S", 0.05)
    monkeypatch.setattr("gladly_segment.transport.connection._IDLE_S", 2.0)

    connection = await place.connect()
    assert (await answered(connection, GET)).startswith(OK)
    connection[1].write(GET[:10])

    assert await until_end(connection) == b""
    assert observer.of(TurnedAway) == [TurnedAway(TurnedAwayFor.SLOW)]


async def test_a_request_under_way_is_given_the_time_it_needs(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gladly_segment.transport.connection._HEADER_WITHIN_S", 0.02)
    asking = asyncio.create_task(answered(await place.connect(), WAITING))
    await place.asked.wait()

    # Another one's patience has ended meanwhile.
    assert await place.raw(b"") == b""
    place.going.set()

    assert (await asking).startswith(OK)


async def test_a_connection_that_brought_a_request_may_rest(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gladly_segment.transport.connection._HEADER_WITHIN_S", 0.05)
    connection = await place.connect()
    first = await answered(connection, GET)

    # By then the time of the other one is over, too.
    assert await place.raw(b"") == b""

    assert first.startswith(OK)
    assert (await answered(connection, GET)).startswith(OK)


async def test_a_connection_that_rests_too_long_is_ended(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gladly_segment.transport.connection._IDLE_S", 0.05)

    connection = await place.connect()
    assert (await answered(connection, GET)).startswith(OK)

    assert await until_end(connection) == b""


async def test_when_all_places_are_taken_whoever_rests_longest_makes_room(
    open_place: OpenPlace, observer: RecordingObserver
) -> None:
    place = await open_place(Bounds(connections=3))
    connections = [await place.connect() for _ in range(3)]
    for each in (*connections, connections[0]):
        await answered(each, GET)

    assert (await place.raw(LAST_GET)).startswith(OK)

    assert await until_end(connections[1]) == b""
    for kept in (connections[0], connections[2]):
        assert (await answered(kept, GET)).startswith(OK)
    assert observer.of(TurnedAway) == [TurnedAway(TurnedAwayFor.CONNECTIONS)]


async def test_who_is_being_answered_makes_no_room(open_place: OpenPlace) -> None:
    place = await open_place(Bounds(connections=1))
    asking = asyncio.create_task(answered(await place.connect(), WAITING))
    await place.asked.wait()

    assert await place.raw(GET) == b""
    place.going.set()

    assert (await asking).startswith(OK)


async def test_connections_that_have_ended_leave_their_places(
    open_place: OpenPlace, observer: RecordingObserver
) -> None:
    place = await open_place(Bounds(connections=2))

    answers = [await place.raw(LAST_GET) for _ in range(10)]

    assert [each[: len(OK)] for each in answers] == [OK] * 10
    assert observer.of(TurnedAway) == []


@pytest.mark.parametrize("sent", [b"EHLO shop\r\n\r\n", b"GET / HTTP/1.1\r\nHo st: canary\r\n\r\n"])
async def test_what_is_no_http_is_refused_as_those_who_listen_do(place: Place, sent: bytes) -> None:
    said = await place.raw(sent)

    assert said.startswith(b"HTTP/1.0 400")
    assert said.endswith(b"refused 400")
    assert b"canary" not in said


@pytest.mark.parametrize("version", [b"0.9", b"2.0", b"7.3"])
async def test_another_version_of_http_is_refused(place: Place, version: bytes) -> None:
    said = await place.raw(LAST_GET.replace(b"1.1", version))

    assert said.endswith(b"refused 400")


async def test_what_fails_is_answered_as_those_who_listen_do(place: Place, caplog: pytest.LogCaptureFixture) -> None:
    said = await place.raw(b"GET /fails HTTP/1.1\r\nHost: x\r\n\r\n")

    assert said.endswith(b"failed 500")
    assert b"canary" not in said
    assert caplog.records[0].exc_info is not None


async def test_what_was_not_read_is_not_taken_for_the_next_request(place: Place) -> None:
    connection = await place.connect(HEAD + b"Content-Length: 500\r\n\r\nGET /fails HTTP/1.1\r\n")

    said = await connection[0].readuntil(b"hello 0")
    connection[1].write_eof()

    assert b"Connection: close" in said
    assert await until_end(connection) == b""


async def test_a_larger_body_is_not_read(place: Place) -> None:
    head = b"POST /reads HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\nConnection: close\r\n\r\n"

    assert (await place.raw(head + b"hello world")).startswith(b"HTTP/1.1 413")


async def test_who_sends_without_end_and_brings_no_request_is_ended(place: Place) -> None:
    reader, writer = await place.connect(b"POST /waits HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
    ended = asyncio.create_task(reader.read())

    # Each chunk is one byte, told with a long extension that counts for no body.
    while not ended.done():
        writer.write(b"1;" + b"x" * 4_000 + b"\r\nx\r\n")
        await asyncio.wait((ended,), timeout=0.001)
    place.going.set()

    assert ended.exception() is not None or ended.result() == b""


async def test_a_packed_body_is_not_unpacked(place: Place) -> None:
    packed = zlib.compress(b"x" * 100_000)[:BODY_BYTES]
    head = b"POST /reads HTTP/1.1\r\nHost: x\r\nContent-Encoding: deflate\r\nContent-Length: 10\r\n\r\n"

    connection = await place.connect(head + packed)

    assert (await connection[0].readuntil(b"hello 10")).startswith(OK)


LOOPBACK = Bounds(trusted_proxies=(ip_network("127.0.0.0/8"),))


@pytest.mark.parametrize(
    ("bounds", "told"),
    [
        (LOOPBACK, b"203.0.113.7 True"),
        (Bounds(), b"127.0.0.1 False"),
        (Bounds(trusted_proxies=(ip_network("192.0.2.0/24"),)), b"127.0.0.1 False"),
    ],
)
async def test_who_calls_is_told_by_trusted_proxies_only(open_place: OpenPlace, bounds: Bounds, told: bytes) -> None:
    place = await open_place(bounds)
    head = b"GET /caller HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"

    assert (await place.raw(head + b"X-Forwarded-For: 203.0.113.7\r\n\r\n")).endswith(b"\r\n\r\n" + told)


async def test_what_is_no_http_may_come_through_a_proxy_too(open_place: OpenPlace) -> None:
    place = await open_place(LOOPBACK)

    assert (await place.raw(b"EHLO shop\r\n\r\n")).startswith(b"HTTP/1.0 400 ")
    assert (await place.raw(LAST_GET)).startswith(OK)
