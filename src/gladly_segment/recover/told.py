"""Gladly's Events API read for what it tells of occurrences."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from gladly_segment.core.past import Span, Told
from gladly_segment.mapping.past import told_in
from gladly_segment.ports.past_events import PastEvents


async def told_by_events(past_events: PastEvents, span: Span) -> AsyncGenerator[Told]:
    """Give what the Events API tells of a span; its end may be included. Raises CallFailedError."""
    number = 0
    async with aclosing(past_events.read(span.start, span.end)) as lines:
        async for line in lines:
            number += 1
            if (told := told_in(line, number)) is not None:
                yield told
