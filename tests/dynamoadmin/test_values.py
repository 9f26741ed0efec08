"""How values are shown, and made harmless."""

from decimal import Decimal

import pytest

from prework.dynamoadmin.values import as_text, harmless, plain, shown


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =1", "\n", "\uff1d1"]
)
def test_a_formula_is_text(text: str) -> None:
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a;=1", "a;'=1"),
        ('a;"=1;', "a;'\"=1;"),
        (";=1", ";'=1"),
        ("a; =1;-2", "a;' =1;'-2"),
        ("a\n=1", "a\n'=1"),
    ],
)
def test_so_is_one_behind_what_ends_a_cell_elsewhere(text: str, shown: str) -> None:
    assert harmless(text) == shown


@pytest.mark.parametrize("text", ["Crew 1", "", "a-b", "1;2", "a =1", '{"a":-1}'])
def test_other_text_is_left_alone(text: str) -> None:
    assert harmless(text) == text


def test_markup_in_values_is_text() -> None:
    assert "<script" not in str(shown({"a": "<script>"}))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "-"),
        ("", "-"),
        ([], "-"),
        (["a", "b"], "a, b"),
        (0, "0"),
        ("x", "x"),
    ],
)
def test_a_cell(value: object, text: str) -> None:
    assert shown(value) == text


def test_numbers_of_the_store_are_plain() -> None:
    assert plain({"a": [Decimal(1), Decimal("1.5")]}) == {"a": [1, 1.5]}
    assert as_text({"a": Decimal(1)}) == '{\n  "a": 1\n}'
