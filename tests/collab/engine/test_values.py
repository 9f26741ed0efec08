"""JSON values: equality, sizes, and what is not JSON."""

import math
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collab.engine.values import ABSENT, NotJson, json_size, measure, same_json
from tests.collab.engine.desk import PATIENTLY

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=5),
    lambda inside: (
        st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=3), inside, max_size=3)
    ),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (1, 1.0),
        (0, -0.0),
        ({"a": 1, "b": [2]}, {"b": [2.0], "a": 1}),
        (None, None),
        (ABSENT, ABSENT),
        ([True, {"x": False}], [True, {"x": False}]),
    ],
)
def test_the_same(left: Any, right: Any) -> None:
    assert same_json(left, right)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (True, 1),
        (False, 0),
        (False, 0.0),
        ([1], [True]),
        ({"a": {"b": 0}}, {"a": {"b": False}}),
        (None, False),
        (None, ABSENT),
        ("1", 1),
        ([1, 2], [2, 1]),
        ({}, []),
        ({"a": None}, {}),
        (2**53 + 1, float(2**53)),
    ],
)
def test_not_the_same(left: Any, right: Any) -> None:
    assert not same_json(left, right)
    assert not same_json(right, left)


@PATIENTLY
@given(JSON_VALUES, JSON_VALUES)
def test_without_fractions_it_is_the_equality_of_sorted_text(left: Any, right: Any) -> None:
    texts = [orjson.dumps(value, option=orjson.OPT_SORT_KEYS) for value in (left, right)]
    assert same_json(left, right) is (texts[0] == texts[1])
    assert same_json(left, orjson.loads(texts[0]))


@PATIENTLY
@given(JSON_VALUES)
def test_sizes_are_those_of_the_text(value: Any) -> None:
    assert measure(value) == json_size(value) == len(orjson.dumps(value))
    assert json_size(ABSENT) == 0


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (math.nan, "cannot say"),
        ([{"a": math.inf}], "cannot say"),
        ({"a": {1, 2}}, "cannot say"),
        ({1: "a"}, "cannot say"),
        ((1, 2), "cannot say"),
        ("\ud800", "not valid Unicode"),
        ({"a": "\udfff"}, "not valid Unicode"),
        ({"\ud800": 1}, "not valid Unicode"),
        (2**64, "64 bits"),
        (ABSENT, "cannot say"),
    ],
)
def test_what_is_not_json(value: Any, problem: str) -> None:
    with pytest.raises(NotJson, match=problem):
        measure(value)


def nested(depth: int, innermost: Any = 1) -> Any:
    value = innermost
    for level in range(depth):
        value = [value] if level % 2 else {"a": value}
    return value


def test_depth_is_the_number_of_containers_around_a_scalar() -> None:
    measure(nested(16))
    with pytest.raises(NotJson, match="deeply"):
        measure(nested(17))
    with pytest.raises(NotJson, match="deeply"):
        measure(nested(16, []))
    with pytest.raises(NotJson, match="deeply"):
        measure(nested(50_000))
