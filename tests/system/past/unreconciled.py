"""The service with a clock that can be set, and nobody who compares its journal with Gladly."""

import asyncio

from gladly_segment.recover.reconcile import Reconciler
from tests.system.past.shifted import main


async def _rest(self: Reconciler) -> None:
    await asyncio.Event().wait()


if __name__ == "__main__":
    Reconciler.run = _rest
    main()
