"""A bounded number of jobs side by side, all of which come to an end before their owner does."""

import asyncio
from collections.abc import Coroutine
from typing import Any


class Hands:
    """Runs up to `most` jobs at once. A job deals with its own errors; one that escapes stops the owner."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._jobs: set[asyncio.Task[None]] = set()

    async def free(self) -> int:
        """Wait until at least one hand is free; tell how many are. Raises what a job let escape."""
        while True:
            self._collect()
            if len(self._jobs) < self._most:
                return self._most - len(self._jobs)
            await asyncio.wait(self._jobs, return_when=asyncio.FIRST_COMPLETED)

    def take_on(self, job: Coroutine[Any, Any, None]) -> None:
        """Start a job."""
        self._jobs.add(asyncio.create_task(job))

    async def finish(self) -> None:
        """Wait for all jobs; when cancelled meanwhile, cancel them too."""
        jobs = list(self._jobs)
        try:
            if jobs:
                await asyncio.wait(jobs)
        finally:
            for job in jobs:
                job.cancel()
        self._collect()

    def _collect(self) -> None:
        done = {job for job in self._jobs if job.done()}
        self._jobs -= done
        for job in done:
            job.result()
