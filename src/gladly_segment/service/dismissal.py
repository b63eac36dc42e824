"""How tasks of the service end."""

import asyncio
from collections.abc import Sequence


async def dismiss(tasks: Sequence[asyncio.Task[None]]) -> None:
    """Let tasks finish what they have in hand; when cancelled meanwhile, they end at once."""
    try:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    except asyncio.CancelledError:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise
