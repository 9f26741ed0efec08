"""Measurements too many for a log line each: counted in the process, told together now and then.

A tally belongs to one event loop and is touched only there, so counting takes no lock: it costs
a fraction of a microsecond. It is told every `METRICS_SECONDS`, if anything was counted.
"""

import asyncio
import os
from collections import defaultdict
from collections.abc import Callable

from django.conf import settings

from prework import metrics
from prework.metrics.distributions import Distribution
from prework.metrics.registry import Metric
from prework.wiring import wired

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
        """Say all of it, if there is anything, and begin anew."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not (self._counts or self._distributions):
            return
        figures: dict[Metric, float | Distribution] = {**self._counts}
        for levels in self.levels:
            figures |= levels()
        figures |= self._distributions
        self._counts, self._distributions = defaultdict(int), {}
        process = (("ProcessId", str(os.getpid())),)
        for what, figure in figures.items():
            metrics.take(what, figure, properties=process)
        for follower in wired("TALLY_FOLLOWERS"):
            follower({what.name: figure for what, figure in figures.items()})

    def _tell_later(self) -> None:
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(settings.METRICS_SECONDS, self.tell)
