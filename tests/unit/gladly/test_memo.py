"""What is remembered: one call at a time, for a while, and no more than so much of it."""

import asyncio

import pytest

from gladly_segment.gladly.memo import Given, Memo
from tests.support.clock import ManualClock

KEEP_S = 10.0


class Source:
    """Gives the numbers of its calls; each call waits while `answering` is not set."""

    def __init__(self) -> None:
        self.calls = 0
        self.cancelled = 0
        self.error: Exception | None = None
        self.answering = asyncio.Event()
        self.answering.set()

    async def __call__(self) -> int:
        self.calls += 1
        number = self.calls
        try:
            await self.answering.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        if self.error is not None:
            raise self.error
        return number


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def memo(clock: ManualClock) -> Memo[str, int]:
    return Memo(clock, keep_s=KEEP_S, most=3)


@pytest.fixture
def source() -> Source:
    return Source()


async def turn() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def asking(memo: Memo[str, int], source: Source, *keys: str) -> list[asyncio.Task[int]]:
    return [asyncio.create_task(get(memo, key, source)) for key in keys]


async def get(memo: Memo[str, int], key: str, source: Source) -> int:
    return (await memo.get(key, source)).value


async def test_what_is_remembered_is_not_fetched_again(memo: Memo[str, int], source: Source) -> None:
    assert [await get(memo, "a", source), await get(memo, "a", source)] == [1, 1]
    assert source.calls == 1


async def test_what_is_too_old_is_fetched_anew(memo: Memo[str, int], source: Source, clock: ManualClock) -> None:
    await get(memo, "a", source)
    clock.advance(KEEP_S - 0.001)
    almost = await get(memo, "a", source)
    clock.advance(0.001)

    assert (almost, await get(memo, "a", source)) == (1, 2)


async def test_the_age_counts_from_the_answer_on_and_not_from_use(
    memo: Memo[str, int], source: Source, clock: ManualClock
) -> None:
    source.answering.clear()
    (first,) = asking(memo, source, "a")
    await turn()
    clock.advance(5.0)
    source.answering.set()
    await first

    clock.advance(KEEP_S - 0.001)
    assert await get(memo, "a", source) == 1
    clock.advance(0.001)
    assert await get(memo, "a", source) == 2


async def test_it_tells_how_old_a_value_is_and_whether_it_was_remembered(
    memo: Memo[str, int], source: Source, clock: ManualClock
) -> None:
    source.answering.clear()
    asking = [asyncio.create_task(memo.get("a", source)) for _ in range(2)]
    await turn()
    clock.advance(2.0)
    source.answering.set()

    # Whoever waited for another's call has what Gladly says now, as much as the one who made it.
    assert await asyncio.gather(*asking) == [Given(1), Given(1)]
    clock.advance(3.0)
    assert await memo.get("a", source) == Given(1, 3.0, remembered=True)


async def test_the_one_unused_for_longest_goes_first(memo: Memo[str, int], source: Source) -> None:
    for key in ("a", "b", "c"):
        await get(memo, key, source)
    await get(memo, "a", source)

    await get(memo, "d", source)

    assert [await get(memo, key, source) for key in ("a", "c", "d")] == [1, 3, 4]
    assert await get(memo, "b", source) == 5


async def test_an_error_is_told_to_all_who_wait_and_not_remembered(memo: Memo[str, int], source: Source) -> None:
    source.error = ValueError("no")

    results = await asyncio.gather(*asking(memo, source, "a", "a"), return_exceptions=True)
    source.error = None

    assert [type(each) for each in results] == [ValueError, ValueError]
    assert source.calls == 1
    assert await get(memo, "a", source) == 2


async def test_many_who_ask_at_once_wait_for_one_call(memo: Memo[str, int], source: Source) -> None:
    source.answering.clear()
    waiting = asking(memo, source, *["a"] * 20)
    await turn()
    source.answering.set()

    assert await asyncio.gather(*waiting) == [1] * 20
    assert source.calls == 1


async def test_keys_do_not_wait_for_one_another(memo: Memo[str, int], source: Source) -> None:
    source.answering.clear()
    waiting = asking(memo, source, "a", "b")
    await turn()

    assert source.calls == 2
    source.answering.set()
    assert await asyncio.gather(*waiting) == [1, 2]


async def test_what_is_dropped_is_fetched_anew(memo: Memo[str, int], source: Source) -> None:
    await get(memo, "a", source)

    memo.drop("a")
    memo.drop("never there")

    assert await get(memo, "a", source) == 2


async def test_a_call_under_way_when_its_key_is_dropped_serves_no_new_caller(
    memo: Memo[str, int], source: Source
) -> None:
    source.answering.clear()
    (before,) = asking(memo, source, "a")
    await turn()
    memo.drop("a")
    (after,) = asking(memo, source, "a")
    await turn()
    source.answering.set()

    assert await asyncio.gather(before, after) == [1, 2]
    assert await get(memo, "a", source) == 2


async def test_an_outdated_call_that_ends_last_is_not_remembered(memo: Memo[str, int], source: Source) -> None:
    outdated, current = Source(), source
    outdated.answering.clear()
    (before,) = asking(memo, outdated, "a")
    await turn()
    memo.drop("a")
    await get(memo, "a", current)
    outdated.answering.set()
    await before
    current.calls = 41

    assert await get(memo, "a", current) == 1


async def test_a_caller_who_gives_up_takes_nothing_from_the_others(memo: Memo[str, int], source: Source) -> None:
    source.answering.clear()
    gone, staying = asking(memo, source, "a", "a")
    await turn()
    gone.cancel()
    await turn()
    source.answering.set()

    assert await staying == 1
    assert source.cancelled == 0


async def test_a_call_that_nobody_waits_for_is_given_up(memo: Memo[str, int], source: Source) -> None:
    source.answering.clear()
    waiting = asking(memo, source, "a", "a")
    await turn()
    for each in waiting:
        each.cancel()
    await turn()

    assert source.cancelled == 1
    source.answering.set()
    assert await get(memo, "a", source) == 2


async def test_nobody_joins_a_call_that_is_being_given_up(memo: Memo[str, int], source: Source) -> None:
    source.answering.clear()
    (gone,) = asking(memo, source, "a")
    await turn()
    gone.cancel()
    # Started in the same turn in which the call's last caller leaves.
    (newcomer,) = asking(memo, source, "a")
    await turn()
    source.answering.set()

    assert await newcomer == 2
