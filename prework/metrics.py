"""Business metrics: counted in the process, said as CloudWatch embedded-metric log lines.

Dimensions are few and of few values, because each combination is a billed metric; ids go
beside them as properties, which Logs Insights can search.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

import logging
import time
from collections.abc import Mapping

import orjson

from prework.events import Recorded

NAMESPACE = "PreWork/Enterprise"
lines = logging.getLogger("prework.metrics")


def emit(
    name: str,
    value: float,
    *,
    unit: str = "Count",
    dimensions: Mapping[str, str] | None = None,
    properties: Mapping[str, str] | None = None,
) -> None:
    """Say one measurement. It costs a log line and never fails the request it measures."""
    dimensions = dimensions or {}
    metric = {"Name": name, "Unit": unit}
    directive = {
        "Namespace": NAMESPACE,
        "Dimensions": [list(dimensions)],
        "Metrics": [metric],
    }
    line = {
        "_aws": {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [directive]},
        **(properties or {}),
        **dimensions,
        name: value,
    }
    lines.info(orjson.dumps(line).decode())


def count_events(recorded: Recorded) -> None:
    """Count what happened, by its kind: a `CHANGE_FOLLOWERS` entry."""
    name = "".join(part.capitalize() for part in recorded.event.action.lower().split("_"))
    emit(
        name,
        1,
        dimensions={"Outcome": recorded.event.outcome},
        properties={
            "OrganizationId": recorded.actor.organization_id,
            "EntityId": recorded.event.entity_id,
        },
    )
