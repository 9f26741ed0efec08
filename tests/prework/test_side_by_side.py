"""Calls side by side: a few at once, and none begun after one that failed."""

from threading import Event

import pytest

from prework.threads import BESIDE, side_by_side

MANY = 40


def test_all_are_made() -> None:
    seen: list[int] = []
    side_by_side(seen.append, range(MANY))
    assert sorted(seen) == list(range(MANY))
    side_by_side(seen.append, [])


def test_a_few_at_once() -> None:
    running: list[int] = []
    most: list[int] = []

    def call(_: int) -> None:
        running.append(1)
        most.append(len(running))
        running.pop()

    side_by_side(call, range(MANY))
    assert max(most) <= BESIDE._max_workers


def test_after_one_that_fails_those_that_run_are_waited_for_and_no_more_begun() -> None:
    begun: list[int] = []
    ended: list[int] = []
    has_failed = Event()

    def call(number: int) -> None:
        begun.append(number)
        if number == 0:
            has_failed.set()
            raise LookupError("the first")
        has_failed.wait(5)
        ended.append(number)

    with pytest.raises(LookupError, match="the first"):
        side_by_side(call, range(10_000))
    assert sorted(ended) == sorted(begun)[1:]
    assert len(begun) < 10_000
