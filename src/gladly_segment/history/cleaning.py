"""What follows in the history from the erasure of a customer."""

from collections.abc import Sequence
from pathlib import Path

from gladly_segment.core.errors import HistoryUnavailableError
from gladly_segment.core.ids import CustomerId
from gladly_segment.history.file import FILE_NAME
from gladly_segment.history.projector import Projector, catch_up
from gladly_segment.history.store import Store
from gladly_segment.ports.receipts import Changes


async def clean(data_dir: Path, projector: Projector, changes: Changes, customers: Sequence[CustomerId]) -> int | None:
    """Bring a history up to date after an erasure, and write it anew so that nothing of what left is in its files.

    Whatever cannot be cleaned is emptied: it is made again of the journal. Gives where the customers are named
    nonetheless (0: nowhere), or None when somebody holds its log, or it cannot be written. Works beside a service.
    Raises JournalUnavailableError.
    """
    if not (data_dir / FILE_NAME).exists():
        return 0
    try:
        if await _cleaned(projector, changes, customers) > 0:
            await projector.do(Store.empty)
        return await projector.do(lambda store: store.naming(customers))
    except HistoryUnavailableError:
        return None


async def _cleaned(projector: Projector, changes: Changes, customers: Sequence[CustomerId]) -> int:
    standpoint = await projector.do(Store.standpoint)
    if standpoint.cursor is None or standpoint.walk_until is not None:
        # What is being made again may still hold anything.
        await projector.do(Store.empty)
        return 0
    await catch_up(projector, until=await changes.head())
    await projector.do(Store.merge)
    await projector.do(Store.rewrite)
    return await projector.do(lambda store: store.naming(customers))
