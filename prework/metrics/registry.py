"""Every metric that there is: what it means, its unit, and what may stand beside a figure of it.

Dimensions are few and of few values, because CloudWatch bills each combination as a metric; ids
are properties, which are in embedded-metric lines alone, where Logs Insights can search them.
"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache

import structlog
from django.conf import settings
from django.utils.module_loading import autodiscover_modules

NAMESPACE = "PreWork/Enterprise"
NAME = re.compile(r"[A-Z][A-Za-z0-9]{0,99}")
OTHER = "other"
MOST_DIMENSIONS = 3
PROPERTY_LENGTH = 256
Pairs = tuple[tuple[str, str], ...]
log = structlog.get_logger(__name__)


class Unmeasurable(ValueError):
    """There is no such metric, dimension or value: a mistake of ours, raised where it is made."""


@dataclass(frozen=True)
class Dimension:
    """What the figures of a metric are told apart by, and the few values that it has.

    Those that are known only once all is loaded come from a function. Where it `is_open`, what
    is not among them is no mistake.
    """

    name: str
    known: Collection[str] | Callable[[], Collection[str]]
    is_open: bool = False

    @property
    def values(self) -> Collection[str]:
        """The values; whatever else is given counts as `other`."""
        return self.known() if callable(self.known) else self.known


@dataclass(frozen=True, eq=False)  # each is itself: it is a key wherever something is counted
class Metric:
    """Something that is counted or measured, and what a figure of it means."""

    name: str
    meaning: str
    unit: str = "Count"
    smallest: float = 1.0  # of a distribution: what is finer cannot be told apart
    dimensions: tuple[Dimension, ...] = ()
    properties: tuple[str, ...] = ()

    def told_apart(self, given: Mapping[str, str]) -> tuple[Pairs, Pairs]:
        """What was given, as dimensions and as properties; a mistake in it is complained of."""
        dimensions = tuple((one.name, self._value(one, given)) for one in self.dimensions)
        taken = dict(dimensions)
        properties = []
        for name, value in given.items():
            if name in self.properties:
                properties.append((name, str(value)[:PROPERTY_LENGTH]))
            elif name not in taken:
                complain(f"{self.name} has no dimension {name}")
        return dimensions, tuple(properties)

    def _value(self, dimension: Dimension, given: Mapping[str, str]) -> str:
        value = given.get(dimension.name)
        if isinstance(value, str) and value in dimension.values:
            return value
        if not dimension.is_open:
            complain(f"{self.name} was given no value that its dimension {dimension.name} has")
        return OTHER


CATALOGUE: dict[str, Metric] = {}


def metric(
    name: str,
    meaning: str,
    *,
    unit: str = "Count",
    smallest: float = 1.0,
    dimensions: tuple[Dimension, ...] = (),
    properties: tuple[str, ...] = (),
) -> Metric:
    """Enter a metric into the catalogue. Raises `ValueError` for a name in use, or a wrong one."""
    if name in CATALOGUE:
        raise ValueError(f"There is a metric {name} already.")
    names = [name, *(one.name for one in dimensions), *properties]
    if len(set(names)) < len(names) or not all(map(NAME.fullmatch, names)):
        raise ValueError(f"{names} are no names of a metric and of what stands beside it.")
    if len(dimensions) > MOST_DIMENSIONS or any(one.name.endswith("Id") for one in dimensions):
        raise ValueError(f"{name} would be billed for each of its many dimensions or ids.")
    made = CATALOGUE[name] = Metric(name, meaning, unit, smallest, dimensions, properties)
    return made


def find(name: str) -> Metric | None:
    """The metric of this name; an app that nobody has loaded yet is asked for its metrics."""
    found = CATALOGUE.get(name)
    if found is None:
        discover()
    return found or CATALOGUE.get(name)


@lru_cache(maxsize=1)
def discover() -> None:
    """Have every app enter its metrics."""
    autodiscover_modules("meters", "engine.meters", "hub.meters")


def complain(what: str) -> None:
    """Of a mistake in how something is measured. Raises `Unmeasurable`, but in production."""
    if settings.METRICS_STRICT:
        raise Unmeasurable(what)
    _log_once(what)


@lru_cache(maxsize=1_000)
def _log_once(what: str) -> None:
    log.error("metric_misused", what=what)
