"""Figures by PutMetricData: those of a metric and its dimensions in one minute are one datum.

A minute is as fine as CloudWatch keeps a metric, so nothing is lost by it, and a call is paid for.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html
"""

from collections.abc import Hashable, Iterator
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ParamValidationError

from prework import aws
from prework.metrics.measurements import Datum, Measurement
from prework.metrics.registry import NAMESPACE

DATA_A_CALL = 1_000
BYTES_A_CALL = 900_000  # of the megabyte that a call may have
MINUTE = 60_000
# In CBOR, which boto3 speaks here, a number takes 9 bytes and a name its own length.
BYTES_A_DATUM, BYTES_A_DIMENSION, BYTES_A_VALUE = 320, 24, 18


class CloudWatch:
    """Calls of PutMetricData."""

    most_at_once = DATA_A_CALL

    def key(self, measurement: Measurement) -> Hashable:
        metric, _, milliseconds, dimensions, _ = measurement
        return metric, milliseconds // MINUTE, dimensions

    def batches(self, data: list[Datum]) -> Iterator[list[Datum]]:
        batch: list[Datum] = []
        size = 0
        for one in data:
            more = _bytes_of(one)
            if len(batch) == DATA_A_CALL or size + more > BYTES_A_CALL:
                yield batch
                batch, size = [], 0
            batch.append(one)
            size += more
        if batch:
            yield batch

    def prepare(self) -> None:
        aws.cloudwatch()

    def send(self, batch: list[Datum]) -> None:
        aws.cloudwatch().put_metric_data(
            Namespace=NAMESPACE, MetricData=[_to_wire(one) for one in batch]
        )

    def may_come_through(self, error: Exception) -> bool:
        is_ours = isinstance(error, ParamValidationError)  # boto3 would not even send it
        return aws.is_transient(error) and not is_ours


def _to_wire(datum: Datum) -> dict[str, Any]:
    """Values for percentiles, and beside them what they come to, exactly: as AWS's own agent."""
    distribution = datum.distribution
    return {
        "MetricName": datum.metric.name,
        "Dimensions": [{"Name": name, "Value": value} for name, value in datum.dimensions],
        "Timestamp": datetime.fromtimestamp(datum.milliseconds / 1000, UTC),
        "Unit": datum.metric.unit,
        "Values": list(distribution.counts.keys()),
        "Counts": list(distribution.counts.values()),
        "StatisticValues": {
            "SampleCount": distribution.count,
            "Sum": distribution.total,
            "Minimum": distribution.low,
            "Maximum": distribution.high,
        },
    }


def _bytes_of(datum: Datum) -> int:
    names = sum(len(name) + len(value) + BYTES_A_DIMENSION for name, value in datum.dimensions)
    values = len(datum.distribution.counts) * BYTES_A_VALUE
    return BYTES_A_DATUM + len(datum.metric.name) + names + values
