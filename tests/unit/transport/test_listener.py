"""A place on the network: where it is found, what is wrong when it cannot be, and its end."""

import asyncio
import socket

import pytest

from gladly_segment.core.errors import GladlySegmentError
from gladly_segment.transport.listener import Bounds
from tests.support.observer import RecordingObserver
from tests.unit.transport.place import Place, answered


async def test_a_port_in_use_is_told_with_its_setting(observer: RecordingObserver) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(GladlySegmentError, match=f"^cannot listen on 127.0.0.1 port {port}: .*in use") as error:
            await Place(observer, Bounds(), None).open("127.0.0.1", port)

    assert error.value.hint == "set its.port to a free one"


async def test_an_ipv6_address_is_bracketed(observer: RecordingObserver) -> None:
    place = Place(observer, Bounds(), None)

    await place.open("::1")
    await place.listener.close()

    assert place.url.startswith("http://[::1]:")


async def test_one_that_was_never_opened_can_be_closed(observer: RecordingObserver) -> None:
    await Place(observer, Bounds(), None).listener.close()


async def test_its_end_waits_for_what_is_being_answered(place: Place) -> None:
    connection = await place.connect()
    asking = asyncio.create_task(answered(connection, b"GET /waits HTTP/1.1\r\nHost: x\r\n\r\n"))
    await place.asked.wait()

    closing = asyncio.create_task(place.listener.close())
    place.going.set()

    assert (await asking).startswith(b"HTTP/1.1 200 ")
    await closing
