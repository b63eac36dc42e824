"""What a form asks for is done once, however often it is sent."""

import asyncio

import pytest

from gladly_segment.debugger.once import REMEMBERED, Once, name_of, new_once


class Counter:
    def __init__(self) -> None:
        self.done = 0
        self.may_end = asyncio.Event()
        self.may_end.set()
        self.works = True

    async def __call__(self) -> int:
        await self.may_end.wait()
        self.done += 1
        if not self.works:
            raise ZeroDivisionError
        return self.done


async def test_the_same_form_is_done_once_and_gives_the_same() -> None:
    once, action = Once[int](), Counter()
    action.may_end.clear()
    sent = [asyncio.create_task(once.do("a", action)) for _ in range(3)]
    await asyncio.sleep(0)
    action.may_end.set()

    assert [*await asyncio.gather(*sent), await once.do("a", action)] == [1, 1, 1, 1]
    assert once.result("a") == 1


async def test_other_forms_and_forms_without_a_name_are_done_each_time() -> None:
    once, action = Once[int](), Counter()

    assert [await once.do(name, action) for name in ("a", "b", "", "")] == [1, 2, 3, 4]
    assert once.result("") is None


async def test_who_leaves_does_not_cut_it_short() -> None:
    once, action = Once[int](), Counter()
    action.may_end.clear()
    leaving, staying = (asyncio.create_task(once.do("a", action)) for _ in range(2))
    await asyncio.sleep(0)
    leaving.cancel()
    await asyncio.gather(leaving, return_exceptions=True)

    assert once.result("a") is None
    action.may_end.set()

    assert await staying == 1


async def test_what_failed_may_be_sent_again() -> None:
    once, action = Once[int](), Counter()
    action.works = False
    with pytest.raises(ZeroDivisionError):
        await once.do("a", action)
    assert once.result("a") is None

    action.works = True
    assert await once.do("a", action) == 2


async def test_only_the_latest_are_remembered() -> None:
    once, action = Once[int](), Counter()
    for number in range(REMEMBERED + 1):
        await once.do(f"{number}", action)

    assert once.result("0") is None
    assert once.result("1") == 2


def test_a_form_is_told_apart_by_its_name_and_by_what_it_says() -> None:
    assert name_of("a", 1) == name_of("a", 1)
    assert len({name_of("a", 1), name_of("a", 2), name_of("b", 1)}) == 3
    assert name_of("", 1) == ""
    assert new_once() != new_once()
