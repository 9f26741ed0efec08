"""PutMetricData from a thread of its own: nothing waits for it, little is lost by an outage."""

import asyncio
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ConnectTimeoutError
from pytest_django import Settings
from structlog.testing import capture_logs

from prework import aws, clock, metrics
from prework.localaws import LocalAws
from prework.metrics import background, log_business_metric
from prework.metrics.background import Background
from prework.metrics.cloudwatch import CloudWatch
from prework.metrics.distributions import Distribution
from prework.metrics.measurements import Measurement
from prework.metrics.registry import NAMESPACE, Metric
from tests.cast import Person
from tests.collab.live import CHECKLIST, CONTENT
from tests.collab.servers import CHECKOUT, environment_on, running
from tests.faults import answer

NOW = 1_790_000_000_000
SMALL = {"Size": "small"}
Call = dict[str, Any]
THROTTLED = answer(400, '{"__type":"Throttling","message":"Rate exceeded"}')


@pytest.fixture(autouse=True)
def cloudwatch(settings: Settings) -> None:
    settings.METRICS_SINK = ["cloudwatch"]
    settings.METRICS_SECONDS = 3600  # it is sent at the end, or where a test says so


def flush() -> None:
    metrics._sink("cloudwatch").stop(60)


def statistics(name: str, dimensions: dict[str, str]) -> list[dict[str, Any]]:
    """What CloudWatch has of a metric, by the minute."""
    found: list[dict[str, Any]] = aws.cloudwatch().get_metric_statistics(
        Namespace=NAMESPACE,
        MetricName=name,
        Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
        StartTime=clock.now() - timedelta(hours=1),
        EndTime=clock.now() + timedelta(hours=1),
        Period=60,
        Statistics=["Sum", "SampleCount", "Minimum", "Maximum"],
    )["Datapoints"]
    return sorted(found, key=lambda point: point["Timestamp"])


def total(name: str, dimensions: dict[str, str]) -> float:
    return float(sum(point["Sum"] for point in statistics(name, dimensions)))


@contextmanager
def hooked(hook: Any, name: str = "before-send") -> Iterator[None]:
    events = aws.cloudwatch().meta.events
    events.register(f"{name}.cloudwatch.PutMetricData", hook)
    try:
        yield
    finally:
        events.unregister(f"{name}.cloudwatch.PutMetricData", hook)


@contextmanager
def calls() -> Iterator[list[Call]]:
    """The calls that were made, and how long each was on the wire."""
    made: list[Call] = []

    def given(params: Call, **_: Any) -> None:
        made.append({"data": params["MetricData"]})

    def sent(request: Any, **_: Any) -> None:
        made[-1]["bytes"] = len(request.body)

    with hooked(given, "provide-client-params"), hooked(sent):
        yield made


def test_figures_reach_cloudwatch_without_their_ids(crates: Metric) -> None:
    before = total("CratesMoved", SMALL)
    for number in range(3):
        log_business_metric("CratesMoved", 2, {**SMALL, "CrateId": f"c{number}"})
    flush()
    assert total("CratesMoved", SMALL) == before + 6
    [listed] = aws.cloudwatch().list_metrics(Namespace=NAMESPACE, MetricName="CratesMoved")[
        "Metrics"
    ]
    assert listed["Dimensions"] == [{"Name": "Size", "Value": "small"}]


def test_figures_of_a_minute_are_one_datum_of_the_moment_they_were_measured(
    crates: Metric, monkeypatch: pytest.MonkeyPatch
) -> None:
    minute = clock.now().replace(second=0, microsecond=0)
    with calls() as made:
        for seconds in (0, 59, 60):
            monkeypatch.setattr(clock, "now", lambda at=seconds: minute + timedelta(seconds=at))
            log_business_metric("CratesMoved", 1 + seconds, SMALL)
        flush()
    [call] = made
    assert [datum["Timestamp"] for datum in call["data"]] == [
        minute,
        minute + timedelta(minutes=1),
    ]
    assert call["data"][0]["Values"] == [1, 60]
    assert call["data"][0]["StatisticValues"] == {
        "SampleCount": 2,
        "Sum": 61,
        "Minimum": 1,
        "Maximum": 60,
    }


def test_a_call_has_at_most_1000_data() -> None:
    with calls() as made:
        for number in range(2_500):
            metrics.take(Metric(f"M{number}", "one of many"), 1)
        flush()
    counts = [len(call["data"]) for call in made]
    assert sum(counts) == 2_500
    assert max(counts) <= 1_000


def test_a_call_is_below_a_megabyte() -> None:
    wide = Distribution()
    for number in range(1, 5_000):
        wide.add(number * 1.01)
    with calls() as made:
        for number in range(1_000):
            metrics.take(Metric(f"Wide{number}", "of many values"), wide)
        flush()
    assert sum(len(call["data"]) for call in made) == 1_000
    assert max(call["bytes"] for call in made) < 1_000_000
    assert max(len(datum["Values"]) for call in made for datum in call["data"]) <= 150


@pytest.mark.parametrize("failure", [THROTTLED, ConnectTimeoutError(endpoint_url="x")])
def test_what_was_not_taken_is_sent_again(crates: Metric, failure: Any) -> None:
    before = total("CratesMoved", SMALL)

    def fail(**_: Any) -> Any:
        if isinstance(failure, Exception):
            raise failure
        return failure

    log_business_metric("CratesMoved", 1, SMALL)
    with hooked(fail), capture_logs() as logged:
        flush()
        log_business_metric("CratesMoved", 1, SMALL)
        flush()
    assert [line["event"] for line in logged] == ["metrics_not_sent"]
    log_business_metric("CratesMoved", 1, SMALL)
    flush()
    assert total("CratesMoved", SMALL) == before + 3


def test_beyond_the_bound_the_oldest_are_dropped_and_counted(
    crates: Metric, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background, "MOST_WAITING", 10)
    started = clock.now()
    sink = Background(CloudWatch(), lambda: 3600)

    def fail(**_: Any) -> Any:
        raise ConnectTimeoutError(endpoint_url="x")

    with hooked(fail):
        for minute in range(25):
            moment = int((started + timedelta(minutes=minute)).timestamp() * 1000)
            sink.put(Measurement(crates, 1, moment, (("Size", "large"),)))
            if minute == 20:
                sink.stop(10)
    with calls() as made:
        sink.put(Measurement(crates, 1, moment, (("Size", "large"),)))
        sink.stop(10)
    [call] = made
    sent = {datum["MetricName"]: datum for datum in call["data"]}
    assert len(call["data"]) == 11
    assert sent["MetricsDropped"]["StatisticValues"]["Sum"] == 15
    assert sent["CratesMoved"]["StatisticValues"]["Sum"] == 2  # the newest minute


def test_what_cloudwatch_refuses_is_dropped_and_the_rest_arrives(crates: Metric) -> None:
    before = total("CratesMoved", SMALL)
    refused = answer(400, '{"__type":"InvalidParameterValue","message":"no"}')
    log_business_metric("CratesMoved", 1, SMALL)
    with hooked(lambda **_: refused):
        flush()
    with calls() as made:
        log_business_metric("CratesMoved", 1, SMALL)
        flush()
    assert total("CratesMoved", SMALL) == before + 1
    assert {datum["MetricName"] for call in made for datum in call["data"]} == {
        "CratesMoved",
        "MetricsDropped",
    }


def test_a_cloudwatch_that_hangs_holds_nobody(crates: Metric, alice: Person) -> None:
    """Requests go on while a call is on the wire and nobody answers it."""
    is_held, release = threading.Event(), threading.Event()

    def hang(**_: Any) -> None:
        is_held.set()
        release.wait(30)

    sink = metrics._sink("cloudwatch")
    with hooked(hang):
        log_business_metric("CratesMoved", 1, SMALL)
        flushing = threading.Thread(target=sink.stop, args=(30,))
        flushing.start()
        assert is_held.wait(10)
        assert alice.api.post("/api/teams", {"name": "Meanwhile"}).status_code == 201
        log_business_metric("CratesMoved", 1, SMALL)
        assert not release.is_set()
        release.set()
        flushing.join(30)


def test_a_stop_does_not_wait_for_ever(crates: Metric) -> None:
    release = threading.Event()
    sink = Background(CloudWatch(), lambda: 3600)
    with hooked(lambda **_: release.wait(30) and None):
        sink.put(Measurement(crates, 1, NOW, (("Size", "small"),)))
        sink.stop(0.05)
        assert not release.is_set()  # it was not this that ended it
        release.set()
        sink.stop(10)


def test_it_is_sent_by_itself(crates: Metric, settings: Settings) -> None:
    settings.METRICS_SECONDS = 0.01
    is_sent = threading.Event()
    with hooked(lambda **_: is_sent.set()):
        log_business_metric("CratesMoved", 1, SMALL)
        assert is_sent.wait(10)


async def test_threads_and_a_loop_at_once_lose_nothing(crates: Metric, settings: Settings) -> None:
    settings.METRICS_SECONDS = 0.001
    before = total("CratesMoved", SMALL)

    def in_a_thread() -> None:
        for _ in range(200):
            log_business_metric("CratesMoved", 1, SMALL)

    async def on_the_loop() -> None:
        for _ in range(200):
            log_business_metric("CratesMoved", 1, SMALL)
            await asyncio.sleep(0)

    threads = [asyncio.to_thread(in_a_thread) for _ in range(8)]
    await asyncio.gather(*threads, on_the_loop())
    flush()
    assert total("CratesMoved", SMALL) == before + 1_800


async def test_a_server_sends_what_it_has_when_it_is_stopped(
    engine: LocalAws, alice: Person
) -> None:
    dimensions = {"EntityType": "checklist", "UserRole": "admin"}
    before = sum(
        point["SampleCount"] for point in statistics("CollaborationSessionDuration", dimensions)
    )
    joins = total("Joins", {})
    document = {"entityType": "checklist", "entityId": CHECKLIST, "content": CONTENT}
    assert alice.api.post("/api/documents", document).status_code == 201
    with running(engine, PREWORK_METRICS_SECONDS="3600") as [server]:
        live = await server.open(alice)
        await live.close()
        await server.open(alice)
        assert server.stop() == 0
    stayed = statistics("CollaborationSessionDuration", dimensions)
    assert sum(point["SampleCount"] for point in stayed) == before + 2
    assert total("Joins", {}) == joins + 2


SAYS = """
from structlog import get_logger
from prework.metrics import log_business_metric
log_business_metric("AuditSealed", 5, {"OrganizationId": "o1"})
get_logger("said").warning("measured")
"""


def test_a_command_sends_what_it_has_at_its_end_and_its_log_says_which_it_was(
    engine: LocalAws,
) -> None:
    before = total("AuditSealed", {})
    ended = subprocess.run(  # noqa: S603  our own interpreter and program
        [sys.executable, "manage.py", "shell", "-c", SAYS],
        cwd=CHECKOUT,
        env={**environment_on(engine), "PREWORK_METRICS_SECONDS": "3600"},
        check=True,
        capture_output=True,
        text=True,
    )
    assert total("AuditSealed", {}) == before + 5
    [line] = re.sub(r"\x1b\[[\d;]*m", "", ended.stderr).splitlines()
    assert "measured" in line
    assert "command=shell run_id=" in line
