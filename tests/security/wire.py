"""Requests byte for byte: the right one, from which every hostile one differs in one respect."""

import base64
from collections.abc import Sequence
from typing import Final

import msgspec

SHOP: Final = "shop"
OTHER: Final = "other"
SHOPS: Final = (SHOP, OTHER)
USERNAME: Final = "gladly"
HEADER: Final = "X-Webhook-Key"


class Secrets(msgspec.Struct, frozen=True):
    """Of one shop; each is easy to find again where it must not be."""

    token: str
    write_key: str
    password: str
    header: str


SECRETS: Final = {
    shop: Secrets(*(f"canary-{name}-of-{shop}" for name in ("token", "write-key", "password", "header")))
    for shop in SHOPS
}

EVENT: Final = b'{"id":"e-hostile","type":"TASK/CREATED","timestamp":"2026-03-01T12:00:00Z","content":{}}'
PING: Final = b'{"type":"PING"}'

Header = tuple[bytes, bytes]


class Attack(msgspec.Struct, frozen=True):
    """A hostile request; after one that is not whole, nothing more comes."""

    name: str
    request: bytes
    is_whole: bool = True


def basic(text: str | bytes) -> bytes:
    """The value of an Authorization header."""
    return b"Basic " + base64.b64encode(text.encode() if isinstance(text, str) else text)


def login(shop: str = SHOP) -> Header:
    return (b"Authorization", basic(f"{USERNAME}:{SECRETS[shop].password}"))


def key(shop: str = SHOP) -> Header:
    return (HEADER.encode(), SECRETS[shop].header.encode())


RIGHT: Final = (login(), key())
HOST: Final = (b"Host", b"shop.example")
CLOSE: Final = (b"Connection", b"close")


def head(
    *headers: Header,
    method: bytes = b"POST",
    target: bytes = b"/webhooks/shop",
    version: bytes = b"HTTP/1.1",
) -> bytes:
    """Everything before the body."""
    lines = [b" ".join((method, target, version)), *(name + b": " + value for name, value in headers)]
    return b"".join(line + b"\r\n" for line in (*lines, b""))


def post(
    body: bytes = EVENT,
    *headers: Header,
    proofs: Sequence[Header] = RIGHT,
    method: bytes = b"POST",
    target: bytes = b"/webhooks/shop",
    version: bytes = b"HTTP/1.1",
) -> bytes:
    """A whole request, right in every respect that is not said otherwise."""
    length = (b"Content-Length", str(len(body)).encode())
    return head(HOST, CLOSE, *proofs, *headers, length, method=method, target=target, version=version) + body
