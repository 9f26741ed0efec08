"""Measurements too many for a log line each: counted in the process, told together now and then.

A tally belongs to one event loop and is touched only there, so counting takes no lock: it costs
a fraction of a microsecond. It is told every `METRICS_SECONDS`, if anything was counted.

A distribution goes out as values with counts, as AWS's exporter for OpenTelemetry writes them;
100 values at most, each within a tenth of what was measured.
"""

import asyncio
import math
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

from prework import metrics
from prework.wiring import wired

STEPS_PER_DOUBLING = 4
HIGHEST_STEP = 98  # with nothing at all as one value more, these are 100


@dataclass(frozen=True, eq=False)  # each is itself: it is a key wherever something is counted
class Metric:
    """Something that is counted or measured, and what a figure of it means."""

    name: str
    meaning: str
    unit: str = "Count"
    smallest: float = 1.0  # of a distribution: what is finer cannot be told apart


CATALOGUE: dict[str, Metric] = {}


def metric(name: str, meaning: str, *, unit: str = "Count", smallest: float = 1.0) -> Metric:
    """Enter a metric into the catalogue. Raises `ValueError` for a name in use."""
    if name in CATALOGUE:
        raise ValueError(f"There is a metric {name} already.")
    made = CATALOGUE[name] = Metric(name, meaning, unit, smallest)
    return made


@dataclass
class Distribution:
    """How often what was measured, in steps of a fifth."""

    smallest: float
    counts: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    total: float = 0.0
    low: float = math.inf
    high: float = 0.0

    def add(self, value: float) -> None:
        """Take in one value; it is not negative."""
        self.counts[self._step(value)] += 1
        self.total += value
        self.low = min(self.low, value)
        self.high = max(self.high, value)

    def to_wire(self) -> dict[str, Any]:
        """The values and how many there were of each."""
        steps = sorted(self.counts)
        counts = [self.counts[step] for step in steps]
        return {
            "Values": [self._value(step) for step in steps],
            "Counts": counts,
            "Min": round(self.low, 3),
            "Max": round(self.high, 3),
            "Sum": round(self.total, 3),
            "Count": sum(counts),
        }

    def _step(self, value: float) -> int:
        if value <= 0:
            return -1
        step = round(STEPS_PER_DOUBLING * math.log2(value / self.smallest))
        return min(max(step, 0), HIGHEST_STEP)

    def _value(self, step: int) -> float:
        if step < 0:
            return 0.0
        return round(float(self.smallest * 2 ** (step / STEPS_PER_DOUBLING)), 3)


Levels = Callable[[], dict[Metric, int]]


class Tally:
    """What was counted and measured on one loop since it was told last."""

    def __init__(self) -> None:
        self.levels: list[Levels] = []  # asked when it is told: how much there is of something
        self._counts: dict[Metric, int] = defaultdict(int)
        self._distributions: dict[Metric, Distribution] = {}
        self._timer: asyncio.TimerHandle | None = None

    def count(self, what: Metric, by: int = 1) -> None:
        """Count something that happened."""
        self._counts[what] += by
        if self._timer is None:
            self._tell_later()

    def measure(self, what: Metric, value: float) -> None:
        """Take in one value of many."""
        distribution = self._distributions.get(what)
        if distribution is None:
            distribution = self._distributions[what] = Distribution(what.smallest)
        distribution.add(value)
        if self._timer is None:
            self._tell_later()

    def tell(self) -> None:
        """Say all of it in one line, if there is anything, and begin anew."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not (self._counts or self._distributions):
            return
        figures: dict[Metric, Any] = {**self._counts}
        for levels in self.levels:
            figures |= levels()
        figures |= {what: one.to_wire() for what, one in self._distributions.items()}
        self._counts, self._distributions = defaultdict(int), {}
        metrics.emit_all({what.name: (what.unit, value) for what, value in figures.items()})
        for follower in wired("TALLY_FOLLOWERS"):
            follower({what.name: value for what, value in figures.items()})

    def _tell_later(self) -> None:
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(settings.METRICS_SECONDS, self.tell)
