"""How often which value was measured, in so few numbers that CloudWatch takes them at once."""

import math
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

STEPS_PER_DOUBLING = 4
HIGHEST_STEP = 98
MOST_VALUES = 100  # all steps and nothing at all; an embedded-metric line takes no more


@dataclass
class Distribution:
    """What was measured: as it is while that is few values, then in steps of a fifth.

    Sum, count, lowest and highest are always exact; a value is within a tenth of what it was.
    """

    smallest: float = 1.0  # what is finer cannot be told apart, once it goes in steps
    counts: dict[float, int] = field(default_factory=lambda: defaultdict(int))
    total: float = 0.0
    count: int = 0
    low: float = math.inf
    high: float = 0.0
    is_stepped: bool = False

    def add(self, value: float, times: int = 1) -> None:
        """Take in one value, so many times; it is not negative."""
        self._put(value, times)
        self.count += times
        self.total += value * times
        self.low = min(self.low, value)
        self.high = max(self.high, value)

    def merge(self, other: "Distribution") -> None:
        """Take in what another has."""
        for value, times in other.counts.items():
            self._put(value, times)
        self.count += other.count
        self.total += other.total
        self.low = min(self.low, other.low)
        self.high = max(self.high, other.high)

    def to_wire(self) -> dict[str, Any]:
        """The values and how many there were of each, as an embedded-metric line has them."""
        values = sorted(self.counts)
        return {
            "Values": [round(value, 3) for value in values],
            "Counts": [self.counts[value] for value in values],
            "Min": round(self.low, 3),
            "Max": round(self.high, 3),
            "Sum": round(self.total, 3),
            "Count": self.count,
        }

    def _put(self, value: float, times: int) -> None:
        self.counts[self._stepped(value) if self.is_stepped else value] += times
        if len(self.counts) > MOST_VALUES:
            self._go_in_steps()

    def _go_in_steps(self) -> None:
        exact, self.counts, self.is_stepped = self.counts, defaultdict(int), True
        for value, times in exact.items():
            self.counts[self._stepped(value)] += times

    def _stepped(self, value: float) -> float:
        if value <= 0:
            return 0.0
        step = round(STEPS_PER_DOUBLING * math.log2(value / self.smallest))
        step = min(max(step, 0), HIGHEST_STEP)
        return float(self.smallest * 2 ** (step / STEPS_PER_DOUBLING))
