"""What is begun on a page and takes its time: it goes on when the page is closed, and ends with the service."""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final, TypeAlias

import msgspec

from gladly_segment.connect.wish import Told
from gladly_segment.core.errors import GladlySegmentError
from gladly_segment.core.ids import OrganizationId
from gladly_segment.debugger.connect.watched import Line, Run, RunKind, RunState
from gladly_segment.debugger.wrong import Wrong, wrong_of

KEPT: Final = 50

_ID_BYTES: Final = 9

_log: Final = logging.getLogger(__name__)

Work: TypeAlias = Callable[[Callable[[Told], None]], Awaitable[Path | None]]
"""Does it, telling of each step, and gives the key file if one had to be made. Raises GladlySegmentError."""


class Runs:
    """The latest `KEPT`, none with a secret in it."""

    def __init__(self) -> None:
        self._runs: dict[str, Run] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def begin(self, kind: RunKind, organization: OrganizationId, work: Work, *, draft: str = "") -> str:
        """Begin one, and give its id."""
        run = Run(id=secrets.token_urlsafe(_ID_BYTES), kind=kind, organization=organization, draft=draft)
        for former in list(self._runs)[: max(0, len(self._runs) - KEPT + 1)]:
            if former not in self._tasks:
                del self._runs[former]
        self._runs[run.id] = run
        task = asyncio.create_task(self._work(run.id, work))
        self._tasks[run.id] = task
        task.add_done_callback(lambda _: self._tasks.pop(run.id, None))
        return run.id

    def find(self, id_: str) -> Run | None:
        """Give one."""
        return self._runs.get(id_)

    def cancel(self, id_: str) -> None:
        """Have one taken back, if it is under way."""
        if task := self._tasks.get(id_):
            task.cancel()

    async def close(self) -> None:
        """Have all taken back that are under way."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _work(self, id_: str, work: Work) -> None:
        try:
            made = await work(lambda told: self._tell(id_, told))
        except asyncio.CancelledError:
            self._change(id_, state=RunState.CANCELLED)
        except GladlySegmentError as error:
            self._change(id_, state=RunState.REFUSED, wrong=wrong_of(error))
        except Exception:  # noqa: BLE001 - whatever it is, nobody waits for this task to see it
            _log.exception("unexpected")
            wrong = Wrong(
                reason="unexpected_error",
                message="This software met an error that it did not expect.",
                hint="look at the service's log",
            )
            self._change(id_, state=RunState.REFUSED, wrong=wrong)
        else:
            self._change(id_, state=RunState.DONE, made_key="" if made is None else str(made))

    def _tell(self, id_: str, told: Told) -> None:
        line = Line(told.step, told.outcome, told.detail)
        self._change(id_, lines=(*self._runs[id_].lines, line))

    def _change(self, id_: str, **fields: object) -> None:
        self._runs[id_] = msgspec.structs.replace(self._runs[id_], **fields)
