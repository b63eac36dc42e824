"""A bounded number of jobs side by side, all of which come to an end before their owner does."""

import asyncio
from collections.abc import Coroutine
from typing import Any


class Hands:
    """Runs up to `most` jobs at once. A job deals with its own errors; one that escapes stops the owner."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._jobs: set[asyncio.Task[None]] = set()
        self._owner: asyncio.Task[Any] | None = None

    async def free(self) -> int:
        """Wait until at least one hand is free; tell how many are. Raises what a job let escape.

        Until the next call here, whoever called is cancelled when a job lets an error escape: `finish` raises it then.
        """
        self._owner = None
        while True:
            self._collect()
            if len(self._jobs) < self._most:
                self._owner = asyncio.current_task()
                return self._most - len(self._jobs)
            await asyncio.wait(self._jobs, return_when=asyncio.FIRST_COMPLETED)

    def take_on(self, job: Coroutine[Any, Any, None]) -> None:
        """Start a job."""
        task = asyncio.create_task(job)
        task.add_done_callback(self._notice)
        self._jobs.add(task)

    async def finish(self) -> None:
        """Wait for all jobs, and raise what one of them let escape; when cancelled meanwhile, cancel them first."""
        self._owner = None
        jobs = list(self._jobs)
        try:
            if jobs:
                await asyncio.wait(jobs)
        except asyncio.CancelledError:
            for job in jobs:
                job.cancel()
            await asyncio.wait(jobs)
            self._jobs.clear()
            raise
        self._collect()

    def _notice(self, job: asyncio.Task[None]) -> None:
        # The owner may be waiting for the next event, for hours: it would not look at its jobs before that.
        if not job.cancelled() and job.exception() is not None and self._owner is not None:
            self._owner.cancel()

    def _collect(self) -> None:
        done = {job for job in self._jobs if job.done()}
        self._jobs -= done
        # All are looked at, though one is enough to raise: what nobody looks at is reported as a defect of its own.
        errors = [error for job in done if not job.cancelled() and (error := job.exception()) is not None]
        if errors:
            raise errors[0]
