"""Cursors show nothing, cannot be made, and belong to one query."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prework import cursors
from prework.errors import InvalidCursor

START = {"PK": {"S": "ORG#o1#TEAMS"}, "SK": {"S": "TEAM#t1"}}


def test_a_cursor_gives_back_what_it_means() -> None:
    assert cursors.unseal(cursors.seal(START, "q"), "q") == START


def test_a_cursor_shows_nothing() -> None:
    cursor = cursors.seal(START, "q")
    assert "ORG" not in cursor and cursor != cursors.seal(START, "q")


def test_a_cursor_of_another_query_is_refused() -> None:
    with pytest.raises(InvalidCursor):
        cursors.unseal(cursors.seal(START, "mine"), "another")


@given(st.text(max_size=200))
def test_a_forged_cursor_is_refused(text: str) -> None:
    with pytest.raises(InvalidCursor):
        cursors.unseal(text, "q")


@given(st.integers(0, 10_000))
def test_a_cursor_changed_anywhere_is_refused(position: int) -> None:
    cursor = cursors.seal(START, "q")
    at = position % (len(cursor) - 2)
    other = "A" if cursor[at] != "A" else "B"
    with pytest.raises(InvalidCursor):
        cursors.unseal(cursor[:at] + other + cursor[at + 1 :], "q")
