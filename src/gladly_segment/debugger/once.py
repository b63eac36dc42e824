"""What a form asks for is done once, however often it is sent."""

import asyncio
import hashlib
import secrets
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from typing import Any, Final, Generic, TypeVar

import msgspec

T = TypeVar("T")

REMEMBERED: Final = 1_000

_BYTES: Final = 16


def new_once() -> str:
    """Draw what a form is told apart by from all others."""
    return secrets.token_urlsafe(_BYTES)


def name_of(once: str, *content: object) -> str:
    """Name what was sent: the same form with the same content is the same again; empty for a form without a name."""
    if not once:
        return ""
    return hashlib.sha256(msgspec.json.encode((once, *content))).hexdigest()


class Once(Generic[T]):
    """Remembers what became of the latest forms."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, asyncio.Task[T]] = OrderedDict()

    async def do(self, name: str, action: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Give the action's result, or that of the form of the same name if it was sent before.

        Without a name it is always done. Raises what the action raises; then it may be sent again. Who leaves does not
        cut the action short.
        """
        task = self._kept.get(name) if name else None
        if task is None:
            task = asyncio.create_task(action())
            if name:
                self._keep(name, task)
        return await asyncio.shield(task)

    def result(self, name: str) -> T | None:
        """Give what became of a form, if it was sent and is remembered. Does not block."""
        task = self._kept.get(name)
        return None if task is None or not _succeeded(task) else task.result()

    def _keep(self, name: str, task: asyncio.Task[T]) -> None:
        self._kept[name] = task
        task.add_done_callback(lambda _: None if _succeeded(task) else self._kept.pop(name, None))
        if len(self._kept) > REMEMBERED:
            self._kept.popitem(last=False)


def _succeeded(task: asyncio.Task[Any]) -> bool:
    return task.done() and not task.cancelled() and task.exception() is None
