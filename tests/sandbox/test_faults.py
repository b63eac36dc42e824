"""The faults both simulators can play, seen by a client on a real socket."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web

from gladly_segment.sandbox.faults import FaultPlan, FaultRule, fault_middleware, fault_routes

ANSWER = b'{"true":"answer"}'


class Simulator:
    """A server with one resource that counts how often it was really handled."""

    def __init__(self) -> None:
        self.handled = 0
        self.began = asyncio.Event()
        self.url = ""
        self._plan = FaultPlan(seed=7)
        app = web.Application(middlewares=[fault_middleware(self._plan, "/v1")])
        app.router.add_route("*", "/v1/{tail:.*}", self._answer)
        app.router.add_get("/other", self._answer)
        app.add_routes(fault_routes(self._plan))
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)

    async def start(self) -> None:
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        await self._runner.cleanup()

    def set(self, *rules: FaultRule) -> None:
        self._plan.set(rules)

    async def _answer(self, request: web.Request) -> web.Response:
        await request.read()
        self.handled += 1
        self.began.set()
        if request.path == "/v1/missing":
            raise web.HTTPNotFound
        return web.Response(body=ANSWER, content_type="application/json")


@pytest.fixture
async def simulator() -> AsyncIterator[Simulator]:
    running = Simulator()
    await running.start()
    yield running
    await running.stop()


@pytest.fixture
async def client(simulator: Simulator) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(simulator.url) as session:
        yield session


async def status_of(client: aiohttp.ClientSession, path: str, method: str = "GET") -> int:
    async with client.request(method, path) as response:
        await response.read()
        return response.status


async def test_status_answers_as_planned_without_handling(simulator: Simulator, client: aiohttp.ClientSession) -> None:
    simulator.set(FaultRule(kind="status", status=429, headers={"Retry-After": "3"}, body='{"slow":"down"}'))

    async with client.get("/v1/thing") as response:
        assert response.status == 429
        assert response.headers["Retry-After"] == "3"
        assert response.content_type == "application/json"
        assert await response.text() == '{"slow":"down"}'
    assert simulator.handled == 0


async def test_status_after_handling_loses_the_true_answer(simulator: Simulator, client: aiohttp.ClientSession) -> None:
    simulator.set(FaultRule(kind="status", status=502, after_handling=True))

    assert await status_of(client, "/v1/thing") == 502
    assert simulator.handled == 1


@pytest.mark.parametrize(("after_handling", "handled"), [(False, 0), (True, 1)])
async def test_reset_is_seen_as_a_connection_reset(simulator: Simulator, after_handling: bool, handled: int) -> None:
    simulator.set(FaultRule(kind="reset", after_handling=after_handling))
    reader, writer = await asyncio.open_connection("127.0.0.1", int(simulator.url.rpartition(":")[2]))
    writer.write(b"POST /v1/thing HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}")

    with pytest.raises(ConnectionResetError):
        await reader.read()

    writer.close()
    assert simulator.handled == handled


async def test_hang_ends_when_the_client_gives_up(simulator: Simulator, client: aiohttp.ClientSession) -> None:
    simulator.set(FaultRule(kind="hang", times=1))

    with pytest.raises(TimeoutError):
        await client.post("/v1/thing", data=b"x" * 500_000, timeout=aiohttp.ClientTimeout(total=0.2))

    assert await status_of(client, "/v1/thing") == 200
    assert simulator.handled == 1


async def test_hang_ends_when_the_simulator_stops(simulator: Simulator, client: aiohttp.ClientSession) -> None:
    simulator.set(FaultRule(kind="hang", after_handling=True, path_prefix="/v1/hang"))
    hanging = asyncio.create_task(client.get("/v1/hang").__aenter__())
    await simulator.began.wait()

    await simulator.stop()

    with pytest.raises(aiohttp.ClientConnectionError):
        await hanging


@pytest.mark.parametrize(
    ("rule", "start"),
    [
        (FaultRule(kind="truncate", after_handling=True), ANSWER[:8]),
        (FaultRule(kind="truncate", status=200, body="12345678"), b"1234"),
    ],
)
async def test_truncate_breaks_off_below_the_announced_length(
    simulator: Simulator, client: aiohttp.ClientSession, rule: FaultRule, start: bytes
) -> None:
    simulator.set(rule)

    async with client.get("/v1/thing") as response:
        assert response.status == 200
        assert int(response.headers["Content-Length"]) > len(start)
        assert await response.content.readexactly(len(start)) == start
        with pytest.raises(aiohttp.ClientPayloadError):
            await response.read()


async def test_drip_sends_the_true_answer_byte_by_byte(simulator: Simulator, client: aiohttp.ClientSession) -> None:
    simulator.set(FaultRule(kind="drip", after_handling=True))
    chunks: list[bytes] = []

    async with client.get("/v1/thing") as response:
        chunks.extend([chunk async for chunk in response.content.iter_any()])

    assert b"".join(chunks) == ANSWER
    assert len(chunks) > 2


async def test_after_handling_spoils_an_error_answer_too(simulator: Simulator, client: aiohttp.ClientSession) -> None:
    simulator.set(FaultRule(kind="truncate", after_handling=True))

    async with client.get("/v1/missing") as response:
        assert response.status == 404
        with pytest.raises(aiohttp.ClientPayloadError):
            await response.read()


async def test_skip_and_times_bound_the_hits(simulator: Simulator, client: aiohttp.ClientSession) -> None:
    simulator.set(FaultRule(kind="status", status=503, skip=1, times=2))

    assert [await status_of(client, "/v1/thing") for _ in range(5)] == [200, 503, 503, 200, 200]


async def test_only_the_rules_method_and_path_are_hit(simulator: Simulator, client: aiohttp.ClientSession) -> None:
    simulator.set(FaultRule(kind="status", method="POST", path_prefix="/v1/things"))

    assert await status_of(client, "/v1/things/7", "POST") == 500
    assert await status_of(client, "/v1/things/7", "GET") == 200
    assert await status_of(client, "/v1/other", "POST") == 200


async def test_paths_outside_the_vendors_api_are_never_hit(simulator: Simulator, client: aiohttp.ClientSession) -> None:
    simulator.set(FaultRule(kind="status"))

    assert await status_of(client, "/other") == 200
    assert await status_of(client, "/control/faults", "DELETE") == 204


def test_the_first_rule_that_hits_is_played() -> None:
    plan = FaultPlan(seed=1)
    plan.set((FaultRule(kind="reset", times=1), FaultRule(kind="hang")))

    kinds = [rule.kind for _ in range(3) if (rule := plan.draw("GET", "/v1/thing"))]

    assert kinds == ["reset", "hang", "hang"]


def test_share_is_drawn_from_the_seed() -> None:
    def hits(seed: int) -> list[bool]:
        plan = FaultPlan(seed)
        plan.set((FaultRule(kind="reset", share=0.3),))
        return [plan.draw("GET", "/v1") is not None for _ in range(1000)]

    assert hits(1) == hits(1)
    assert hits(1) != hits(2)
    assert 200 < sum(hits(1)) < 400


async def test_control_sets_and_clears_the_rules(client: aiohttp.ClientSession) -> None:
    async with client.post("/control/faults", json={"rules": [{"kind": "status", "status": 418}]}) as response:
        assert response.status == 200
        assert (await response.json())["rules"][0]["status"] == 418

    assert await status_of(client, "/v1/thing") == 418
    assert await status_of(client, "/control/faults", "DELETE") == 204
    assert await status_of(client, "/v1/thing") == 200


@pytest.mark.parametrize(
    "body",
    [
        "nonsense",
        '{"rules":[{"kind":"explode"}]}',
        '{"rules":[{"kind":"hang","sahre":1}]}',
        '{"rules":[{"kind":"hang","share":2}]}',
    ],
)
async def test_control_refuses_a_wrong_rule_and_keeps_the_old_ones(
    simulator: Simulator, client: aiohttp.ClientSession, body: str
) -> None:
    simulator.set(FaultRule(kind="status", status=418))

    async with client.post("/control/faults", data=body) as response:
        assert response.status == 400
        assert "error" in await response.json()
    assert await status_of(client, "/v1/thing") == 418
