"""Ids: in the order of their making, and readable for their moment."""

import pytest

from prework import clock, ids


def test_they_sort_by_the_time_they_were_made() -> None:
    made = [ids.new_id() for _ in range(100)]
    assert made == sorted(made)


def test_the_moment_is_that_of_the_making() -> None:
    before = clock.now()
    assert before <= ids.moment_of(ids.new_id()) <= clock.now()


@pytest.mark.parametrize(
    "odd",
    [
        "",
        "zzz",
        "00000000-0000-4000-8000-000000000000",
        "ffffffff-ffff-7fff-bfff-ffffffffffff",
        "{01a21d6c-97ab-7055-bc9e-9eea7ad45e86}",
        "01A21D6C-97AB-7055-BC9E-9EEA7AD45E86",
    ],
)
def test_what_is_no_id_of_ours_has_no_moment(odd: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        ids.moment_of(odd)
