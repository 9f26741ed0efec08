"""Metrics: one embedded-metric line an event, with few dimensions, and no request waits."""

import json
import logging

import pytest

from prework.metrics import NAMESPACE
from tests.calls import StoreCalls
from tests.prework.crates import crate, somebody
from tests.prework.test_change import make


def test_an_event_is_one_line_whose_ids_are_no_dimensions(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """G64: every combination of dimensions is a billed metric, so ids are only properties."""
    caplog.set_level(logging.INFO, "prework.metrics")
    actor = somebody()
    make(actor)
    (line,) = [json.loads(r.message) for r in caplog.records if r.name == "prework.metrics"]
    assert line.pop("_aws")["CloudWatchMetrics"] == [
        {
            "Namespace": NAMESPACE,
            "Dimensions": [["Outcome"]],
            "Metrics": [{"Name": "CrateMoved", "Unit": "Count"}],
        }
    ]
    assert line == {
        "CrateMoved": 1,
        "Outcome": "success",
        "OrganizationId": actor.organization_id,
        "EntityId": "c1",
    }


def test_a_follower_that_fails_costs_nobody_anything(
    monkeypatch: pytest.MonkeyPatch, store_calls: StoreCalls
) -> None:
    """G63: metrics must not fail the request that they measure."""

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("prework.metrics.emit", broken)
    actor = somebody()
    make(actor)
    assert "TransactWriteItems" in store_calls.dynamodb
    assert crate(actor).pk.startswith("ORG#")
