"""Tallies: counted in the process, told in one line now and then, if there is anything."""

import asyncio
import os

from pytest_django import Settings

from prework.metrics.registry import Metric
from prework.tallies import Tally
from tests.figures import Figures

CRATES = Metric("Crates", "crates moved")
WAIT = Metric("Wait", "how long", unit="Milliseconds", smallest=0.1)
STACKS = Metric("Stacks", "stacks there are")


async def test_all_of_it_is_told_at_once(figures: Figures) -> None:
    tally = Tally()
    tally.levels.append(lambda: {STACKS: 7})
    for wait in (0.0, 1.0, 1.0, 250.0):
        tally.count(CRATES, 2)
        tally.measure(WAIT, wait)
    tally.tell()

    assert figures.told() == {
        "Crates": 8,
        "Stacks": 7,
        "Wait": {
            "Values": [0, 1, 250],
            "Counts": [1, 2, 1],
            "Min": 0,
            "Max": 250,
            "Sum": 252,
            "Count": 4,
        },
    }
    [crates] = figures.of("Crates")
    assert crates.properties == (("ProcessId", str(os.getpid())),)


async def test_nothing_is_said_of_nothing(figures: Figures) -> None:
    tally = Tally()
    tally.levels.append(lambda: {STACKS: 7})
    tally.tell()
    tally.count(CRATES)
    tally.tell()
    tally.tell()

    assert [one.value for one in figures.of("Crates")] == [1]


async def test_it_is_told_by_itself(figures: Figures, settings: Settings) -> None:
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

    assert [one.value for one in figures.of("Crates")] == [2]
