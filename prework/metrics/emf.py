"""Figures as CloudWatch's embedded metric format: a JSON line each on standard output.

They do not go through logging, whose level is none of their business. What has the same dimensions
and properties in the same second is one line.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

import sys
from collections.abc import Hashable, Iterator
from typing import Any

import orjson

from prework.metrics.measurements import Datum, Measurement
from prework.metrics.registry import NAMESPACE

METRICS_A_LINE = 100
PERIOD_SECONDS = 1.0
Beside = tuple[Any, ...]


class EmbeddedFormat:
    """Lines on standard output."""

    most_at_once = 1_000

    def key(self, measurement: Measurement) -> Hashable:
        metric, _, milliseconds, dimensions, properties = measurement
        return metric, milliseconds // 1000, dimensions, properties

    def batches(self, data: list[Datum]) -> Iterator[list[Datum]]:
        together: dict[Beside, dict[str, Datum]] = {}
        for one in data:
            beside = one.milliseconds // 1000, one.dimensions, one.properties
            together.setdefault(beside, {})[one.metric.name] = one
        for figures in together.values():
            ordered = list(figures.values())
            for start in range(0, len(ordered), METRICS_A_LINE):
                yield ordered[start : start + METRICS_A_LINE]

    def prepare(self) -> None:
        """There is nothing to it."""

    def send(self, batch: list[Datum]) -> None:
        sys.stdout.write(line_of(batch) + "\n")
        sys.stdout.flush()

    def may_come_through(self, error: Exception) -> bool:
        return False  # nobody reads what we say


def line_of(data: list[Datum]) -> str:
    """The line that tells these, which have their dimensions and properties in common."""
    first = data[0]
    directive = {
        "Namespace": NAMESPACE,
        "Dimensions": [[name for name, _ in first.dimensions]],
        "Metrics": [{"Name": one.metric.name, "Unit": one.metric.unit} for one in data],
    }
    line = {
        "_aws": {"Timestamp": first.milliseconds, "CloudWatchMetrics": [directive]},
        **dict(first.properties),
        **dict(first.dimensions),
        **{one.metric.name: _figure(one) for one in data},
    }
    return orjson.dumps(line).decode()


def _figure(datum: Datum) -> Any:
    distribution = datum.distribution
    return distribution.total if distribution.count == 1 else distribution.to_wire()
