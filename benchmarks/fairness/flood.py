"""So many webhooks a second of one organization, each of a new conversation, until the process is ended."""

import asyncio
import signal
import sys
import time

import aiohttp
import uvloop

_TICK_S = 0.02
_CONNECTIONS = 32


async def flood(url: str, key: str, per_s: float) -> int:
    """Send them evenly until SIGTERM; tell how many were taken."""
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    taken: list[str] = []
    connector = aiohttp.TCPConnector(limit=_CONNECTIONS)
    async with aiohttp.ClientSession(connector=connector, headers={"X-Key": key}) as http, asyncio.TaskGroup() as tasks:
        began, sent = time.monotonic(), 0
        while not stopping.is_set():
            due = int((time.monotonic() - began) * per_s)
            for number in range(sent, due):
                tasks.create_task(_send(http, url, f"flood-{began}-{number}", taken))
            sent = due
            await asyncio.sleep(_TICK_S)
    return len(taken)


async def _send(http: aiohttp.ClientSession, url: str, name: str, taken: list[str]) -> None:
    content = {"customerId": "somebody", "conversationId": name}
    async with http.post(url, json={"type": "CONVERSATION/CREATED", "id": name, "content": content}) as answer:
        if answer.ok:
            taken.append(name)
        await answer.read()


if __name__ == "__main__":
    sys.stdout.write(str(uvloop.run(flood(sys.argv[1], sys.argv[2], float(sys.argv[3])))))
