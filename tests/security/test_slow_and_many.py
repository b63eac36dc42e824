"""Those who only want to keep the service busy: slow ones, silent ones, many, guessers, and repeaters."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from itertools import count
from pathlib import Path

import pytest

from tests.security.judge import statuses
from tests.security.place import Place, outlast, serving
from tests.security.wire import CLOSE, EVENT, HOST, OTHER, PING, RIGHT, basic, head, key, login, post

ENDED_WITHIN_S = 30.0
EVENT_OF_A_CONVERSATION = (
    b'{"id":"e-replayed","type":"CONVERSATION/CREATED","timestamp":"2026-03-01T12:00:00Z",'
    b'"content":{"customerId":"u-1","conversationId":"c-replayed"}}'
)
LONG = (b"Content-Length", b"200000")

SLOW = {
    "silence": (b"", b""),
    "a head byte by byte": (b"", b"P"),
    "a head line by line": (head(HOST, *RIGHT)[:-2], b"X-Slow: loris\r\n"),
    "line ends before a request": (b"", b"\r\n"),
    "a body byte by byte": (head(HOST, CLOSE, *RIGHT, LONG), b" "),
    "chunks byte by byte": (head(HOST, CLOSE, *RIGHT, (b"Transfer-Encoding", b"chunked")), b"1\r\n \r\n"),
    "a chunk's size without an end": (head(HOST, CLOSE, *RIGHT, (b"Transfer-Encoding", b"chunked")), b"0"),
    "a body byte by byte without proof": (head(HOST, CLOSE, LONG), b" "),
    "a second head byte by byte": (post(PING, proofs=[]).replace(b"Connection: close\r\n", b""), b"P"),
}
"""What is sent at once, and what is sent again and again."""


@pytest.fixture
def own_place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with serving(tmp_path_factory.mktemp("attacked")) as running:
        yield running


def test_whoever_is_slow_is_ended_and_nobody_waits_for_it(place: Place) -> None:
    receipts, start = place.receipts(), place.log_bytes()
    with ExitStack() as stack:
        strangers = [stack.enter_context(place.connect()) for _ in SLOW for _ in range(5)]
        drips = dict(zip(strangers, [drip for _, drip in SLOW.values() for _ in range(5)], strict=True))
        for stranger, (first, _) in zip(strangers, [each for each in SLOW.values() for _ in range(5)], strict=True):
            stranger.sendall(first)
        assert statuses(place.send(post(PING))) == [200]

        answers = outlast(strangers, lambda each: each.sendall(drips[each]), ENDED_WITHIN_S)

    assert {status for answer in answers for status in statuses(answer)} <= {400, 401, 408, 413, 429}
    assert place.receipts() == receipts
    assert "Traceback" not in place.logged_since(start)


def test_many_silent_connections_do_not_keep_gladly_out(tmp_path: Path) -> None:
    with serving(tmp_path, server=["max_connections = 50"]) as place, ExitStack() as stack:
        for _ in range(120):
            stack.enter_context(place.connect())

        answers = [place.send(post(PING)) for _ in range(20)]

    assert [statuses(each) for each in answers] == [[200]] * 20


def test_a_guesser_is_slowed_down_and_gladly_behind_the_same_address_is_not(own_place: Place) -> None:
    guesses = [own_place.send(post(PING, proofs=[(b"Authorization", basic(f"gladly:{n}")), key()])) for n in range(40)]
    right = [own_place.send(post(PING)) for _ in range(40)]

    assert [statuses(each) for each in guesses[:20]] == [[401]] * 20
    assert [statuses(each) for each in guesses[25:]] == [[429]] * 15
    assert all(b"\r\nRetry-After: " in each for each in guesses[25:])
    assert [statuses(each) for each in right] == [[200]] * 40


@pytest.mark.parametrize("body", [EVENT, EVENT_OF_A_CONVERSATION])
def test_what_was_captured_and_is_sent_again_is_recognised(own_place: Place, body: bytes) -> None:
    captured = post(body)
    assert b'{"status":"new"}' in own_place.send(captured)
    receipts = own_place.receipts()

    again = [own_place.send(captured) for _ in range(20)]
    rewritten = [
        own_place.send(post(body, (b"X-Attempt", b"2"))),
        own_place.send(post(body + b"\n")),
        own_place.send(post(body, target=b"/webhooks/shop?again")),
    ]

    assert all(b'{"status":"duplicate"}' in each for each in (*again, *rewritten))
    assert own_place.receipts() == receipts
    # What was captured on its way to one shop opens no other's door.
    elsewhere = own_place.send(captured.replace(b"/webhooks/shop", b"/webhooks/" + OTHER.encode()))
    assert statuses(elsewhere) == [401]
    assert own_place.receipts() == receipts


def test_an_organization_that_sends_more_than_it_may_costs_another_nothing(tmp_path: Path) -> None:
    with serving(tmp_path, shop=["max_webhooks_per_s = 1"]) as place:
        flood = [statuses(place.send(post(PING))) for _ in range(50)]
        others = [statuses(place.send(post_to_other(PING))) for _ in range(50)]

    assert flood[:10] == [[200]] * 10
    assert flood.count([429]) > 30
    assert others == [[200]] * 50


def test_an_organization_whose_events_pile_up_is_told_to_wait_and_another_is_not(tmp_path: Path) -> None:
    with serving(tmp_path, shop=["max_backlog = 5"]) as place:
        numbers = count()
        while statuses(answer := place.send(post(waiting(next(numbers))))) == [200]:
            pass

        assert statuses(answer) == [503]
        assert b'"code":"backlog_full"' in answer
        assert b'{"status":"pong"}' in place.send(post(PING))
        assert b'{"status":"new"}' in place.send(post_to_other(waiting(0)))


def post_to_other(body: bytes) -> bytes:
    return post(body, proofs=[login(OTHER), key(OTHER)], target=b"/webhooks/" + OTHER.encode())


def waiting(number: int) -> bytes:
    """An event that waits for Gladly, which does not answer."""
    return EVENT_OF_A_CONVERSATION.replace(b"replayed", b"%d" % number)


def test_connections_that_are_reset_leave_nothing_behind(own_place: Place) -> None:
    start = own_place.log_bytes()
    for sent in (b"", b"\r\n", b"POST ", head(HOST, *RIGHT)[:-2], head(HOST, *RIGHT, LONG), post(EVENT)[:-5]) * 20:
        with own_place.connect() as stranger, suppress(OSError):
            stranger.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
            stranger.sendall(sent)

    assert statuses(own_place.send(post(PING))) == [200]
    assert own_place.receipts() == 0
    assert "Traceback" not in own_place.logged_since(start)
    assert "library_message" not in own_place.logged_since(start)
