"""Metrics that no other test has."""

from collections.abc import Iterator

import pytest

from prework import metrics
from prework.metrics import registry
from prework.metrics.registry import Dimension, Metric


@pytest.fixture
def crates(monkeypatch: pytest.MonkeyPatch) -> Metric:
    """Crates that were moved, told apart by their size."""
    registry.discover()
    monkeypatch.setattr(registry, "CATALOGUE", dict(registry.CATALOGUE))
    return registry.metric(
        "CratesMoved",
        "crates that were moved",
        dimensions=(Dimension("Size", ("small", "large")),),
        properties=("OrganizationId", "CrateId"),
    )


@pytest.fixture(autouse=True)
def new_sinks() -> Iterator[None]:
    """Every test has sinks of its own; what it has measured is sent before the next one."""
    metrics._sink.cache_clear()
    yield
    with metrics.sending():
        pass
    metrics._made.clear()
    metrics._sink.cache_clear()
