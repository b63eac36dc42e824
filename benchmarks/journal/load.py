"""A bounded number of webhooks over keep-alive connections, each of a new conversation; a process by itself."""

import asyncio
import base64
import sys
import time
import uuid

import msgspec
import uvloop

from benchmarks.journal.server import ORGANIZATION, PASSWORD, USERNAME

CONNECTIONS = 64


class Measured(msgspec.Struct):
    """What one load measured: requests a second, and latencies in milliseconds."""

    per_s: float
    p50_ms: float
    p99_ms: float


async def load(port: int, requests: int) -> Measured:
    """Send the webhooks and take the time of each. Raises RuntimeError when one is not answered 200."""
    latencies: list[float] = []
    began = time.perf_counter()
    await asyncio.gather(*(_connection(port, requests // CONNECTIONS, latencies) for _ in range(CONNECTIONS)))
    seconds = time.perf_counter() - began
    latencies.sort()
    p50, p99 = (latencies[int(share * (len(latencies) - 1))] * 1000 for share in (0.5, 0.99))
    return Measured(len(latencies) / seconds, p50, p99)


async def _connection(port: int, requests: int, latencies: list[float]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    login = base64.b64encode(f"{USERNAME}:{PASSWORD}".encode()).decode()
    for _ in range(requests):
        body = (
            f'{{"id":"{uuid.uuid4()}","type":"CONVERSATION/CREATED","timestamp":"2026-01-01T00:00:00.000Z",'
            f'"content":{{"customerId":"{uuid.uuid4()}","conversationId":"{uuid.uuid4()}",'
            '"context":{"assignee":{"inboxId":"inbox"}}}}'
        ).encode()
        began = time.perf_counter()
        writer.write(
            f"POST /webhooks/{ORGANIZATION} HTTP/1.1\r\nHost: bench\r\nAuthorization: Basic {login}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode()
            + body
        )
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(f"a webhook was answered {head[:30]!r}")
        length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n", 1)[0])
        await reader.readexactly(length)
        latencies.append(time.perf_counter() - began)
    writer.close()


if __name__ == "__main__":
    sys.stdout.write(msgspec.json.encode(uvloop.run(load(int(sys.argv[1]), int(sys.argv[2])))).decode())
