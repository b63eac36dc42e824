from collections.abc import AsyncIterator

import aiohttp
import pytest

from gladly_segment.sandbox.segment.options import SegmentOptions
from gladly_segment.sandbox.segment.server import SegmentSandbox, start_segment


@pytest.fixture
def options() -> SegmentOptions:
    return SegmentOptions(write_keys=("key-of-shop", "key-of-other"))


@pytest.fixture
async def sandbox(options: SegmentOptions) -> AsyncIterator[SegmentSandbox]:
    async with await start_segment(options) as running:
        yield running


@pytest.fixture
async def client(sandbox: SegmentSandbox) -> AsyncIterator[aiohttp.ClientSession]:
    """A sender with the right write key."""
    headers = {"Authorization": aiohttp.encode_basic_auth("key-of-shop", "")}
    async with aiohttp.ClientSession(sandbox.url, headers=headers) as session:
        yield session
