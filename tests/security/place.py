"""The service as strangers meet it: a process on a socket, its journal and its log looked at from outside."""

import os
import select
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import msgspec

from tests.security.wire import HEADER, SECRETS, SHOP, SHOPS, USERNAME
from tests.system.programs import MODULE

ANSWER_WITHIN_S = 30.0
_READ_BYTES = 65_536


class _Ready(msgspec.Struct):
    url: str


class Place:
    """The running service."""

    def __init__(self, process: "subprocess.Popen[bytes]", url: str, data_dir: Path, log: Path) -> None:
        self.url = url
        self.port = int(url.rpartition(":")[2])
        self.process = process
        self._data_dir = data_dir
        self._log = log

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=ANSWER_WITHIN_S)

    def send(self, request: bytes, *, ends: bool = False) -> bytes:
        """Send bytes on a connection of their own, maybe no more after them, and read until the service ends it."""
        with self.connect() as stranger:
            _write(stranger, request)
            if ends:
                with suppress(OSError):
                    stranger.shutdown(socket.SHUT_WR)
            return read_all(stranger)

    def receipts(self) -> int:
        """How many there are in the journal."""
        uri = f"file:{self._data_dir / 'journal.sqlite'}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True)) as journal:
            (count,) = journal.execute("SELECT count(*) FROM receipts").fetchone()
        return count

    def log_bytes(self) -> int:
        return self._log.stat().st_size

    def logged_since(self, start: int) -> str:
        with self._log.open("rb") as log:
            log.seek(start)
            return log.read().decode()


def read_all(stranger: socket.socket) -> bytes:
    """Read until the other side ends the connection, in whatever way."""
    read = bytearray()
    with suppress(ConnectionError):
        while part := stranger.recv(_READ_BYTES):
            read += part
    return bytes(read)


def outlast(strangers: Sequence[socket.socket], drip: Callable[[socket.socket], None], within_s: float) -> list[bytes]:
    """Keep connections busy until the service has ended every one; give what each was answered."""
    answers = {each: bytearray() for each in strangers}
    waiting = set(strangers)
    until = time.monotonic() + within_s
    while waiting:
        assert time.monotonic() < until, f"{len(waiting)} connections are still open"
        readable, _, _ = select.select(list(waiting), [], [], 0.2)
        for each in readable:
            part = b""
            with suppress(ConnectionError):
                part = each.recv(_READ_BYTES)
            answers[each] += part
            if not part:
                waiting.discard(each)
        for each in waiting:
            with suppress(OSError):
                drip(each)
    return [bytes(answers[each]) for each in strangers]


def _write(stranger: socket.socket, request: bytes) -> None:
    # Whoever was refused early may be cut off while still sending; what was answered is there to read.
    with suppress(ConnectionError):
        stranger.sendall(request)


@contextmanager
def serving(
    directory: Path, program: tuple[str, ...] = MODULE, *, server: Sequence[str] = (), shop: Sequence[str] = ()
) -> Generator[Place]:
    """Run the service, with vendors that do not answer, while the block lasts.

    `server` are more settings of its listener, `shop` of its first organization.
    """
    settings, log = directory / "gladly-segment.toml", directory / "service.log"
    settings.write_text(_settings(directory, server, shop))
    own = {name: value for name, value in os.environ.items() if not name.startswith("GLADLY_SEGMENT_")}
    with (
        log.open("ab") as log_file,
        subprocess.Popen(
            [sys.executable, *program, "serve", "--config", str(settings)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log_file,
            env=own,
        ) as process,
    ):
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line, log.read_text()
            ready = msgspec.json.decode(line, type=_Ready)
            yield Place(process, ready.url, directory / "data", log)
        finally:
            process.kill()


def _settings(directory: Path, server: Sequence[str], of_shop: Sequence[str]) -> str:
    lines = [f'data_dir = "{directory / "data"}"', 'log_format = "json"', 'log_level = "debug"']
    lines += ["[server]", "port = 0", *server, "[admin]", "port = 0"]
    for shop in SHOPS:
        lines += [
            f"[organizations.{shop}]",
            'gladly_url = "http://127.0.0.1:9"',
            'gladly_user = "api@shop.example"',
            f'gladly_token = "{SECRETS[shop].token}"',
            'segment_host = "http://127.0.0.1:9"',
            f'segment_write_key = "{SECRETS[shop].write_key}"',
            f'webhook_username = "{USERNAME}"',
            f'webhook_passwords = ["{SECRETS[shop].password}"]',
            f'webhook_headers = {{ {HEADER} = ["{SECRETS[shop].header}"] }}',
            *(of_shop if shop == SHOP else ()),
        ]
    return "\n".join((*lines, ""))
