"""One at a time connects, changes or disconnects an organization."""

from pathlib import Path

import pytest

from gladly_segment.core.errors import ConnectRefusedError, InputError
from gladly_segment.core.ids import OrganizationId
from gladly_segment.service.connecting.turns import alone

SHOP, OTHER = OrganizationId("shop"), OrganizationId("other")


def test_the_second_is_refused_with_a_sentence_and_what_to_do(tmp_path: Path) -> None:
    with alone(tmp_path, SHOP), pytest.raises(ConnectRefusedError) as refused, alone(tmp_path, SHOP):
        pass

    assert refused.value.reason == "under_way"
    assert "shop" in refused.value.message
    assert "wait" in refused.value.hint


def test_another_organization_is_no_hindrance(tmp_path: Path) -> None:
    with alone(tmp_path, SHOP), alone(tmp_path, OTHER):
        pass


def test_after_it_whatever_its_end_the_next_has_its_turn(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), alone(tmp_path, SHOP):
        raise ZeroDivisionError

    with alone(tmp_path, SHOP):
        pass


def test_a_file_that_blocks_in_the_block_is_not_taken_for_somebody_else(tmp_path: Path) -> None:
    with pytest.raises(BlockingIOError), alone(tmp_path, SHOP):
        raise BlockingIOError


@pytest.mark.parametrize("name", ["", "../elsewhere", "/elsewhere", "a/b", "..", "a\0b", "A", "a" * 64])
def test_what_is_no_name_of_an_organization_becomes_no_file(tmp_path: Path, name: str) -> None:
    inside = tmp_path / "data"

    with pytest.raises(InputError), alone(inside, OrganizationId(name)):
        pass

    assert list(tmp_path.iterdir()) == []
