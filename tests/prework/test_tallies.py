"""Tallies: counted in the process, told in one line now and then, if there is anything."""

import asyncio
import json
import logging
from typing import Any

import pytest
from pytest_django import Settings

from prework import tallies
from prework.metrics import NAMESPACE
from prework.tallies import HIGHEST_STEP, Distribution, Metric, Tally

CRATES = Metric("Crates", "crates moved")
WAIT = Metric("Wait", "how long", unit="Milliseconds", smallest=0.1)
STACKS = Metric("Stacks", "stacks there are")


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> Any:
    caplog.set_level(logging.INFO, "prework.metrics")

    def lines() -> list[dict[str, Any]]:
        return [json.loads(r.message) for r in caplog.records if r.name == "prework.metrics"]

    return lines


async def test_all_of_it_is_one_line(told: Any) -> None:
    tally = Tally()
    tally.levels.append(lambda: {STACKS: 7})
    for wait in (0.0, 1.0, 1.0, 250.0):
        tally.count(CRATES, 2)
        tally.measure(WAIT, wait)
    tally.tell()

    [line] = told()
    [directive] = line.pop("_aws")["CloudWatchMetrics"]
    assert directive == {
        "Namespace": NAMESPACE,
        "Dimensions": [[]],
        "Metrics": [
            {"Name": "Crates", "Unit": "Count"},
            {"Name": "Stacks", "Unit": "Count"},
            {"Name": "Wait", "Unit": "Milliseconds"},
        ],
    }
    assert (line["Crates"], line["Stacks"]) == (8, 7)
    wait = line["Wait"]
    assert wait["Counts"] == [1, 2, 1]
    assert wait["Values"] == pytest.approx([0, 1, 250], rel=0.1)
    assert (wait["Min"], wait["Max"], wait["Sum"], wait["Count"]) == (0, 250, 252, 4)


async def test_nothing_is_said_of_nothing(told: Any) -> None:
    tally = Tally()
    tally.levels.append(lambda: {STACKS: 7})
    tally.tell()
    tally.count(CRATES)
    tally.tell()
    tally.tell()

    assert [line["Crates"] for line in told()] == [1]


async def test_it_is_told_by_itself(told: Any, settings: Settings) -> None:
    settings.METRICS_SECONDS = 0.01
    is_told = asyncio.Event()
    tally = Tally()

    def level() -> dict[Metric, int]:
        is_told.set()
        return {}

    tally.levels.append(level)
    tally.count(CRATES)
    tally.count(CRATES)
    async with asyncio.timeout(5):
        await is_told.wait()

    assert [line["Crates"] for line in told()] == [2]


def test_a_distribution_has_at_most_100_values_each_within_a_tenth() -> None:
    distribution = Distribution(0.1)
    values = [0.0, *(0.1 * 1.05**n for n in range(600))]
    for value in values:
        distribution.add(value)
    wire = distribution.to_wire()

    assert len(wire["Values"]) == HIGHEST_STEP + 2 == 100
    assert wire["Count"] == sum(wire["Counts"]) == 601
    for value in values[1:300]:
        assert min(abs(one / value - 1) for one in wire["Values"]) < 0.1


def test_a_name_means_one_thing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tallies, "CATALOGUE", {})
    tallies.metric("Crates", "crates moved")
    with pytest.raises(ValueError, match="Crates"):
        tallies.metric("Crates", "something else")
