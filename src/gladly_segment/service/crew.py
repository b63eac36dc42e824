"""All workers of a service: started together, drained together, and none of them missing unnoticed."""

import asyncio
from collections.abc import Sequence

from gladly_segment.service.janitor import Janitor
from gladly_segment.service.organization import Pipeline


class Crew:
    """Runs the workers of all pipelines, and the journal's janitor."""

    def __init__(self, pipelines: Sequence[Pipeline], janitor: Janitor) -> None:
        self._pipelines = pipelines
        self._janitor = janitor
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Set all workers to work."""
        self._tasks.append(asyncio.create_task(self._janitor.run()))
        for pipeline in self._pipelines:
            self._tasks += [asyncio.create_task(pipeline.enrich.run()), asyncio.create_task(pipeline.deliver.run())]

    async def watch(self) -> None:
        """Wait for ever, unless a worker meets an error that it cannot deal with: raise that."""
        done, _ = await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()

    async def drain(self, within_s: float) -> bool:
        """Finish what is in hand, then work off what is due; tell whether that was done in time."""
        try:
            async with asyncio.timeout(within_s):
                await self._dismiss()
                await asyncio.gather(*(pipeline.drain() for pipeline in self._pipelines))
        except TimeoutError:
            await self._dismiss()
            return False
        return True

    async def _dismiss(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
