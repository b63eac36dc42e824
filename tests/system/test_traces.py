"""One trace from the webhook to Segment, as a collector sees it."""

import json
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.support.collector import Collector, Seen, collecting
from tests.system.world import WEBHOOK_HEADER, WEBHOOK_USERNAME, World, world

COLLECTORS_SECRET = "canary-collector-key"

PERSON: dict[str, Any] = {
    "emails": [{"original": "canary-email@shop.example", "normalized": "canary-email@shop.example"}],
    "phones": [{"original": "+14155550199", "normalized": "+14155550199"}],
    "customAttributes": {"note": "canary-attribute"},
}

OF_ONE_EVENT = ("receive", "enrich", "enrich attempt", "deliver", "deliver attempt", "POST batch")


@asynccontextmanager
async def traced(directory: Path, url: str, sample: str = "1") -> AsyncGenerator[World]:
    variables = {
        "GLADLY_SEGMENT_TRACING__ENDPOINT": url,
        "GLADLY_SEGMENT_TRACING__HEADERS": json.dumps({"X-Collector-Key": COLLECTORS_SECRET}),
        "GLADLY_SEGMENT_TRACING__SAMPLE": sample,
    }
    async with world(directory, "shop", variables=variables) as running:
        yield running


def trace_of(event: dict[str, str]) -> str:
    """The trace id of a track event, by its message id."""
    return event["messageId"].removeprefix("gladly-")[:32]


def roots_and_strays(spans: Sequence[Seen]) -> tuple[list[str], list[str]]:
    """Spans without a parent, and those whose parent is not among the spans."""
    ids = {span.id for span in spans}
    return (
        [span.name for span in spans if not span.parent],
        [span.name for span in spans if span.parent and span.parent not in ids],
    )


async def test_an_occurrence_is_one_trace_across_a_restart_in_between(tmp_path: Path) -> None:
    async with collecting() as collector, traced(tmp_path, collector.url) as shop_world:
        gladly, segment, service = shop_world.shop.gladly, shop_world.shop.segment, shop_world.service
        await segment.misbehave({"kind": "status", "status": 503})
        conversation = await gladly.conversation("canary-name", **PERSON)
        await collector.until("receive", "receive", "enrich", "enrich", "POST batch")
        assert await service.stop() == 0
        await segment.behave()
        await service.start()
        created, closed = await segment.of(conversation, 2)
        await collector.until("deliver", "deliver", "deliver attempt", "deliver attempt", "deliver attempt")
        assert await service.stop() == 0

        for event in (created, closed):
            spans = [span for span in collector.spans if span.trace == trace_of(event)]
            assert roots_and_strays(spans) == (["receive"], [])
            assert {span.name for span in spans} >= {*OF_ONE_EVENT, "GET conversations"}
            assert {span.attributes["gladly_segment.organization"] for span in spans} == {"shop"}
            (received,) = (span for span in spans if span.name == "receive")
            (delivered,) = (span for span in spans if span.name == "deliver")
            assert received.attributes["gladly_segment.lane"] == f"conversation:{conversation}"
            assert delivered.attributes["gladly_segment.state"] == "delivered"
            assert all(span.start <= span.end for span in spans)
        # The conversation's own calls and the attempt that failed are there, with their statuses.
        answers = [
            span.attributes["http.response.status_code"] for span in collector.spans if span.name == "POST batch"
        ]
        assert {200, 503} == set(answers)
        _assert_nothing_private(collector)


async def test_a_sampled_share_is_the_same_for_all_spans_of_an_event(tmp_path: Path) -> None:
    async with collecting() as collector, traced(tmp_path, collector.url, "0.5") as shop_world:
        for number in range(10):
            await shop_world.shop.gladly.conversation(f"Customer {number}")
        stored = await shop_world.shop.segment.stored(20)
        assert await shop_world.service.stop() == 0

    traces = {span.trace for span in collector.spans if span.name == "receive"}
    expected = {trace_of(event) for event in stored if int(trace_of(event)[16:], 16) < 2**63}
    assert traces & {trace_of(event) for event in stored} == expected
    for trace in expected:
        spans = [span for span in collector.spans if span.trace == trace]
        assert roots_and_strays(spans) == (["receive"], [])
        assert {span.name for span in spans} >= set(OF_ONE_EVENT)
    assert {span.trace for span in collector.spans} == traces


@pytest.mark.parametrize("trouble", ["refuses", "hangs", "is not there"])
async def test_a_collector_in_trouble_costs_spans_and_nothing_else(tmp_path: Path, trouble: str) -> None:
    async with collecting() as collector:
        collector.status = 503 if trouble == "refuses" else 200
        if trouble == "hangs":
            collector.answers.clear()
        url = "http://127.0.0.1:1" if trouble == "is not there" else collector.url
        async with traced(tmp_path, url) as shop_world:
            await shop_world.shop.gladly.conversation("canary-name", **PERSON)

            assert len(await shop_world.shop.segment.stored(2)) == 2
            await shop_world.service.until(1, "spans_dropped_total")

            report = await shop_world.audit()
            assert report.ok, report
            lines = shop_world.service.logged().splitlines()
            assert sum('"tracing_trouble"' in line for line in lines) == 1
            assert not any("library_message" in line for line in lines)
            assert COLLECTORS_SECRET not in shop_world.service.logged()
            collector.answers.set()
            assert await shop_world.service.stop() == 0


async def test_the_trace_of_whoever_sent_the_webhook_is_linked(tmp_path: Path) -> None:
    async with collecting() as collector, traced(tmp_path, collector.url) as shop_world:
        secrets = shop_world.shop.secrets
        headers = {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}
        body = b'{"id":"e-1","type":"AGENT_STATUS/UPDATED","timestamp":"2026-03-01T12:00:00Z"}'

        status, _ = await shop_world.service.post(
            "/webhooks/shop", body, **headers, **_credentials(secrets.webhook_password, secrets.webhook_header)
        )
        await collector.until("receive")

    assert status == 200
    (span,) = (each for each in collector.spans if each.name == "receive")
    assert span.links == [("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331")]
    assert span.attributes["gladly_segment.state"] == "ignored"


def _credentials(password: str, header: str) -> dict[str, str]:

    return {"Authorization": aiohttp.encode_basic_auth(WEBHOOK_USERNAME, password), WEBHOOK_HEADER: header}


def _assert_nothing_private(collector: Collector) -> None:
    exported = b"".join(collector.bodies)
    # What is no secret can be found there.
    assert b"conversation:" in exported
    assert {each["x-collector-key"] for each in collector.headers} == {COLLECTORS_SECRET}
    for word in (b"canary", b"4155550199", b"Bearer", b"Basic"):
        assert word not in exported
