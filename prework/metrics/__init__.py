"""Business metrics: said where something happens, sent from threads of their own.

`registry` knows every metric, `PREWORK_METRICS_SINK` says where figures go.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache

from django.conf import settings

from prework import clock
from prework.metrics.background import Background
from prework.metrics.cloudwatch import CloudWatch
from prework.metrics.distributions import Distribution
from prework.metrics.emf import PERIOD_SECONDS, EmbeddedFormat
from prework.metrics.measurements import Measurement, Sink
from prework.metrics.memory import Memory
from prework.metrics.registry import Metric, Pairs, Unmeasurable, complain, find

STOP_SECONDS = 5.0
LARGEST = 2.0**360  # CloudWatch refuses what is larger


def log_business_metric(
    name: str, value: float, dimensions: Mapping[str, str] | None = None
) -> None:
    """Say one figure of a metric of the registry, with what stands beside it.

    Ids (`OrganizationId`, `TeamId`) may be among the dimensions: they become properties of the
    figure, and are not billed. It takes microseconds and waits for nothing. A metric, dimension
    or value that the registry does not know raises `Unmeasurable`; in production that is logged
    once, the figure counts as `other` or not at all, and the request goes on.
    """
    try:
        known = find(name)
        if known is None:
            return complain(f"There is no metric {name}")
        take(known, value, *known.told_apart(dimensions or {}))
    except Unmeasurable:
        raise
    except Exception as error:  # measuring does not fail what it measures
        complain(f"{name} was not measured: {error!r}")


def take(
    metric: Metric,
    value: float | Distribution,
    dimensions: Pairs = (),
    properties: Pairs = (),
) -> None:
    """Take a figure, whose dimensions and properties are told apart, to the sinks."""
    if not (isinstance(value, Distribution) or _is_figure(value)):
        return complain(f"{metric.name} was given what is no figure")
    moment = int(clock.now().timestamp() * 1000)
    measurement = Measurement(metric, value, moment, dimensions, properties)
    for sink in sinks():
        sink.put(measurement)


def _is_figure(value: object) -> bool:
    return isinstance(value, int | float) and 0 <= value < LARGEST


def sinks() -> list[Sink]:
    """Where figures go."""
    return [_sink(name) for name in settings.METRICS_SINK if name != "none"]


def prepare() -> None:
    """Do beforehand what the first figure would take long for."""
    for sink in sinks():
        sink.prepare()


@contextmanager
def sending() -> Iterator[None]:
    """See to it that every figure of this process has been sent, when the block is left.

    For whatever ends: a server, the jobs, a command. Each sink gets `STOP_SECONDS` at most.
    """
    try:
        yield
    finally:
        for sink in _made:
            sink.stop(STOP_SECONDS)


_made: list[Sink] = []
MAKERS: dict[str, Callable[[], Sink]] = {
    "emf": lambda: Background(EmbeddedFormat(), lambda: PERIOD_SECONDS),
    "cloudwatch": lambda: Background(CloudWatch(), lambda: settings.METRICS_SECONDS),
    "memory": Memory,
}


@lru_cache(maxsize=len(MAKERS))
def _sink(name: str) -> Sink:
    made = MAKERS[name]()
    _made.append(made)
    return made
