"""What narrows a list is checked before anything is made of it."""

from datetime import date

import pytest

from prework.dynamoadmin.filters import Choice, Days, Words

TODAY = date(2026, 11, 27)


@pytest.mark.parametrize("text", ["2026", "2026-11", "2026-11-27"])
def test_a_year_a_month_and_a_day_are_days(text: str) -> None:
    assert Days().clean(text) == text


@pytest.mark.parametrize(
    "text", ["", "26", "2026-13", "2026-11-31", "2026-1", "x", "2026-11-27-1", "-", "２０２６"]
)
def test_nothing_else_is(text: str) -> None:
    assert Days().clean(text) is None


def test_days_are_chosen_level_by_level() -> None:
    days = Days(first_year=2025)
    back, years = days.levels(None, TODAY)
    assert (back, list(years)) == (None, ["2026", "2025"])
    back, months = days.levels("2026", TODAY)
    assert (back, list(months)[-1], days.levels("2025", TODAY)[0]) == ("", "2026-11", "")
    back, of_month = days.levels("2024-02", TODAY)
    assert (back, list(of_month)[-1]) == ("2024", "2024-02-29")
    back, _ = days.levels("2026-11-03", TODAY)
    assert back == "2026-11"


def test_a_choice_that_there_is_not_is_the_default() -> None:
    choice = Choice("role", "role", [("admin", "Admin")])

    assert (choice.clean("admin"), choice.clean("root")) == ("admin", None)
    assert Choice("x", "x", [("a", "A")], default="a").clean("b") == "a"


def test_words_are_trimmed_and_bounded() -> None:
    assert Words("user", "user").clean("  ") is None
    assert len(Words("user", "user").clean("x" * 9_999) or "") == 200
