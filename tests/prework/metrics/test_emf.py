"""Embedded-metric lines: on standard output, whatever the log level, few and within the limits."""

import json
import logging
from typing import Any

import pytest
from pytest_django import Settings

from prework import clock, metrics
from prework.metrics import log_business_metric
from prework.metrics.registry import NAMESPACE, Metric


@pytest.fixture
def lines(settings: Settings, capsys: pytest.CaptureFixture[str]) -> Any:
    settings.METRICS_SINK = ["emf"]

    def told() -> list[dict[str, Any]]:
        with metrics.sending():
            pass
        return [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    return told


def test_a_line_is_as_the_specification_has_it(crates: Metric, lines: Any) -> None:
    logging.disable(logging.CRITICAL)
    try:
        log_business_metric("CratesMoved", 3, {"Size": "small", "OrganizationId": "o1"})
        [line] = lines()
    finally:
        logging.disable(logging.NOTSET)
    assert line.pop("_aws")["CloudWatchMetrics"] == [
        {
            "Namespace": NAMESPACE,
            "Dimensions": [["Size"]],
            "Metrics": [{"Name": "CratesMoved", "Unit": "Count"}],
        }
    ]
    assert line == {"CratesMoved": 3, "Size": "small", "OrganizationId": "o1"}


def test_what_is_alike_in_a_second_is_one_line(
    crates: Metric, lines: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = clock.now()
    monkeypatch.setattr(clock, "now", lambda: moment)
    for number in range(1_000):
        log_business_metric("CratesMoved", 1, {"Size": "small", "CrateId": f"c{number % 2}"})
    told = lines()
    assert [line["CrateId"] for line in told] == ["c0", "c1"]
    assert [line["CratesMoved"]["Sum"] for line in told] == [500, 500]
    assert {line["_aws"]["Timestamp"] for line in told} == {int(moment.timestamp() * 1000)}


def test_a_line_has_at_most_100_metrics(lines: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    moment = clock.now()
    monkeypatch.setattr(clock, "now", lambda: moment)
    for number in range(250):
        metrics.take(Metric(f"M{number}", "one of many"), number)
    counts = [len(line["_aws"]["CloudWatchMetrics"][0]["Metrics"]) for line in lines()]
    assert counts == [100, 100, 50]


def test_nobody_who_reads_costs_nobody_anything(
    crates: Metric, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Closed:
        def write(self, _: str) -> None:
            raise BrokenPipeError

    settings.METRICS_SINK = ["emf"]
    monkeypatch.setattr("sys.stdout", Closed())
    with metrics.sending():
        log_business_metric("CratesMoved", 1, {"Size": "small"})
