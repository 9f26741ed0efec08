"""Business metrics: counted in the process, said as CloudWatch embedded-metric log lines.

Dimensions are few and of few values, because each combination is a billed metric; ids go
beside them as properties, which Logs Insights can search.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

import logging
import os
import time
from collections.abc import Mapping
from typing import Any

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
    _say({name: (unit, value)}, dimensions or {}, properties or {})


def emit_all(figures: Mapping[str, tuple[str, Any]]) -> None:
    """Say many at once, by name: their units, and their values or distributions."""
    _say(figures, {}, {"ProcessId": str(os.getpid())})


def _say(
    figures: Mapping[str, tuple[str, Any]],
    dimensions: Mapping[str, str],
    properties: Mapping[str, str],
) -> None:
    directive = {
        "Namespace": NAMESPACE,
        "Dimensions": [list(dimensions)],
        "Metrics": [{"Name": name, "Unit": unit} for name, (unit, _) in figures.items()],
    }
    line = {
        "_aws": {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [directive]},
        **properties,
        **dimensions,
        **{name: value for name, (_, value) in figures.items()},
    }
    lines.info(orjson.dumps(line).decode())


def count_events(recorded: Recorded) -> None:
    """Count what happened, by its kind: a `CHANGE_FOLLOWERS` entry."""
    if not recorded.is_audited:
        return  # it was counted with its entry
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
