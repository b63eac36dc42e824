"""A socket that strangers may reach, encrypted or not."""

import asyncio
import resource
import socket
from contextlib import ExitStack, suppress
from functools import partial
from typing import Final

import msgspec

from gladly_segment.core.callers import Network
from gladly_segment.core.errors import GladlySegmentError
from gladly_segment.core.signals import SettingsTrouble
from gladly_segment.ports.observer import Observer
from gladly_segment.transport.certificates import Certificates, TlsFiles
from gladly_segment.transport.connection import Connection, Connections, Served
from gladly_segment.transport.gate import Gate

_HANDSHAKE_WITHIN_S: Final = 10.0
_QUEUE: Final = 256
_AT_ONCE: Final = 64
_OTHER_FILES: Final = 512
_AFTER_TROUBLE_S: Final = 1.0


class Bounds(msgspec.Struct, frozen=True, kw_only=True):
    """What protects a listener: how many connections there may be at once, and whose `X-Forwarded-For` counts."""

    connections: int = 2_000
    connections_per_address: int = 100
    trusted_proxies: tuple[Network, ...] = ()


class Listener:
    """Takes connections while it is open.

    Each is counted as soon as it is accepted: a handshake is the dearest thing that is done for strangers.
    """

    def __init__(self, served: Served, observer: Observer, bounds: Bounds, tls: TlsFiles | None) -> None:
        """Without `tls` nothing is encrypted. Raises SettingsError when its files cannot be used."""
        self._served = served
        self._certificates = None
        if tls is not None:
            self._certificates = Certificates(
                tls, served.section, lambda detail: observer.emit(SettingsTrouble(None, detail))
            )
        gate = Gate(room_for(bounds.connections), bounds.connections_per_address, observer.emit)
        self._connections = Connections(served, gate, bounds.trusted_proxies)
        self._sockets: list[socket.socket] = []
        self._beginning: set[asyncio.Task[None]] = set()

    async def open(self, host: str, port: int) -> str:
        """Listen, and give the url; `port` 0 takes a free one. Raises GladlySegmentError when it cannot."""
        try:
            self._sockets = await _listen(host, port)
        except OSError as error:
            raise GladlySegmentError(
                f"cannot listen on {host} port {port}: {error.strerror}",
                hint=f"set {self._served.section}.port to a free one",
            ) from error
        for each in self._sockets:
            self._watch(each)
        address, bound = self._sockets[0].getsockname()[:2]
        scheme = "http" if self._certificates is None else "https"
        return f"{scheme}://{f'[{address}]' if ':' in address else address}:{bound}"

    async def close(self) -> None:
        """Take no more requests, and answer those that are being handled."""
        while self._sockets:
            listening = self._sockets.pop()
            asyncio.get_running_loop().remove_reader(listening)
            listening.close()
        # What was accepted in the same breath is still to be begun.
        await asyncio.sleep(0)
        beginning = list(self._beginning)
        for task in beginning:
            task.cancel()
        await asyncio.gather(*beginning, return_exceptions=True)
        self._connections.pre_shutdown()
        await self._connections.shutdown(self._served.stop_within_s)

    def _watch(self, listening: socket.socket) -> None:
        if listening.fileno() >= 0:
            asyncio.get_running_loop().add_reader(listening, self._accept, listening)

    def _accept(self, listening: socket.socket) -> None:
        for _ in range(_AT_ONCE):
            try:
                accepted, peer = listening.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError:  # no file is left for it: it waits until there is
                loop = asyncio.get_running_loop()
                loop.remove_reader(listening)
                loop.call_later(_AFTER_TROUBLE_S, self._watch, listening)
                return
            accepted.setblocking(False)
            connection = self._connections()
            if connection.enter(peer[0]):
                self._begin(connection, accepted)
            else:
                accepted.close()

    def _begin(self, connection: Connection, accepted: socket.socket) -> None:
        task = asyncio.create_task(self._connect(connection, accepted))
        connection.evict_by(task.cancel)
        self._beginning.add(task)
        task.add_done_callback(self._beginning.discard)

    async def _connect(self, connection: Connection, accepted: socket.socket) -> None:
        connect = partial(asyncio.get_running_loop().connect_accepted_socket, lambda: connection, accepted)
        with suppress(OSError):  # it takes too long, it is no TLS, or the sender left
            try:
                if self._certificates is None:
                    await connect()
                else:
                    await connect(ssl=self._certificates.context(), ssl_handshake_timeout=_HANDSHAKE_WITHIN_S)
            except BaseException:
                connection.leave()
                raise


def room_for(connections: int) -> int:
    """Have the system allow so many connections, and give how many it allows: each needs a file, and so does the rest.

    What is set is often far below what may be set.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + _OTHER_FILES
    if resource.RLIM_INFINITY != soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return connections if soft == resource.RLIM_INFINITY else max(1, min(connections, soft - _OTHER_FILES))


async def _listen(host: str, port: int) -> list[socket.socket]:
    found = await asyncio.get_running_loop().getaddrinfo(
        host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )
    with ExitStack() as stack:
        sockets: list[socket.socket] = []
        for family, address in dict.fromkeys((each[0], each[4][:2]) for each in found):
            listening = socket.create_server(address, family=family, backlog=_QUEUE)
            stack.callback(listening.close)
            listening.setblocking(False)
            sockets.append(listening)
        stack.pop_all()
        return sockets
