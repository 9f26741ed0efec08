"""The registry: what may be measured, and what is made of what may not."""

import pytest
from pytest_django import Settings
from structlog.testing import capture_logs

from prework.metrics import log_business_metric, registry
from prework.metrics.registry import Dimension, Metric, Unmeasurable
from tests.figures import Figures, beside


def test_ids_become_properties(crates: Metric, figures: Figures) -> None:
    """G64: every combination of dimensions is a billed metric, and an id would make many."""
    log_business_metric(
        "CratesMoved", 3, {"OrganizationId": "o1", "CrateId": "c", "Size": "small"}
    )
    [one] = figures.of("CratesMoved")
    assert one.value == 3
    assert one.dimensions == (("Size", "small"),)
    assert one.properties == (("OrganizationId", "o1"), ("CrateId", "c"))


def test_the_guides_own_calls(figures: Figures) -> None:
    log_business_metric(
        "TeamAssignmentCreated",
        1,
        {"OrganizationId": "org-123", "TeamId": "team-456", "Priority": "high"},
    )
    log_business_metric(
        "CollaborationSessionDuration", 1800, {"EntityType": "checklist", "UserRole": "manager"}
    )
    [assignment] = figures.of("TeamAssignmentCreated")
    [session] = figures.of("CollaborationSessionDuration")
    assert assignment.dimensions == (("Priority", "high"),)
    assert session.dimensions == (("EntityType", "checklist"), ("UserRole", "manager"))
    assert session.metric.unit == "Seconds"


@pytest.mark.parametrize(
    ("name", "value", "dimensions"),
    [
        ("Unknown", 1, {}),
        ("CratesMoved", 1, {}),
        ("CratesMoved", 1, {"Size": "huge"}),
        ("CratesMoved", 1, {"Size": ["small"]}),
        ("CratesMoved", 1, {"Size": "small", "Colour": "red"}),
        ("CratesMoved", -1, {"Size": "small"}),
        ("CratesMoved", float("nan"), {"Size": "small"}),
        ("CratesMoved", float("inf"), {"Size": "small"}),
        ("CratesMoved", "many", {"Size": "small"}),
        ("CratesMoved", None, {"Size": "small"}),
        ("CratesMoved", 1, "Size"),
    ],
)
def test_a_mistake_raises_and_in_production_is_logged_once(
    crates: Metric, settings: Settings, name: str, value: float, dimensions: dict[str, str]
) -> None:
    with pytest.raises(Unmeasurable):
        log_business_metric(name, value, dimensions)
    settings.METRICS_STRICT = False
    registry._log_once.cache_clear()
    with capture_logs() as logged:
        log_business_metric(name, value, dimensions)
        log_business_metric(name, value, dimensions)
    assert [line["event"] for line in logged] == ["metric_misused"]


def test_in_production_a_value_that_is_none_of_its_few_is_other(
    crates: Metric, settings: Settings, figures: Figures
) -> None:
    settings.METRICS_STRICT = False
    log_business_metric("CratesMoved", 1, {"Size": "gigantic-1234", "Colour": "red"})
    [one] = figures.of("CratesMoved")
    assert beside(one) == {"Size": "other"}


def test_where_all_values_are_not_known_one_more_is_no_mistake(figures: Figures) -> None:
    log_business_metric("JobRun", 1.5, {"Job": "somebody-elses", "Outcome": "done"})
    [run] = figures.of("JobRun")
    assert run.dimensions == (("Job", "other"), ("Outcome", "done"))


def test_a_long_property_is_cut(crates: Metric, figures: Figures) -> None:
    log_business_metric("CratesMoved", 1, {"Size": "small", "CrateId": "x" * 10_000})
    assert len(beside(figures.of("CratesMoved")[0])["CrateId"]) == 256


def test_a_metric_has_one_meaning_and_few_dimensions(crates: Metric) -> None:
    with pytest.raises(ValueError, match="CratesMoved"):
        registry.metric("CratesMoved", "something else")
    few = Dimension("Size", ("small",))
    with pytest.raises(ValueError, match="names"):
        registry.metric("Twice", "a name twice", dimensions=(few,), properties=("Size",))
    with pytest.raises(ValueError, match="billed"):
        registry.metric("ById", "an id", dimensions=(Dimension("TeamId", ("t",)),))
    assert "Twice" not in registry.CATALOGUE


def test_all_metrics_together_cost_little() -> None:
    """Each combination of values is billed; the worst case of all of them is known."""
    registry.discover()
    combinations = 0
    for one in registry.CATALOGUE.values():
        product = 1
        for dimension in one.dimensions:
            product *= len(dimension.values) or 1
        combinations += product
    assert combinations < 150
