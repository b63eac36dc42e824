"""Undoing a connection."""

import pytest

from gladly_segment.connect.take_down import take_all_down, until_settled
from gladly_segment.connect.wish import Outcome, Told
from gladly_segment.core.errors import ConnectRefusedError
from tests.support.clock import FlyingClock
from tests.unit.connect.doubles import MemoryGladly, a_webhook, failed


async def test_webhooks_are_disabled_and_deleted() -> None:
    gladly, told = MemoryGladly(a_webhook(), a_webhook("w-2", enabled=False), a_webhook("w-3")), list[Told]()

    await take_all_down(gladly, [a_webhook(), a_webhook("w-2", enabled=False)], told.append)

    assert list(gladly.webhooks) == ["w-3"]
    assert gladly.calls == ["disable", "delete", "delete"]
    assert [each.outcome for each in told] == [Outcome.CHANGED, Outcome.CHANGED]


async def test_without_any_that_is_told() -> None:
    told = list[Told]()

    await take_all_down(MemoryGladly(), [], told.append)

    assert [each.outcome for each in told] == [Outcome.UNCHANGED]


async def test_what_gladly_does_not_do_is_explained() -> None:
    gladly = MemoryGladly(a_webhook())
    gladly.ends["disable"] = [failed()]

    with pytest.raises(ConnectRefusedError) as error:
        await take_all_down(gladly, [a_webhook()], list[Told]().append)

    assert error.value.reason == "gladly_unreachable"


@pytest.mark.parametrize(("looks", "in_time"), [(0, True), (3, True), (1_000, False)])
async def test_what_waits_is_waited_for_as_long_as_there_is_time(looks: int, in_time: bool) -> None:
    left = looks

    async def waits() -> bool:
        nonlocal left
        left -= 1
        return left >= 0

    assert await until_settled(waits, FlyingClock(), 60.0) is in_time
