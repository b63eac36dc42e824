"""The stream of events: what changes comes once, as it stands now, and whoever was away misses nothing."""

import asyncio

import pytest

from gladly_segment.admin import streams as admin_streams
from gladly_segment.core.lifecycle import State
from gladly_segment.debugger.events import streaming
from gladly_segment.debugger.events.following import TOO_FAR
from gladly_segment.debugger.events.handlers import MOST_STREAMS, EventsHandlers
from tests.support.desk import OTHER_SHOP, Desk
from tests.support.history import HistoryOnAList, event, waiting
from tests.unit.debugger.events.conftest import Streams, Told


def numbers(told: Told) -> list[int]:
    return [each["number"] for each in told.data["events"]]


async def test_what_is_new_comes_by_itself(streams: Streams, history: HistoryOnAList) -> None:
    history.put(event(1))
    async with streams.read() as reader:
        history.put(event(2))

        told = await reader.next()

    assert (told.event, told.number, numbers(told)) == ("events", 2, [2])


async def test_a_page_is_followed_from_where_it_was_read(desk: Desk, streams: Streams, history: HistoryOnAList) -> None:
    history.put(event(1))
    revision = (await desk.get("/events.json")).json["revision"]
    history.put(event(2))

    async with streams.read(f"?after={revision}") as reader:
        assert numbers(await reader.next()) == [2]


async def test_who_comes_again_gets_what_it_missed_and_no_more(streams: Streams, history: HistoryOnAList) -> None:
    async with streams.read("?after=0") as reader:
        history.put(event(1))
        seen = await reader.next("events")
    history.put(event(2))
    history.put(event(3))

    async with streams.read("?after=0", **{"Last-Event-ID": str(seen.number)}) as reader:
        assert numbers(await reader.next("events")) == [2, 3]


async def test_an_event_that_changed_often_comes_as_it_is_now(streams: Streams, history: HistoryOnAList) -> None:
    history.put(waiting(1))
    history.put(event(2))
    history.put(event(1))

    async with streams.read("?after=0") as reader:
        told = await reader.next()

    assert [(each["number"], each["state"]) for each in told.data["events"]] == [(2, "delivered"), (1, "delivered")]


@pytest.mark.parametrize("query", ["state=parked", "reason=no_user", "q=customer-1"])
async def test_what_matches_no_more_is_named(streams: Streams, history: HistoryOnAList, query: str) -> None:
    history.put(event(1, state=State.PARKED, reason="no_user"))
    async with streams.read(f"?{query}&after=0") as reader:
        assert numbers(await reader.next("events")) == [1]
        history.put(event(1, customer=None))

        told = await reader.next("events")

    assert (numbers(told), told.data["gone"]) == ([], [1])


async def test_of_another_organization_nothing_comes(streams: Streams, history: HistoryOnAList) -> None:
    async with streams.read("?organization=shop&after=0") as reader:
        history.put(event(1, organization=OTHER_SHOP))
        history.put(event(2))

        told = await reader.next()

    assert (numbers(told), told.data["gone"]) == ([2], [])


async def test_many_come_in_portions_each_once(streams: Streams, history: HistoryOnAList) -> None:
    for seq in range(1, TOO_FAR + 1):
        history.put(event(seq))

    came: list[int] = []
    async with streams.read("?after=0") as reader:
        while len(came) < TOO_FAR:
            told = await reader.next("events")
            came += numbers(told)
            assert told.number == came[-1]

    assert came == list(range(1, TOO_FAR + 1))


@pytest.mark.parametrize("query", ["", "&state=parked"])
async def test_who_is_too_far_behind_is_told_to_begin_anew(
    streams: Streams, history: HistoryOnAList, query: str
) -> None:
    for seq in range(1, TOO_FAR + 2):
        history.put(event(seq))

    async with streams.read(f"?after=0{query}") as reader:
        assert (await reader.next()).event == "reset"
        await reader.ended()


async def test_who_knows_another_history_is_told_to_begin_anew(streams: Streams, history: HistoryOnAList) -> None:
    history.put(event(1))

    async with streams.read("?after=7") as reader:
        assert (await reader.next()).event == "reset"


async def test_the_number_of_all_follows(streams: Streams, history: HistoryOnAList) -> None:
    history.put(event(1))
    async with streams.read("?after=0&state=delivered") as reader:
        first = await reader.next("count")
        history.put(event(2))
        second = await reader.next("count")

    assert (first.data, second.data) == ({"total": 1, "atLeast": False}, {"total": 2, "atLeast": False})


async def test_the_page_gets_rows_in_which_everything_is_escaped(streams: Streams, history: HistoryOnAList) -> None:
    history.put(event(1, customer_name="<img src=x onerror=alert(1)>\n\nevent: reset"))

    async with streams.read("?after=0&rows=true") as reader:
        told = await reader.next()

    assert told.event == "events"
    assert told.data["html"].strip().startswith('<tr data-row data-number="1">')
    assert "&lt;img src=x" in told.data["html"]
    assert "<img" not in told.data["html"]


async def test_a_stream_on_which_nothing_happens_breathes(streams: Streams, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "BREATHE_EVERY_S", 0.01)

    async with streams.read() as reader:
        await reader.breath()


async def test_there_are_only_so_many_streams_and_who_leaves_makes_room(
    desk: Desk, streams: Streams, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streaming, "BREATHE_EVERY_S", 1_000)
    readers = [streams.read() for _ in range(MOST_STREAMS)]
    for each in readers:
        await each.__aenter__()

    refused = await desk.get("/events/stream")
    await readers.pop().__aexit__(None, None, None)
    async with asyncio.timeout(30):
        while (await desk.ask("HEAD", "/events/stream")).status != 200:
            pass

    assert (refused.status, refused.code) == (503, "too_many_streams")
    for each in readers:
        await each.__aexit__(None, None, None)


async def test_a_stream_ends_when_the_listener_stops_and_leaves_no_task(desk: Desk, streams: Streams) -> None:
    tasks = asyncio.all_tasks()
    async with streams.read() as reader:
        async with asyncio.timeout(3):
            await desk.admin.stop()
        await reader.ended()

    assert {each for each in asyncio.all_tasks() - tasks if "fill" in repr(each)} == set()


async def test_a_stream_ends_when_the_history_fails(
    streams: Streams, history: HistoryOnAList, caplog: pytest.LogCaptureFixture
) -> None:
    async with streams.read() as reader:
        history.works = False
        history.ring()

        await reader.ended()
    assert caplog.text == ""


async def test_an_unexpected_error_ends_the_stream_and_is_logged(
    streams: Streams, history: HistoryOnAList, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with streams.read() as reader:
        monkeypatch.setattr(history, "since", None)
        history.put(event(1))

        await reader.ended()

    assert "unexpected" in caplog.text


async def test_who_takes_nothing_is_held_no_memory_for_and_let_go(
    desk: Desk, handlers: EventsHandlers, history: HistoryOnAList, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admin_streams, "STALLED_AFTER_S", 0.5)
    host, port = desk.url.removeprefix("http://").split(":")
    _, writer = await asyncio.open_connection(host, int(port), limit=1)
    writer.write(f"GET /events/stream?after=0 HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode())

    seq = 0
    async with asyncio.timeout(60):
        while handlers.streams or not seq:
            for _ in range(100):
                seq += 1
                history.put(event(seq, customer_name="x" * 50_000))
            await asyncio.sleep(0.01)

    writer.close()
