"""Distributions: exact while the values are few, then within a tenth, with exact sums always."""

import pytest

from prework.metrics.distributions import MOST_VALUES, Distribution


def test_few_values_are_as_they_were() -> None:
    distribution = Distribution()
    for value in (7.25, 3, 7.25):
        distribution.add(value)
    assert distribution.to_wire() == {
        "Values": [3, 7.25],
        "Counts": [1, 2],
        "Min": 3,
        "Max": 7.25,
        "Sum": 17.5,
        "Count": 3,
    }


def test_many_are_at_most_100_each_within_a_tenth() -> None:
    distribution = Distribution(0.1)
    values = [0.0, *(0.1 * 1.05**n for n in range(600))]
    for value in values:
        distribution.add(value)
    wire = distribution.to_wire()

    assert len(wire["Values"]) <= MOST_VALUES
    assert wire["Count"] == sum(wire["Counts"]) == 601
    assert wire["Sum"] == pytest.approx(sum(values))
    for value in values[1:300]:
        assert min(abs(one / value - 1) for one in wire["Values"]) < 0.1


def test_two_are_one_as_if_all_had_been_measured_there() -> None:
    one, other, both = Distribution(), Distribution(), Distribution()
    for number in range(1, 301):
        (one if number % 3 else other).add(number)
        both.add(number)
    one.merge(other)
    assert one.to_wire() == both.to_wire()
