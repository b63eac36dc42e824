"""A listener with the least that can stand behind one."""

import asyncio
import ssl
from pathlib import Path
from typing import Protocol

from aiohttp import web
from cryptography import x509

from gladly_segment.transport.certificates import TlsFiles
from gladly_segment.transport.connection import Served, caller, is_through_proxy
from gladly_segment.transport.listener import Bounds, Listener
from tests.support.observer import RecordingObserver

BODY_BYTES = 10
GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
LAST_GET = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Place:
    """A listener that says hello, and the connections that a test made to it.

    What is asked at `/waits` is answered once `going` is set; `asked` is set as soon as it has come.
    """

    def __init__(self, observer: RecordingObserver, bounds: Bounds, tls: TlsFiles | None) -> None:
        self.going, self.asked = asyncio.Event(), asyncio.Event()
        served = Served(
            section="its",
            handle=self._hello,
            refuse=lambda status: web.Response(text=f"refused {status}", status=status),
            fail=lambda status: web.Response(text=f"failed {status}", status=status),
            body_bytes=BODY_BYTES,
            stop_within_s=5.0,
        )
        self.listener = Listener(served, observer, bounds, tls)
        self.url = ""
        self._made: list[asyncio.StreamWriter] = []

    async def open(self, host: str = "127.0.0.1", port: int = 0) -> None:
        self.url = await self.listener.open(host, port)

    async def connect(self, sent: bytes = b"", *, context: ssl.SSLContext | None = None) -> Connection:
        host, port = self.url.partition("://")[2].split(":")
        reader, writer = await asyncio.open_connection(host, int(port), ssl=context)
        self._made.append(writer)
        writer.write(sent)
        return reader, writer

    async def raw(self, sent: bytes) -> bytes:
        """Send bytes on a connection of their own, and read until its end."""
        return await until_end(await self.connect(sent))

    async def shown(self) -> str:
        """The name in the certificate that a new connection is shown."""
        reader, writer = await self.connect(LAST_GET, context=client())
        assert (await reader.read()).startswith(b"HTTP/1.1 200 ")
        found = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        writer.close()
        await writer.wait_closed()
        return x509.load_der_x509_certificate(found).subject.rfc4514_string()

    def leave(self) -> None:
        for writer in self._made:
            writer.close()

    async def _hello(self, request: web.BaseRequest) -> web.Response:
        match request.path:
            case "/fails":
                raise ZeroDivisionError("canary")
            case "/waits":
                self.asked.set()
                await self.going.wait()
            case "/caller":
                return web.Response(text=f"{caller(request)} {is_through_proxy(request)}")
            case _:
                pass
        body = await request.read() if request.path == "/reads" else b""
        return web.Response(text=f"hello {len(body)}")


class OpenPlace(Protocol):
    """Opens a listener."""

    async def __call__(self, bounds: Bounds | None = ..., tls: TlsFiles | None = ...) -> Place: ...


async def until_end(connection: Connection) -> bytes:
    """Read until the other side hangs up."""
    try:
        return await connection[0].read()
    except ConnectionError:
        return b""


async def answered(connection: Connection, request: bytes) -> bytes:
    """Send a request, and give the answer's head; the connection is kept."""
    reader, writer = connection
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    await reader.readexactly(int(head.partition(b"Content-Length: ")[2].partition(b"\r\n")[0]))
    return head


def client(certificate: Path | None = None) -> ssl.SSLContext:
    """A client that trusts this certificate alone, or whatever it is shown."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if certificate is None:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    else:
        context.load_verify_locations(certificate)
    return context
