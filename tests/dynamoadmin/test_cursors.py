"""A page's place is signed, bound to its list, and knows the way back."""

import pytest

from prework.dynamoadmin.cursors import MOST_PAGES_BACK, BadCursor, Trail, read_trail

START = {"PK": {"S": "a"}, "SK": {"S": "b"}}


def test_forward_and_back() -> None:
    second = Trail().forward(START)

    assert (second.page, second.start, second.back()) == (2, START, Trail())
    assert read_trail(second.sign("list"), "list") == second
    assert read_trail("", "list") == Trail()


@pytest.mark.parametrize("bound_to", ["another list", ""])
def test_it_is_good_for_one_list(bound_to: str) -> None:
    with pytest.raises(BadCursor):
        read_trail(Trail().forward(START).sign("list"), bound_to)


def test_a_changed_one_is_none() -> None:
    signed = Trail().forward(START).sign("list")
    with pytest.raises(BadCursor):
        read_trail(f"x{signed}", "list")


def test_the_way_back_is_bounded() -> None:
    trail = Trail()
    for _ in range(MOST_PAGES_BACK + 5):
        trail = trail.forward(START)

    assert len(trail.starts) == MOST_PAGES_BACK
    assert len(trail.sign("list")) < 2_000
