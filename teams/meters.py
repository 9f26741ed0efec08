"""What is measured of teams and assignments."""

from prework.metrics.registry import Dimension, metric

ASSIGNMENTS = metric(
    "TeamAssignmentCreated",
    "work that was assigned: to a team, or to one person and then without `TeamId`",
    dimensions=(Dimension("Priority", ("low", "normal", "high", "urgent")),),
    properties=("OrganizationId", "TeamId"),
)
