"""The Tracking API as any sender meets it."""

import asyncio
import gzip
import io
import json
from typing import Any

import aiohttp
import pytest

from gladly_segment.sandbox.segment.options import SegmentOptions
from gladly_segment.sandbox.segment.server import SegmentSandbox, start_segment

Headers = dict[str, str]


def as_user(write_key: str) -> Headers:
    return {"Authorization": aiohttp.encode_basic_auth(write_key, "")}


def track(message_id: str = "m1", **fields: Any) -> dict[str, Any]:
    return {"type": "track", "event": "Opened", "userId": "u1", "messageId": message_id, **fields}


async def books(sandbox: SegmentSandbox) -> dict[str, Any]:
    async with aiohttp.ClientSession() as session, session.get(f"{sandbox.url}/control/ledger") as response:
        return await response.json()


async def post(client: aiohttp.ClientSession, path: str, body: Any, **more: Any) -> int:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    async with client.post(path, data=io.BytesIO(data), **more) as response:
        await response.read()
        return response.status


async def test_a_batch_is_answered_with_success_and_stored(
    sandbox: SegmentSandbox, client: aiohttp.ClientSession
) -> None:
    async with client.post("/v1/batch", json={"batch": [track("m1"), track("m2")]}) as response:
        assert response.status == 200
        assert await response.json() == {"success": True}

    stored = (await books(sandbox))["stored"]
    assert [(s["seq"], s["event"]["messageId"]) for s in stored] == [(1, "m1"), (2, "m2")]
    assert all(s["receivedAt"] == s["event"]["receivedAt"] for s in stored)


@pytest.mark.parametrize(
    ("path", "event_type"),
    [
        ("track", "track"),
        ("identify", "identify"),
        ("page", "page"),
        ("screen", "screen"),
        ("group", "group"),
        ("alias", "alias"),
        ("t", "track"),
        ("i", "identify"),
        ("p", "page"),
        ("s", "screen"),
        ("g", "group"),
        ("a", "alias"),
    ],
)
async def test_every_single_call_is_stored_as_its_type(
    sandbox: SegmentSandbox, client: aiohttp.ClientSession, path: str, event_type: str
) -> None:
    event = {"userId": "u", "event": "Opened", "groupId": "g", "previousId": "p"}

    assert await post(client, f"/v1/{path}", event) == 200

    [stored] = (await books(sandbox))["stored"]
    assert stored["event"]["type"] == event_type


@pytest.mark.parametrize("path", ["/v1/batch", "/v1/import", "/v1/b", "/v1/import/"])
async def test_every_batch_call_is_stored(sandbox: SegmentSandbox, client: aiohttp.ClientSession, path: str) -> None:
    assert await post(client, path, {"batch": [track()]}) == 200

    assert len((await books(sandbox))["stored"]) == 1


async def test_an_unknown_path_is_404(sandbox: SegmentSandbox, client: aiohttp.ClientSession) -> None:
    assert await post(client, "/v1/unknown", track()) == 404

    assert [request["status"] for request in (await books(sandbox))["requests"]] == [404]


async def test_a_browser_may_send_text_with_the_key_in_the_body(sandbox: SegmentSandbox) -> None:
    headers = {"Content-Type": "text/plain", "Origin": "https://shop.example"}
    body = {**track(), "writeKey": "key-of-shop"}

    async with (
        aiohttp.ClientSession(sandbox.url) as browser,
        browser.post("/v1/t", data=json.dumps(body), headers=headers) as response,
    ):
        assert response.status == 200
        assert response.headers["Access-Control-Allow-Origin"] == "*"

    [stored] = (await books(sandbox))["stored"]
    assert "writeKey" not in stored["event"]


async def test_a_browsers_preflight_is_allowed(sandbox: SegmentSandbox) -> None:
    headers = {
        "Origin": "https://shop.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type,authorization",
    }

    async with (
        aiohttp.ClientSession(sandbox.url) as browser,
        browser.options("/v1/t", headers=headers) as response,
    ):
        assert response.status == 204
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        assert response.headers["Access-Control-Allow-Headers"] == "content-type,authorization"


async def test_a_gzipped_body_is_read(sandbox: SegmentSandbox, client: aiohttp.ClientSession) -> None:
    body = json.dumps({"batch": [track()]}).encode()

    assert await post(client, "/v1/batch", gzip.compress(body, mtime=0), headers={"Content-Encoding": "gzip"}) == 200

    record = await books(sandbox)
    assert len(record["stored"]) == 1
    assert record["requests"][0]["gzip"] is True
    assert record["requests"][0]["bytes"] == len(body)


async def test_a_body_that_is_not_the_gzip_it_claims_is_400(client: aiohttp.ClientSession) -> None:
    assert await post(client, "/v1/batch", b'{"batch":[]}', headers={"Content-Encoding": "gzip"}) == 400


@pytest.mark.parametrize(
    "body", [b"[{]", b"[]", b"", b'{"batch":5}', b'{"batch":["' + b"x" * 512_000 + b'"]}', b"x" * 20_000_000]
)
async def test_malformed_json_and_too_large_bodies_are_400(client: aiohttp.ClientSession, body: bytes) -> None:
    assert await post(client, "/v1/batch", body) == 400


async def test_500_kb_is_the_largest_body(client: aiohttp.ClientSession) -> None:
    frame = len(b'{"batch":["","' + b'"]}')
    fill = 500 * 1024 - frame

    assert await post(client, "/v1/batch", b'{"batch":["","' + b"x" * fill + b'"]}') == 200
    assert await post(client, "/v1/batch", b'{"batch":["","' + b"x" * (fill + 1) + b'"]}') == 400


@pytest.mark.parametrize("headers", [as_user("wrong"), {}, {"Authorization": "Basic !"}])
async def test_a_wrong_or_missing_write_key_is_answered_200_and_dropped(
    sandbox: SegmentSandbox, headers: Headers
) -> None:
    async with aiohttp.ClientSession(sandbox.url, headers=headers) as stranger:
        assert await post(stranger, "/v1/batch", {"batch": [track("m1"), track("m2")]}) == 200

    record = await books(sandbox)
    assert record["stored"] == []
    assert [(d["reason"], d["messageId"]) for d in record["dropped"]] == [
        ("unknown write key", "m1"),
        ("unknown write key", "m2"),
    ]


async def test_a_dropped_event_leaves_the_rest_of_its_batch_alone(
    sandbox: SegmentSandbox, client: aiohttp.ClientSession
) -> None:
    nobody = {"type": "track", "event": "Opened"}

    assert await post(client, "/v1/batch", {"batch": [track("m1"), nobody, track("m2")]}) == 200

    record = await books(sandbox)
    assert [s["event"]["messageId"] for s in record["stored"]] == ["m1", "m2"]
    assert record["dropped"] == [
        {"reason": "no userId or anonymousId", "requestId": record["requests"][0]["id"], "event": nobody}
    ]


async def test_2500_events_are_stored_and_one_more_drops_them_all(
    sandbox: SegmentSandbox, client: aiohttp.ClientSession
) -> None:
    async def send(count: int, prefix: str) -> None:
        assert await post(client, "/v1/batch", {"batch": [track(f"{prefix}{n}") for n in range(count)]}) == 200

    await send(2500, "a")
    assert len((await books(sandbox))["stored"]) == 2500
    await send(2501, "b")

    record = await books(sandbox)
    assert len(record["stored"]) == 2500
    assert {d["reason"] for d in record["dropped"]} == {"batch over 2500 events"}
    assert len(record["dropped"]) == 2501


async def test_message_ids_are_deduplicated_across_workspaces(sandbox: SegmentSandbox) -> None:
    async with aiohttp.ClientSession(sandbox.url) as client:
        assert await post(client, "/v1/track", track("m1", userId="first"), headers=as_user("key-of-shop")) == 200
        assert await post(client, "/v1/track", track("m1", userId="second"), headers=as_user("key-of-other")) == 200

    record = await books(sandbox)
    assert [s["event"]["userId"] for s in record["stored"]] == ["first"]
    assert [(d["messageId"], d["event"]["userId"]) for d in record["duplicates"]] == [("m1", "second")]


async def test_the_books_tell_how_each_request_came(sandbox: SegmentSandbox, client: aiohttp.ClientSession) -> None:
    body = {"batch": [track("m1"), track("m2")], "sentAt": "2024-05-01T10:00:00+02:00"}

    await post(client, "/v1/batch", body, headers={"X-Retry-Count": "2"})
    await post(client, "/v1/batch", b"nonsense")

    first, second = (await books(sandbox))["requests"]
    assert first["receivedAt"].endswith("Z")
    assert {**first, "receivedAt": ""} == {
        "id": first["id"],
        "path": "/v1/batch",
        "receivedAt": "",
        "retryCount": 2,
        "gzip": False,
        "status": 200,
        "sentAt": "2024-05-01T08:00:00.000Z",
        "writeKey": "write key 1",
        "bytes": len(json.dumps(body)),
        "events": 2,
    }
    assert (second["status"], second["retryCount"], second["events"]) == (400, None, 0)


async def test_write_keys_never_enter_the_books(sandbox: SegmentSandbox) -> None:
    async with aiohttp.ClientSession(sandbox.url) as client:
        await post(client, "/v1/track", track(writeKey="key-of-shop"), headers=as_user("key-of-shop"))
        await post(client, "/v1/batch", {"batch": [track(writeKey="key-secret")], "writeKey": "key-secret"})

    text = json.dumps(await books(sandbox))
    assert "key-of" not in text
    assert "key-secret" not in text


async def test_an_answer_that_is_lost_leaves_the_events_stored(
    sandbox: SegmentSandbox, client: aiohttp.ClientSession
) -> None:
    rule = {"kind": "reset", "path_prefix": "/v1/batch", "after_handling": True, "times": 1}
    async with client.post("/control/faults", json={"rules": [rule]}) as response:
        assert response.status == 200

    with pytest.raises(aiohttp.ClientConnectionError):
        await post(client, "/v1/batch", {"batch": [track()]})
    assert await post(client, "/v1/batch", {"batch": [track()]}) == 200

    record = await books(sandbox)
    assert [r["status"] for r in record["requests"]] == [None, 200]
    assert (len(record["stored"]), len(record["duplicates"])) == (1, 1)


async def test_a_planned_fault_is_in_the_books_with_its_status(
    sandbox: SegmentSandbox, client: aiohttp.ClientSession
) -> None:
    async with client.post("/control/faults", json={"rules": [{"kind": "status", "status": 503}]}) as response:
        assert response.status == 200

    assert await post(client, "/v1/batch", {"batch": [track()]}) == 503

    record = await books(sandbox)
    assert [r["status"] for r in record["requests"]] == [503]
    assert record["stored"] == []


class TestRequestsPerSecond:
    @pytest.fixture
    def options(self) -> SegmentOptions:
        return SegmentOptions(write_keys=("key-of-shop",), requests_per_s=1)

    async def test_too_many_requests_are_429_with_both_headers_in_seconds(
        self, sandbox: SegmentSandbox, client: aiohttp.ClientSession
    ) -> None:
        async def send(number: int) -> tuple[int, str | None, str | None]:
            async with client.post("/v1/track", json=track(f"m{number}")) as response:
                headers = response.headers
                return response.status, headers.get("Retry-After"), headers.get("X-RateLimit-Reset")

        answers = await asyncio.gather(*(send(number) for number in range(20)))

        assert set(answers) == {(200, None, None), (429, "1", "1")}
        stored = (await books(sandbox))["stored"]
        assert len(stored) == sum(status == 200 for status, *_ in answers)


class TestStrictFlavour:
    @pytest.fixture
    def options(self) -> SegmentOptions:
        return SegmentOptions(write_keys=("key-of-shop",), flavour="strict")

    @pytest.mark.parametrize("headers", [as_user("wrong"), {}])
    async def test_only_a_known_key_by_basic_credentials_is_let_in(
        self, sandbox: SegmentSandbox, headers: Headers
    ) -> None:
        async with aiohttp.ClientSession(sandbox.url, headers=headers) as stranger:
            body = {"batch": [track()], "writeKey": "key-of-shop"}
            assert await post(stranger, "/v1/batch", body) == 401
            assert await post(stranger, "/v1/batch", body, headers=as_user("key-of-shop")) == 200

    async def test_what_is_too_large_is_413(self, client: aiohttp.ClientSession) -> None:
        assert await post(client, "/v1/batch", b'{"batch":["' + b"x" * 512_000 + b'"]}') == 413
        assert await post(client, "/v1/batch", {"batch": [{}] * 2501}) == 413
        assert await post(client, "/v1/batch", {"batch": [track()]}) == 200


async def test_a_taken_port_is_an_oserror(sandbox: SegmentSandbox) -> None:
    port = int(sandbox.url.rpartition(":")[2])

    with pytest.raises(OSError, match="address already in use"):
        await start_segment(SegmentOptions(port=port))
