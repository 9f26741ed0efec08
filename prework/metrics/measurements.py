"""One figure on its way to the sinks, and many of them as one."""

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from prework.metrics.distributions import Distribution
from prework.metrics.registry import Metric, Pairs


class Measurement(NamedTuple):
    """What was measured, and when: a figure, or a whole distribution of them."""

    metric: Metric
    value: float | Distribution
    milliseconds: int  # since 1970
    dimensions: Pairs = ()
    properties: Pairs = ()


class Sink(Protocol):
    """Where figures go. Taking one neither waits nor fails."""

    def put(self, measurement: Measurement) -> None:
        """Take a figure."""

    def prepare(self) -> None:
        """Do beforehand what takes a while the first time."""

    def stop(self, within: float) -> None:
        """See to it that what was taken arrives, within so many seconds. More may come."""


@dataclass
class Datum:
    """The figures of a metric that belong together, from the first one's moment on."""

    key: Hashable
    metric: Metric
    milliseconds: int
    dimensions: Pairs = ()
    properties: Pairs = ()
    distribution: Distribution = field(init=False)

    def __post_init__(self) -> None:
        self.distribution = Distribution(self.metric.smallest)

    def add(self, value: float | Distribution) -> None:
        """Take in one more."""
        if isinstance(value, Distribution):
            self.distribution.merge(value)
        else:
            self.distribution.add(value)
