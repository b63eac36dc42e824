"""The judge lets no fault pass: not of a service whose door is open, nor any other that it is there to see."""

from collections.abc import Iterator

import msgspec
import pytest

from tests.security.attacks import credentials
from tests.security.judge import Evidence, attack, complaints
from tests.security.place import Place, serving
from tests.security.wire import PING, SECRETS, SHOP, post

OPEN_DOOR = ("-m", "tests.security.open_door")

GOOD = Evidence(
    answer=b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n",
    receipts=0,
    logged='{"status": 401, "event": "webhook_answered", "level": "warning"}\n',
    afterwards=b'HTTP/1.1 200 OK\r\n\r\n{"status":"pong"}',
)


@pytest.fixture(scope="module")
def open_place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with serving(tmp_path_factory.mktemp("open"), OPEN_DOOR) as running:
        yield running


def test_a_door_that_is_open_is_seen(open_place: Place) -> None:
    found = [complaints(attack(open_place, each)) for each in credentials.ATTACKS]

    assert sum("it was accepted" in each for each in found) > 80
    assert sum("it is in the journal" in each for each in found) >= 1


def test_what_is_right_is_not_complained_of() -> None:
    assert complaints(GOOD) == []
    assert complaints(msgspec.structs.replace(GOOD, answer=b"")) == []
    asked = b"HTTP/1.1 100 Continue\r\n\r\n" + GOOD.answer
    assert complaints(msgspec.structs.replace(GOOD, answer=asked)) == []


@pytest.mark.parametrize(
    ("fault", "complaint"),
    [
        ({"answer": b"HTTP/1.1 200 OK\r\n\r\n"}, "it was accepted"),
        ({"answer": b"HTTP/1.0 204 No Content\r\n\r\n"}, "it was accepted"),
        ({"answer": b"HTTP/0.9 200 OK\r\n\r\n"}, "it was accepted"),
        ({"answer": GOOD.answer + b"HTTP/1.1 200 OK\r\n\r\n"}, "it was accepted"),
        ({"answer": b"HTTP/1.1 500 Internal Server Error\r\n\r\n"}, "it was answered 5xx"),
        ({"answer": GOOD.answer + b"HTTP/1.1 504 Gateway Timeout\r\n\r\n"}, "it was answered 5xx"),
        ({"answer": b"HTTP/1.1 301 Moved Permanently\r\n\r\n"}, "it was answered otherwise than 4xx"),
        ({"answer": b"HTTP/1.1 101 Switching Protocols\r\n\r\n"}, "it was answered otherwise than 4xx"),
        ({"answer": GOOD.answer + SECRETS[SHOP].password.encode()}, "a secret was told"),
        ({"logged": f'{{"header": "{SECRETS[SHOP].header}"}}\n'}, "a secret was told"),
        ({"receipts": 1}, "it is in the journal"),
        ({"logged": "Traceback (most recent call last):\n"}, "the log is loud"),
        ({"logged": '{"event": "library_message", "level": "warning"}\n'}, "the log is loud"),
        ({"logged": '{"event": "journal_trouble", "level": "error"}\n'}, "the log is loud"),
        ({"afterwards": b""}, "a right request is not taken afterwards"),
        ({"afterwards": b"HTTP/1.1 503 Service Unavailable\r\n\r\n"}, "a right request is not taken afterwards"),
    ],
)
def test_every_fault_is_complained_of(fault: dict[str, object], complaint: str) -> None:
    assert complaint in complaints(msgspec.structs.replace(GOOD, **fault))


def test_the_right_request_is_right(place: Place) -> None:
    assert b'{"status":"pong"}' in place.send(post(PING))
