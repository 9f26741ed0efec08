"""What was measured, as the sink for tests has it."""

from typing import Any

from prework.metrics import memory
from prework.metrics.distributions import Distribution
from prework.metrics.measurements import Measurement


class Figures:
    """The figures since it was made."""

    def __init__(self) -> None:
        memory.seen.clear()

    def of(self, name: str) -> list[Measurement]:
        """Those of a metric, in order."""
        return [one for one in list(memory.seen) if one.metric.name == name]

    def dimensions(self, name: str) -> list[dict[str, str]]:
        """By what each of a metric is told apart, in order."""
        return [dict(one.dimensions) for one in self.of(name)]

    def told(self) -> dict[str, Any]:
        """The last value of each metric; of a distribution as a line has it."""
        return {one.metric.name: _shown(one.value) for one in list(memory.seen)}


def _shown(value: float | Distribution) -> Any:
    return value.to_wire() if isinstance(value, Distribution) else value


def beside(measurement: Measurement) -> dict[str, str]:
    """What stands beside a figure, dimensions and properties alike."""
    return dict(measurement.dimensions + measurement.properties)
